//! Comparisons of things that are known to be equal, or not: how often a difference is found.

use super::{Arm, Block, Rules, Verdict, compare, order};

const COMPARISONS: u64 = 200;
const BLOCKS: usize = 30;
/// Runs of each process.
const RUNS: usize = 15;

struct Random(u64);

impl Random {
    /// Uniform between 0 and 1, exclusive (`splitmix64`).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + 1e-17
    }

    /// Standard normal (Box and Muller).
    fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    fn one_in(&mut self, times: f64) -> bool {
        self.uniform() * times < 1.0
    }
}

/// The median of a process on a machine that others use too: each process has its own layout of memory, each run its jitter, now
/// and then a run is interrupted, by a time without bound, and now and then a whole process is.
fn process_median(random: &mut Random, true_ms: f64) -> f64 {
    let layout = 1.0 + 0.008 * random.normal();
    let disturbed = if random.one_in(12.0) {
        1.0 + 0.05 / random.uniform().sqrt()
    } else {
        1.0
    };
    let mut runs: Vec<f64> = (0..RUNS)
        .map(|_| {
            let jitter = 1.0 + 0.01 * random.normal().abs();
            // Pareto: neither mean nor variance are bounded.
            let stolen = if random.one_in(8.0) {
                0.02 / random.uniform()
            } else {
                0.0
            };
            true_ms * layout * disturbed * (jitter + stolen)
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs[RUNS / 2]
}

/// What comparing finds if the candidate takes so many times as long.
fn found(seed: u64, ratio: f64) -> Verdict {
    let mut random = Random(seed.wrapping_mul(0x0000_0100_0000_01b3));
    let mut drift = 10.0;
    let blocks: Vec<Block> = order(BLOCKS)
        .into_iter()
        .map(|arms| {
            let mut block = Block {
                baseline: 0.0,
                candidate: 0.0,
                null: 0.0,
            };
            for arm in arms {
                // The machine as a whole gets slower and faster.
                drift *= 1.0 + 0.002 * random.normal();
                match arm {
                    Arm::Baseline => block.baseline = process_median(&mut random, drift),
                    Arm::Candidate => {
                        block.candidate = process_median(&mut random, drift * ratio);
                    }
                    Arm::Null => block.null = process_median(&mut random, drift),
                }
            }
            block
        })
        .collect();
    compare(&blocks, Rules::default()).unwrap().verdict
}

#[test]
fn the_simulated_machine_is_as_uneven_as_one_that_was_measured() {
    // On a virtual machine of two shared cores the median over six pairs of processes had a standard deviation of 0.6 %.
    const PAIRS: usize = 6;
    let mut random = Random(11);
    let squares: f64 = (0..COMPARISONS)
        .map(|_| {
            let mut ratios: Vec<f64> = (0..PAIRS)
                .map(|_| process_median(&mut random, 1.0) / process_median(&mut random, 1.0))
                .collect();
            ratios.sort_by(f64::total_cmp);
            (f64::midpoint(ratios[PAIRS / 2 - 1], ratios[PAIRS / 2]) - 1.0).powi(2)
        })
        .sum();
    let deviation_percent = (squares / COMPARISONS as f64).sqrt() * 100.0;
    println!("standard deviation {deviation_percent:.2} %");
    assert!(
        (0.6..1.2).contains(&deviation_percent),
        "{deviation_percent}"
    );
}

#[test]
fn equal_things_are_hardly_ever_called_different() {
    let alarms = (0..COMPARISONS)
        .filter(|seed| matches!(found(*seed, 1.0), Verdict::Faster | Verdict::Slower))
        .count();
    println!("{alarms} false alarms of {COMPARISONS}");
    assert!(alarms <= 2, "{alarms} false alarms of {COMPARISONS}");
}

#[test]
fn three_percent_are_found() {
    for (ratio, expected) in [(1.03, Verdict::Slower), (1.0 / 1.03, Verdict::Faster)] {
        let hits = (0..COMPARISONS)
            .filter(|seed| found(seed + 1_000_000, ratio) == expected)
            .count();
        println!("{hits} of {COMPARISONS} found to be {expected:?}");
        assert!(
            hits as f64 >= 0.95 * COMPARISONS as f64,
            "{hits} of {COMPARISONS} found to be {expected:?}"
        );
    }
}
