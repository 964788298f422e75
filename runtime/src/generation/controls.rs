//! What changes scores before a token is chosen, in the order in which transformers' `generate` has it.

use std::collections::BTreeSet;

use super::{GenerationConfig, GenerationOptions};

/// The penalties and bans of one row.
#[derive(Debug, Clone)]
pub struct Controls {
    repetition_penalty: f32,
    no_repeat_ngram: usize,
    min_new_tokens: usize,
    end: Vec<i64>,
    suppressed: Vec<i64>,
    suppressed_first: Vec<i64>,
}

impl Controls {
    /// Those of a checkpoint, under options that are resolved already.
    #[must_use]
    pub fn new(config: &GenerationConfig, options: &GenerationOptions) -> Self {
        Self {
            repetition_penalty: options.repetition_penalty.unwrap_or(1.0),
            no_repeat_ngram: options.no_repeat_ngram.unwrap_or(0),
            min_new_tokens: options.min_new_tokens.unwrap_or(0),
            end: config.end.clone(),
            suppressed: config.suppressed.clone(),
            suppressed_first: config.suppressed_first.clone(),
        }
    }

    /// Changes the scores `(vocabulary)` of the token that follows `history`, of which the last `added` tokens are new.
    /// As in transformers, padding at the beginning of a row belongs to its history.
    pub fn apply(&self, scores: &mut [f32], history: &[i64], added: usize) {
        self.penalise(scores, history);
        self.ban_repeated(scores, history);
        if added < self.min_new_tokens {
            ban(scores, &self.end);
        }
        ban(scores, &self.suppressed);
        if added == 0 {
            ban(scores, &self.suppressed_first);
        }
    }

    /// Keskar et al., 2019 (arXiv:1909.05858).
    fn penalise(&self, scores: &mut [f32], history: &[i64]) {
        let penalty = self.repetition_penalty;
        if (penalty - 1.0).abs() < f32::EPSILON {
            return;
        }
        let seen: BTreeSet<i64> = history.iter().copied().collect();
        for token in seen {
            if let Some(score) = at(scores, token) {
                *score = if *score < 0.0 {
                    *score * penalty
                } else {
                    *score / penalty
                };
            }
        }
    }

    /// Bans every token that would end a sequence which occurred already.
    fn ban_repeated(&self, scores: &mut [f32], history: &[i64]) {
        let length = self.no_repeat_ngram;
        if length == 0 || history.len() < length {
            return;
        }
        let (_, latest) = history.split_at(history.len() + 1 - length);
        for window in history.windows(length) {
            if let [before @ .., last] = window
                && before == latest
            {
                ban(scores, &[*last]);
            }
        }
    }
}

fn ban(scores: &mut [f32], tokens: &[i64]) {
    for &token in tokens {
        if let Some(score) = at(scores, token) {
            *score = f32::NEG_INFINITY;
        }
    }
}

fn at(scores: &mut [f32], token: i64) -> Option<&mut f32> {
    scores.get_mut(usize::try_from(token).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(config: &GenerationConfig, history: &[i64], added: usize) -> Vec<f32> {
        let mut scores = vec![1.0, -1.0, 2.0, 4.0];
        Controls::new(config, &config.options).apply(&mut scores, history, added);
        scores
    }

    const BANNED: f32 = f32::NEG_INFINITY;

    #[test]
    fn tokens_that_occurred_are_penalised_once() {
        let config = GenerationConfig {
            options: GenerationOptions {
                repetition_penalty: Some(2.0),
                ..GenerationOptions::default()
            },
            ..GenerationConfig::default()
        };
        assert_eq!(applied(&config, &[1, 3, 3, 99], 0), [1.0, -2.0, 2.0, 2.0]);
    }

    #[test]
    fn sequences_do_not_repeat() {
        let config = GenerationConfig {
            options: GenerationOptions {
                no_repeat_ngram: Some(2),
                ..GenerationOptions::default()
            },
            ..GenerationConfig::default()
        };
        assert_eq!(
            applied(&config, &[0, 2, 0, 3, 0], 0),
            [1.0, -1.0, BANNED, BANNED]
        );
        assert_eq!(applied(&config, &[0], 0), [1.0, -1.0, 2.0, 4.0]);
    }

    #[test]
    fn some_tokens_are_banned_always_first_or_early() {
        let config = GenerationConfig {
            end: vec![3],
            suppressed: vec![0],
            suppressed_first: vec![1],
            options: GenerationOptions {
                min_new_tokens: Some(2),
                ..GenerationOptions::default()
            },
            ..GenerationConfig::default()
        };
        assert_eq!(applied(&config, &[], 0), [BANNED, BANNED, 2.0, BANNED]);
        assert_eq!(applied(&config, &[], 1), [BANNED, -1.0, 2.0, BANNED]);
        assert_eq!(applied(&config, &[], 2), [BANNED, -1.0, 2.0, 4.0]);
    }
}
