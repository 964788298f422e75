//! The order that timestamps keep among a transcript's tokens, as transformers' `WhisperTimeStampLogitsProcessor` has it
//! (Radford et al., 2022, arXiv:2212.04356, section 4.5).

/// The rule of timestamps: the first token is one, they come in pairs, they never go back, and one is chosen where all
/// of them together are likelier than any word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timestamps {
    /// The token that says there are none; the ids above it are timestamps, ascending.
    pub(crate) none: usize,
    /// The end of the transcript; the ids below it are words.
    pub(crate) end: usize,
    /// The latest timestamp, counted in tokens, that may come first.
    pub(crate) latest_first: Option<usize>,
}

impl Timestamps {
    /// The id of the first timestamp.
    pub(crate) const fn begin(&self) -> usize {
        self.none + 1
    }

    /// Changes the scores that follow the new tokens of a row.
    pub(super) fn apply(&self, tokens: &[i64], scores: &mut [f32]) {
        let begin = self.begin();
        if begin >= scores.len() {
            return;
        }
        let as_timestamp = |token: &i64| usize::try_from(*token).ok().filter(|id| *id >= begin);
        scores[self.none] = f32::NEG_INFINITY;
        let is_last = tokens
            .last()
            .is_some_and(|token| as_timestamp(token).is_some());
        let is_pair = tokens.len() < 2
            || tokens
                .get(tokens.len() - 2)
                .is_some_and(|token| as_timestamp(token).is_some());
        if is_last && is_pair {
            scores[begin..].fill(f32::NEG_INFINITY);
        } else if is_last {
            scores[..self.end.min(begin)].fill(f32::NEG_INFINITY);
        }
        if let Some(last) = tokens.iter().rev().find_map(as_timestamp) {
            // The one that begins the next pair may be the one that ended this.
            let least = if is_last && !is_pair { last } else { last + 1 };
            let least = least.min(scores.len());
            scores[begin..least].fill(f32::NEG_INFINITY);
        }
        if tokens.is_empty() {
            scores[..begin].fill(f32::NEG_INFINITY);
            if let Some(latest) = self.latest_first {
                let above = (begin + latest + 1).min(scores.len());
                scores[above..].fill(f32::NEG_INFINITY);
            }
        }
        let (words, times) = scores.split_at_mut(begin);
        let likeliest = words.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if log_sum(times) > f64::from(likeliest) {
            words.fill(f32::NEG_INFINITY);
        }
    }
}

/// The logarithm of the sum of exponentials.
fn log_sum(scores: &[f32]) -> f64 {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if largest == f32::NEG_INFINITY {
        return f64::NEG_INFINITY;
    }
    let sum: f64 = scores
        .iter()
        .map(|score| f64::from(score - largest).exp())
        .sum();
    f64::from(largest) + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO: f32 = f32::NEG_INFINITY;
    /// Words 0 and 1, the end 2, no timestamps 3, timestamps 4 to 7.
    const RULE: Timestamps = Timestamps {
        none: 3,
        end: 2,
        latest_first: Some(1),
    };

    fn check(tokens: &[i64], expected: [f32; 8]) {
        let mut scores = [9.0, 8.0, 7.0, 6.0, 1.0, 2.0, 3.0, 4.0];
        RULE.apply(tokens, &mut scores);
        assert_eq!(
            scores.map(f32::to_bits),
            expected.map(f32::to_bits),
            "{tokens:?}: {scores:?}"
        );
    }

    #[test]
    fn timestamps_come_first_in_pairs_and_never_go_back() {
        check(&[], [NO, NO, NO, NO, 1.0, 2.0, NO, NO]);
        check(&[5], [9.0, 8.0, 7.0, NO, NO, NO, NO, NO]);
        check(&[5, 0], [9.0, 8.0, 7.0, NO, NO, NO, 3.0, 4.0]);
        check(&[5, 0, 6], [NO, NO, 7.0, NO, NO, NO, 3.0, 4.0]);
        check(&[5, 0, 6, 6], [9.0, 8.0, 7.0, NO, NO, NO, NO, NO]);
    }

    #[test]
    fn timestamps_that_are_likelier_together_leave_no_word() {
        let mut scores = [1.0, 1.0, 1.0, 6.0, 0.5, 0.5, 0.5, 0.5];
        RULE.apply(&[4, 0], &mut scores);
        let expected = [NO, NO, NO, NO, NO, 0.5, 0.5, 0.5];
        assert_eq!(scores.map(f32::to_bits), expected.map(f32::to_bits));
    }
}
