//! What a caller may choose about generation; what is left open, the checkpoint decides.

use crate::error::Error;

/// Choices about generation. `None` leaves one to the checkpoint's `generation_config.json`, and where that is silent to
/// the value that transformers has.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct GenerationOptions {
    /// The most tokens to add.
    pub max_new_tokens: Option<usize>,
    /// The fewest tokens to add before one that ends the text is allowed.
    pub min_new_tokens: Option<usize>,
    /// Whether tokens are drawn by their probability; the likeliest is taken otherwise.
    pub is_sampled: Option<bool>,
    /// What scores are divided by before tokens are drawn, above 0.
    pub temperature: Option<f32>,
    /// Number of likeliest tokens to draw from; 0 for all.
    pub top_k: Option<usize>,
    /// Share of probability that the likeliest tokens to draw from have together, above 0 to 1.
    pub top_p: Option<f32>,
    /// Least probability of a token to draw, as a share of the likeliest one's, 0 to 1.
    pub min_p: Option<f32>,
    /// What the scores of tokens that occurred are divided by where positive and multiplied with where negative, above 0.
    pub repetition_penalty: Option<f32>,
    /// Length of sequences of tokens that may occur once only; 0 for none.
    pub no_repeat_ngram: Option<usize>,
    /// Number of beams, for decoders that an encoder feeds; 1 is greedy.
    pub beams: Option<usize>,
    /// For how many steps the raw scores of the vocabulary are returned, by those decoders; 1 where none is given.
    pub kept_scores: Option<usize>,
    /// Beginning of the random numbers; the same seed draws the same tokens. 0 where none is given.
    pub seed: Option<u64>,
}

impl GenerationOptions {
    /// The likeliest token each time, whatever the checkpoint says.
    #[must_use]
    pub fn greedy() -> Self {
        Self {
            is_sampled: Some(false),
            ..Self::default()
        }
    }

    /// The same with at most this many tokens.
    #[must_use]
    pub fn up_to(self, max_new_tokens: usize) -> Self {
        Self {
            max_new_tokens: Some(max_new_tokens),
            ..self
        }
    }

    /// These choices, and where one is open that of `others`.
    #[must_use]
    pub fn or(&self, others: &Self) -> Self {
        Self {
            max_new_tokens: self.max_new_tokens.or(others.max_new_tokens),
            min_new_tokens: self.min_new_tokens.or(others.min_new_tokens),
            is_sampled: self.is_sampled.or(others.is_sampled),
            temperature: self.temperature.or(others.temperature),
            top_k: self.top_k.or(others.top_k),
            top_p: self.top_p.or(others.top_p),
            min_p: self.min_p.or(others.min_p),
            repetition_penalty: self.repetition_penalty.or(others.repetition_penalty),
            no_repeat_ngram: self.no_repeat_ngram.or(others.no_repeat_ngram),
            beams: self.beams.or(others.beams),
            kept_scores: self.kept_scores.or(others.kept_scores),
            seed: self.seed.or(others.seed),
        }
    }

    /// Checks that every number is within its bounds.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with the choice and its bounds.
    pub fn check(&self) -> Result<(), Error> {
        let above_zero = |number: f32| number.is_finite() && number > 0.0;
        let share = |number: f32| (0.0..=1.0).contains(&number);
        let bounds: [(&str, Option<f32>, bool, &str); 4] = [
            (
                "temperature",
                self.temperature,
                self.temperature.is_none_or(above_zero),
                "above 0",
            ),
            (
                "repetition_penalty",
                self.repetition_penalty,
                self.repetition_penalty.is_none_or(above_zero),
                "above 0",
            ),
            (
                "top_p",
                self.top_p,
                self.top_p.is_none_or(|top_p| share(top_p) && top_p > 0.0),
                "above 0 to 1",
            ),
            ("min_p", self.min_p, self.min_p.is_none_or(share), "0 to 1"),
        ];
        if self.max_new_tokens == Some(0) {
            return Err(Error::InvalidInput(
                "`max_new_tokens` is 0; expected at least 1".to_owned(),
            ));
        }
        match bounds.into_iter().find(|(_, _, holds, _)| !holds) {
            None => Ok(()),
            Some((name, value, _, expected)) => Err(Error::InvalidInput(format!(
                "`{name}` is {}; expected {expected}",
                value.unwrap_or_default()
            ))),
        }
    }
}
