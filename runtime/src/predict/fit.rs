//! A profile from measured runs: the four numbers that predict them best, and how far they are off for families left out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::nonnegative;
use super::work::Work;
use crate::catalog::HeldOut;

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What is left out together; `None` for kernels that belong to no model.
    pub family: Option<String>,
    /// The runs of graphs it consists of.
    pub runs: Vec<Work>,
    /// What they took together, in microseconds.
    pub microseconds: f64,
}

/// Why there is no profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Leaving one out leaves none.
    #[error("a profile takes measurements of two families at least; got {0}")]
    TooFewFamilies(usize),
    /// The numbers say nothing.
    #[error("the measurements do not determine a profile")]
    Undetermined,
}

/// Number of what a profile charges for.
const CHARGES: usize = 5;

/// Numbers of a profile: microseconds of a run, of a node, of an operation, of a byte, and of a byte at the ends of a graph.
type Costs = [f64; CHARGES];

/// Rounds in which nodes are sorted anew into those that wait for products and those that wait for memory.
const ROUNDS: usize = 20;

/// What measurements say of a device, and how well.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// What every run of a graph takes, in microseconds.
    pub run_us: f64,
    /// What every node takes beside its work, in microseconds.
    pub node_us: f64,
    /// Billions of operations of products a second.
    pub gflops: f64,
    /// Billions of bytes a second.
    pub gbps: f64,
    /// Billions of bytes of inputs and outputs a second.
    pub transfer_gbps: f64,
    /// How far predictions of families left out are off.
    pub held_out: HeldOut,
    /// Every family as the others predict it.
    pub families: Vec<LeftOut>,
}

/// A family as the others predict it.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// Its id.
    pub family: String,
    /// What was measured, in microseconds.
    pub measured_us: f64,
    /// What the others predict, in microseconds.
    pub predicted_us: f64,
}

/// The numbers that predict measurements best, by the squares of their errors as shares of what was measured.
///
/// # Errors
/// [`Unfit`].
pub fn fit(measured: &[Measured]) -> Result<Fit, Unfit> {
    let all: Vec<&Measured> = measured.iter().collect();
    let costs = solve(&all).ok_or(Unfit::Undetermined)?;
    let families = hold_out(measured)?;
    let rate = |cost: f64| if cost > 0.0 { 1e-3 / cost } else { 1e9 };
    Ok(Fit {
        run_us: costs[0],
        node_us: costs[1],
        gflops: rate(costs[2]),
        gbps: rate(costs[3]),
        transfer_gbps: rate(costs[4]),
        held_out: error_of(&families),
        families,
    })
}

/// Predicts every family by what the others say.
fn hold_out(measured: &[Measured]) -> Result<Vec<LeftOut>, Unfit> {
    let families: BTreeSet<&str> = measured
        .iter()
        .filter_map(|one| one.family.as_deref())
        .collect();
    if families.len() < 2 {
        return Err(Unfit::TooFewFamilies(families.len()));
    }
    let mut all = Vec::new();
    for family in families {
        let is_left_out = |one: &&Measured| one.family.as_deref() == Some(family);
        let (left_out, others): (Vec<&Measured>, Vec<&Measured>) =
            measured.iter().partition(is_left_out);
        let costs = solve(&others).ok_or(Unfit::Undetermined)?;
        all.extend(left_out.into_iter().map(|one| LeftOut {
            family: family.to_owned(),
            measured_us: one.microseconds,
            predicted_us: predicted(one, costs),
        }));
    }
    Ok(all)
}

fn error_of(families: &[LeftOut]) -> HeldOut {
    let errors = families
        .iter()
        .map(|one| (one.predicted_us / one.measured_us - 1.0).abs());
    let error = errors.sum::<f64>() / families.len() as f64;
    let mut shares: Vec<f64> = families
        .iter()
        .map(|one| one.measured_us / one.predicted_us)
        .collect();
    shares.sort_by(f64::total_cmp);
    HeldOut {
        families: u32::try_from(families.len()).unwrap_or(u32::MAX),
        error_percent: error * 100.0,
        low: quantile(&shares, 0.05),
        high: quantile(&shares, 0.95),
    }
}

/// Costs of a node where one of products and memory is waited for.
fn parts(node: &super::NodeWork, costs: Costs) -> (f64, f64) {
    if node.flops * costs[2] > node.bytes * costs[3] {
        (node.flops, 0.0)
    } else {
        (0.0, node.bytes)
    }
}

/// What a measurement counts of each cost.
fn counts(one: &Measured, costs: Costs) -> Costs {
    let mut counts = [0.0; CHARGES];
    counts[0] = one.runs.len() as f64;
    counts[4] = one.runs.iter().map(|work| work.transferred).sum();
    for node in one.runs.iter().flat_map(|work| &work.nodes) {
        let (flops, bytes) = parts(node, costs);
        counts[1] += 1.0;
        counts[2] += flops;
        counts[3] += bytes;
    }
    counts
}

fn predicted(one: &Measured, costs: Costs) -> f64 {
    dot(counts(one, costs), costs)
}

fn dot(left: Costs, right: Costs) -> f64 {
    left.iter().zip(right).map(|(one, other)| one * other).sum()
}

/// The costs, none below zero, that leave the least squares of relative errors.
fn solve(measured: &[&Measured]) -> Option<Costs> {
    // A common machine to begin with: ten operations to a byte.
    let mut costs = [0.0, 0.0, 0.1, 1.0, 1.0];
    for _ in 0..ROUNDS {
        let rows: Vec<(Costs, f64)> = measured
            .iter()
            .map(|one| {
                (
                    counts(one, costs).map(|count| count / one.microseconds),
                    1.0,
                )
            })
            .collect();
        let found = nonnegative::solve(&rows)?;
        // A cost that nothing is charged for keeps its place in the sorting.
        let mut next = found;
        for place in [2, 3] {
            if next[place] <= 0.0 {
                next[place] = costs[place] * 0.5;
            }
        }
        let is_settled = next
            .iter()
            .zip(costs)
            .all(|(one, other)| (one - other).abs() <= other.abs() * 1e-9);
        costs = next;
        if is_settled {
            break;
        }
    }
    costs.iter().all(|cost| cost.is_finite()).then_some(costs)
}

/// A quantile of sorted numbers, by linear interpolation.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * share;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::super::{NodeWork, Prediction};
    use super::*;
    use crate::catalog::Profile;

    const TRUE: Profile = Profile {
        device: "a",
        library: "b",
        run_us: 300.0,
        node_us: 40.0,
        gflops: 2.0,
        gbps: 0.5,
        transfer_gbps: 0.1,
        held_out: HeldOut {
            families: 2,
            error_percent: 0.0,
            low: 0.5,
            high: 2.0,
        },
    };

    fn measured(family: Option<&str>, nodes: &[(f64, f64)], noise: f64) -> Measured {
        let node = |&(flops, bytes)| NodeWork { flops, bytes };
        let work = Work {
            nodes: nodes.iter().map(node).collect(),
            // As much as the first node moves, which no other count is a multiple of.
            transferred: nodes[0].1.sqrt(),
        };
        Measured {
            family: family.map(str::to_owned),
            microseconds: work.microseconds(&TRUE) * noise,
            runs: vec![work],
        }
    }

    fn samples(noise: f64) -> Vec<Measured> {
        vec![
            measured(None, &[(0.0, 64.0)], 1.0),
            measured(None, &[(0.0, 64.0); 64], 1.0),
            measured(None, &[(3e8, 3e6)], 1.0),
            measured(None, &[(0.0, 4e7); 3], 1.0),
            measured(Some("one"), &[(2e5, 4e4); 30], noise),
            measured(Some("two"), &[(9e5, 2e4); 50], 1.0 / noise),
            measured(Some("three"), &[(1e4, 9e4); 80], noise),
        ]
    }

    #[test]
    fn what_a_profile_predicts_gives_the_profile_back() {
        let found = fit(&samples(1.0)).unwrap();
        let near = |one: f64, other: f64| (one / other - 1.0).abs() < 1e-6;
        assert!(near(found.run_us, TRUE.run_us), "{found:?}");
        assert!(near(found.node_us, TRUE.node_us), "{found:?}");
        assert!(near(found.gflops, TRUE.gflops), "{found:?}");
        assert!(near(found.gbps, TRUE.gbps), "{found:?}");
        assert!(near(found.transfer_gbps, TRUE.transfer_gbps), "{found:?}");
        assert_eq!(found.held_out.families, 3);
        assert!(found.held_out.error_percent < 1e-3, "{found:?}");
    }

    #[test]
    fn the_error_is_that_of_families_left_out() {
        let found = fit(&samples(1.2)).unwrap().held_out;
        // A family that is a fifth slower than the others say is predicted a fifth too fast, or worse.
        assert!(found.error_percent > 14.0, "{found:?}");
        assert!(found.low < 0.9 && found.high > 1.1, "{found:?}");
    }

    #[test]
    fn too_little_makes_no_profile() {
        let kernels = &samples(1.0)[..5];
        assert_eq!(fit(kernels), Err(Unfit::TooFewFamilies(1)));
        assert_eq!(fit(&[]), Err(Unfit::Undetermined));
    }

    #[test]
    fn runs_add_up_and_the_interval_is_the_profiles() {
        static PROFILE: Profile = TRUE;
        let work = Work {
            nodes: vec![
                NodeWork {
                    flops: 2e6,
                    bytes: 1e3,
                },
                NodeWork {
                    flops: 0.0,
                    bytes: 5e5,
                },
            ],
            transferred: 1e4,
        };
        // 300 + 100 + (40 + 1000) + (40 + 1000), twice.
        let both = Prediction::of(&PROFILE, [&work, &work].into_iter());
        assert_eq!(both.time.as_micros(), 4960);
        assert_eq!(both.interval.0.as_micros(), 2480);
        assert_eq!(both.interval.1.as_micros(), 9920);
    }
}
