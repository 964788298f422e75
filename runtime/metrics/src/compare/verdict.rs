//! What a comparison says, and when it says nothing.

use serde::{Deserialize, Serialize};

use super::signed_rank::p_value;

/// Pairs below which no comparison is made: with fewer, the test cannot reach its level.
pub const LEAST_PAIRS: usize = 10;

/// The medians of the processes of one block, in any unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Of the baseline.
    pub baseline: f64,
    /// Of the candidate.
    pub candidate: f64,
    /// Of the baseline's second process.
    pub null: f64,
}

/// When a difference is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Largest probability of a difference where there is none.
    pub level: f64,
    /// Smallest difference that matters, in percent.
    pub threshold_percent: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            level: 0.002,
            threshold_percent: 1.0,
        }
    }
}

/// The outcome of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Median of the candidate's process medians over that of the baseline's, less one, in percent: negative is faster.
    pub difference_percent: f64,
    /// Probability of differences as uneven as those of the candidate's pairs if there were none.
    pub p: f64,
    /// The same for the null arm, in percent.
    pub null_difference_percent: f64,
    /// The same for the null arm.
    pub null_p: f64,
    /// Number of pairs.
    pub pairs: usize,
    /// What follows.
    pub verdict: Verdict,
}

/// What follows from a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The candidate takes less time.
    Faster,
    /// The candidate takes more time.
    Slower,
    /// No difference that matters was found.
    NoDifference,
    /// The machine is too uneven to say.
    Inconclusive {
        /// Why, and what would help.
        reason: String,
    },
}

/// Too little to compare.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum TooFewPairs {
    /// Too few pairs of processes.
    #[error("{found} pairs of processes, a comparison needs {LEAST_PAIRS}")]
    Pairs {
        /// Number of pairs there are.
        found: usize,
    },
    /// A process without a time.
    #[error("block {block} has a median that is no time")]
    NoTime {
        /// Its number, from 0.
        block: usize,
    },
}

/// Compares candidate and baseline.
///
/// # Errors
/// Fewer than ten blocks, or a median that is not above zero.
pub fn compare(blocks: &[Block], rules: Rules) -> Result<Comparison, TooFewPairs> {
    let found = blocks.len();
    if found < LEAST_PAIRS {
        return Err(TooFewPairs::Pairs { found });
    }
    let is_time = |time: f64| time.is_finite() && time > 0.0;
    let is_broken = |block: &Block| {
        ![block.baseline, block.candidate, block.null]
            .into_iter()
            .all(is_time)
    };
    if let Some(block) = blocks.iter().position(is_broken) {
        return Err(TooFewPairs::NoTime { block });
    }
    let (difference_percent, p) = difference(blocks, |block| block.candidate);
    let (null_difference_percent, null_p) = difference(blocks, |block| block.null);
    let is_significant = p <= rules.level && difference_percent.abs() >= rules.threshold_percent;
    let verdict = if null_p <= rules.level {
        Verdict::Inconclusive {
            reason: format!(
                "the baseline differs from itself by {null_difference_percent:+.1} %: compare again on a quieter machine"
            ),
        }
    } else if !is_significant {
        Verdict::NoDifference
    } else if difference_percent < 0.0 {
        Verdict::Faster
    } else {
        Verdict::Slower
    };
    Ok(Comparison {
        difference_percent,
        p,
        null_difference_percent,
        null_p,
        pairs: found,
        verdict,
    })
}

/// By how many percent the median of an arm lies above that of the baseline, and the probability of its pairs.
fn difference(blocks: &[Block], arm: impl Fn(&Block) -> f64) -> (f64, f64) {
    let ratios: Vec<f64> = blocks
        .iter()
        .map(|block| (arm(block) / block.baseline).ln())
        .collect();
    let of_arm = median(blocks.iter().map(&arm).collect());
    let of_baseline = median(blocks.iter().map(|block| block.baseline).collect());
    ((of_arm / of_baseline - 1.0) * 100.0, p_value(&ratios))
}

/// The middle value, or the mean of the two: what stands for a process. Not a number without values.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle), values.len() % 2) {
        (None, _) => f64::NAN,
        (Some(value), 1) => *value,
        (Some(value), _) => f64::midpoint(values[middle - 1], *value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(count: usize, candidate: f64, null: f64) -> Vec<Block> {
        let block = |place: usize| {
            let wobble = 1.0 + (place * 7 % 11) as f64 * 1e-4;
            let other = 1.0 + (place * 5 % 13) as f64 * 1e-4;
            Block {
                baseline: wobble,
                candidate: candidate * other,
                null: null * other,
            }
        };
        (0..count).map(block).collect()
    }

    #[test]
    fn verdicts_follow_difference_threshold_and_null_arm() {
        for (candidate, null, expected) in [
            (0.9, 1.0, "Faster"),
            (1.1, 1.0, "Slower"),
            (1.005, 1.0, "NoDifference"),
            (1.0, 1.0, "NoDifference"),
            (1.1, 1.02, "Inconclusive"),
        ] {
            let found = compare(&blocks(20, candidate, null), Rules::default()).unwrap();
            let name = format!("{:?}", found.verdict);
            assert!(name.starts_with(expected), "{found:?}");
        }
    }

    #[test]
    fn medians_are_middle_values() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), 3.0);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn too_few_pairs_and_broken_medians_are_refused() {
        let error = compare(&blocks(9, 1.1, 1.0), Rules::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "9 pairs of processes, a comparison needs 10"
        );
        let mut broken = blocks(12, 1.1, 1.0);
        broken[3].null = f64::NAN;
        assert_eq!(
            compare(&broken, Rules::default()),
            Err(TooFewPairs::NoTime { block: 3 })
        );
    }
}
