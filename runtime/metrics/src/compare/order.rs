//! In which order processes run, so that a machine that gets slower or faster treats all arms alike.

use serde::{Deserialize, Serialize};

/// What a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// What is compared with.
    Baseline,
    /// What is compared.
    Candidate,
    /// The baseline once more, under another name: it must come out equal.
    Null,
}

/// The arms of so many blocks in the order in which to run them, each in a fresh process: forwards and backwards by turns
/// (`ABBA`), with the null arm in the middle.
#[must_use]
pub fn order(blocks: usize) -> Vec<[Arm; 3]> {
    let forwards = [Arm::Baseline, Arm::Null, Arm::Candidate];
    let backwards = [Arm::Candidate, Arm::Null, Arm::Baseline];
    let blocks = (0..blocks).map(|block| if block % 2 == 0 { forwards } else { backwards });
    blocks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_drift_costs_baseline_and_candidate_the_same() {
        let places = order(10).concat();
        let sum = |arm| -> usize {
            let places = places.iter().enumerate();
            places
                .filter(|(_, other)| **other == arm)
                .map(|(place, _)| place)
                .sum()
        };
        assert_eq!(sum(Arm::Baseline), sum(Arm::Candidate));
        assert_eq!(sum(Arm::Baseline), sum(Arm::Null));
    }
}
