//! Rules that change scores before a token is chosen, as transformers' `LogitsProcessor`s have them.

use super::timestamps::Timestamps;
use super::{GenerationOptions, GenerationValues, Limits};
use crate::error::Error;

/// The rules of one generation.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    repetition_penalty: f32,
    no_repeat: usize,
    min_length: usize,
    first: Option<i64>,
    last: Option<i64>,
    suppressed: Vec<i64>,
    suppressed_first: Vec<i64>,
    timestamps: Option<Timestamps>,
    /// Tokens of the prompt.
    prompt: usize,
    max_length: usize,
    end: Vec<i64>,
}

impl Rules {
    /// The rules for prompts of `prompt` tokens: what the caller chose, and for what is left open the checkpoint's.
    ///
    /// # Errors
    /// Values of the configuration that are not what they should be, or tokens that are to be drawn.
    pub(crate) fn new(
        config: &GenerationValues,
        options: &GenerationOptions,
        limits: &Limits,
        prompt: usize,
    ) -> Result<Self, Error> {
        if options.is_sampled == Some(true) {
            return Err(Error::InvalidInput(
                "decoders that an encoder feeds draw no tokens here: leave sampling out, or ask for beams".to_owned(),
            ));
        }
        let penalty = config.number("repetition_penalty")?.map(|of| of as f32);
        let no_repeat = config.count("no_repeat_ngram_size")?;
        let min_new = options.min_new_tokens.or(config.count("min_new_tokens")?);
        let min_new = min_new.map(|new| prompt + new);
        let min_length = config.count("min_length")?;
        Ok(Self {
            repetition_penalty: options.repetition_penalty.or(penalty).unwrap_or(1.0),
            no_repeat: options.no_repeat_ngram.or(no_repeat).unwrap_or(0),
            min_length: min_new.max(min_length).unwrap_or(0),
            first: config.token("forced_bos_token_id")?,
            last: config.token("forced_eos_token_id")?,
            suppressed: config.tokens("suppress_tokens")?,
            suppressed_first: config.tokens("begin_suppress_tokens")?,
            timestamps: None,
            prompt,
            max_length: limits.max_length,
            end: limits.end.clone(),
        })
    }

    /// The same with the rule that timestamps obey.
    #[must_use]
    pub(crate) fn with_timestamps(mut self, timestamps: Option<Timestamps>) -> Self {
        self.timestamps = timestamps;
        self
    }

    /// Changes the scores that follow `tokens`, a row with its prompt.
    pub(crate) fn apply(&self, tokens: &[i64], scores: &mut [f32]) {
        self.penalise(tokens, scores);
        if self.no_repeat > 0 {
            for token in completions(tokens, self.no_repeat) {
                forbid(scores, token);
            }
        }
        if tokens.len() < self.min_length {
            self.end.iter().for_each(|&token| forbid(scores, token));
        }
        if let Some(first) = self.first.filter(|_| tokens.len() == 1) {
            force(scores, first);
        }
        if let Some(last) = self.last.filter(|_| tokens.len() + 1 == self.max_length) {
            force(scores, last);
        }
        self.suppressed
            .iter()
            .for_each(|&token| forbid(scores, token));
        // A forced first token is no free choice: the one after it is the first.
        let begin = self.prompt + usize::from(self.prompt == 1 && self.first.is_some());
        if tokens.len() == begin {
            self.suppressed_first
                .iter()
                .for_each(|&token| forbid(scores, token));
        }
        if let Some(timestamps) = &self.timestamps {
            timestamps.apply(&tokens[self.prompt.min(tokens.len())..], scores);
        }
    }

    /// Makes tokens that have occurred less likely (Keskar et al., 2019, arXiv:1909.05858).
    fn penalise(&self, tokens: &[i64], scores: &mut [f32]) {
        if self.repetition_penalty.to_bits() == 1.0_f32.to_bits() {
            return;
        }
        let mut seen = tokens.to_vec();
        seen.sort_unstable();
        seen.dedup();
        for token in seen {
            if let Some(score) = slot(scores, token) {
                *score = if *score < 0.0 {
                    *score * self.repetition_penalty
                } else {
                    *score / self.repetition_penalty
                };
            }
        }
    }
}

/// The tokens that would complete a run of `size` tokens that has occurred (Paulus et al., 2017, arXiv:1705.04304).
fn completions(tokens: &[i64], size: usize) -> impl Iterator<Item = i64> {
    let begun = tokens.len().checked_sub(size - 1).map(|at| &tokens[at..]);
    let runs = tokens.windows(size);
    runs.filter(move |run| begun.is_some_and(|begun| run.starts_with(begun)))
        .filter_map(|run| run.last().copied())
}

fn slot(scores: &mut [f32], token: i64) -> Option<&mut f32> {
    usize::try_from(token)
        .ok()
        .and_then(|token| scores.get_mut(token))
}

fn forbid(scores: &mut [f32], token: i64) {
    if let Some(score) = slot(scores, token) {
        *score = f32::NEG_INFINITY;
    }
}

/// Leaves one token as the only choice.
fn force(scores: &mut [f32], token: i64) {
    scores.fill(f32::NEG_INFINITY);
    if let Some(score) = slot(scores, token) {
        *score = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules {
            repetition_penalty: 1.0,
            no_repeat: 0,
            min_length: 0,
            first: None,
            last: None,
            suppressed: Vec::new(),
            suppressed_first: Vec::new(),
            timestamps: None,
            prompt: 1,
            max_length: 9,
            end: vec![0],
        }
    }

    fn check(rules: &Rules, tokens: &[i64], expected: [f32; 4]) {
        let mut scores = [-1.0, 2.0, 3.0, 4.0];
        rules.apply(tokens, &mut scores);
        assert_eq!(
            scores.map(f32::to_bits),
            expected.map(f32::to_bits),
            "{tokens:?}: {scores:?}"
        );
    }

    #[test]
    fn each_rule_changes_the_scores_it_is_about() {
        const NO: f32 = f32::NEG_INFINITY;
        let penalty = Rules {
            repetition_penalty: 2.0,
            ..rules()
        };
        check(&penalty, &[0, 2, 2], [-2.0, 2.0, 1.5, 4.0]);
        let no_repeat = Rules {
            no_repeat: 2,
            ..rules()
        };
        check(&no_repeat, &[1, 2, 3, 1], [-1.0, 2.0, NO, 4.0]);
        check(&no_repeat, &[1], [-1.0, 2.0, 3.0, 4.0]);
        let min_length = Rules {
            min_length: 3,
            ..rules()
        };
        check(&min_length, &[1, 2], [NO, 2.0, 3.0, 4.0]);
        check(&min_length, &[1, 2, 3], [-1.0, 2.0, 3.0, 4.0]);
        let suppressed = Rules {
            suppressed: vec![3, 99, -1],
            suppressed_first: vec![2],
            ..rules()
        };
        check(&suppressed, &[1], [-1.0, 2.0, NO, NO]);
        check(&suppressed, &[1, 1], [-1.0, 2.0, 3.0, NO]);
        let forced = Rules {
            first: Some(1),
            last: Some(0),
            suppressed_first: vec![3],
            max_length: 3,
            ..rules()
        };
        check(&forced, &[1], [NO, 0.0, NO, NO]);
        check(&forced, &[1, 1], [0.0, NO, NO, NO]);
    }
}
