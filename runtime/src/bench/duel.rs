//! Two cases against each other, live: fresh processes by turns, and a verdict with its interval.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics::compare::{Arm, Block, Comparison, Rules, compare, median, order};
use metrics::estimate;
use serde::Serialize;

use super::{Case, Effort, Order, Outcome, RoofFigures, Until};
use crate::error::Error;
use crate::worker::{Launch, Worker};

/// Time of the steady state in one process: what differs from process to process is found by more of them, not by longer ones.
const STEADY: Duration = Duration::from_millis(40);
/// Least number of queries of a process.
const LEAST: usize = 5;

/// What is compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// The case.
    pub case: Case,
    /// The program that runs it; this one where none is named.
    pub program: Option<PathBuf>,
}

/// Two sides compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duel {
    /// What is compared with.
    pub baseline: Side,
    /// What is compared.
    pub candidate: Side,
    /// The median latency of each process in milliseconds, block by block.
    pub blocks: Vec<Processes>,
    /// What follows.
    pub comparison: Comparison,
    /// 95 % interval of the difference in percent, from the ratios of the pairs; none with fewer than eleven of them.
    pub interval_percent: Option<(f64, f64)>,
}

/// Median latencies of the processes of a block, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Processes {
    /// Of the baseline.
    pub baseline_ms: f64,
    /// Of the candidate.
    pub candidate_ms: f64,
    /// Of the baseline once more.
    pub null_ms: f64,
}

impl From<Processes> for Block {
    fn from(processes: Processes) -> Self {
        Self {
            baseline: processes.baseline_ms,
            candidate: processes.candidate_ms,
            null: processes.null_ms,
        }
    }
}

/// Compares two sides by so many pairs of processes. `ended` is told of every process.
///
/// # Errors
/// A process that fails or runs nothing natively, a stop, or too few pairs.
pub fn duel(
    baseline: &Side,
    candidate: &Side,
    pairs: usize,
    rules: Rules,
    limit: Duration,
    is_stopped: &AtomicBool,
    ended: &mut dyn FnMut(Arm, f64),
) -> Result<Duel, Error> {
    let mut blocks = Vec::new();
    for arms in order(pairs) {
        let mut processes = Processes {
            baseline_ms: 0.0,
            candidate_ms: 0.0,
            null_ms: 0.0,
        };
        for arm in arms {
            if is_stopped.load(Ordering::Relaxed) {
                return Err(Error::InvalidInput(
                    "stopped; a comparison of fewer processes would say nothing".to_owned(),
                ));
            }
            let (side, place) = match arm {
                Arm::Baseline => (baseline, &mut processes.baseline_ms),
                Arm::Candidate => (candidate, &mut processes.candidate_ms),
                Arm::Null => (baseline, &mut processes.null_ms),
            };
            *place = process(side, limit)?;
            ended(arm, *place);
        }
        blocks.push(processes);
    }
    judged(baseline.clone(), candidate.clone(), blocks, rules)
}

/// What follows from the medians of processes.
fn judged(
    baseline: Side,
    candidate: Side,
    blocks: Vec<Processes>,
    rules: Rules,
) -> Result<Duel, Error> {
    let medians: Vec<Block> = blocks.iter().copied().map(Block::from).collect();
    let comparison =
        compare(&medians, rules).map_err(|error| Error::InvalidInput(error.to_string()))?;
    let ratios = blocks
        .iter()
        .map(|block| block.candidate_ms / block.baseline_ms);
    let mut ratios: Vec<f64> = ratios.collect();
    ratios.sort_by(f64::total_cmp);
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    let interval = estimate(&ratios, 0.5).ok();
    Ok(Duel {
        baseline,
        candidate,
        blocks,
        comparison,
        interval_percent: interval.map(|found| (percent(found.low), percent(found.high))),
    })
}

/// The median latency of a fresh process, in milliseconds.
fn process(side: &Side, limit: Duration) -> Result<f64, Error> {
    let platform = side.case.platform;
    let mut launch = Launch::this_program(platform, limit)?.with_options(&side.case.options);
    if let Some(program) = &side.program {
        launch.program.clone_from(program);
    }
    let order = Order {
        case: side.case.clone(),
        effort: Effort {
            until: Until::Elapsed(STEADY),
            limit: STEADY,
            least: LEAST,
        },
        has_power: false,
        roof: RoofFigures::unknown("a comparison needs none"),
    };
    match Worker::start(platform, &launch)?.measure(order)? {
        Outcome::Measured(measured) => Ok(median(measured.series("latency_ms").to_vec())),
        _ => Err(Error::InvalidInput(format!(
            "{} does not run natively here: there is no time to compare",
            side.case
        ))),
    }
}

#[cfg(test)]
mod tests {
    use metrics::compare::Verdict;

    use super::*;
    use crate::bench::case::tests::case;

    #[test]
    fn the_interval_is_that_of_the_pairs() {
        let side = Side {
            case: case(),
            program: None,
        };
        let blocks = (0..30).map(|block| {
            let drift = 1.0 + f64::from(block) / 30.0;
            let wobble = 1.0 + f64::from(block * 7 % 5 - 2) * 1e-3;
            Processes {
                baseline_ms: drift,
                candidate_ms: 1.05 * drift * wobble,
                null_ms: drift / wobble,
            }
        });
        let duel = judged(side.clone(), side, blocks.collect(), Rules::default()).unwrap();
        assert_eq!(duel.comparison.verdict, Verdict::Slower);
        let (low, high) = duel.interval_percent.unwrap();
        assert!(
            (4.7..=5.0).contains(&low) && (5.0..5.3).contains(&high),
            "{low} {high}"
        );
    }
}
