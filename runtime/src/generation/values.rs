//! Keys of `generation_config.json` by name, for decoders that an encoder feeds.

use serde_json::Value;

use super::{GenerationOptions, Limits};
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// The length, prompt included, that transformers' `GenerationConfig` has by default.
const USUAL_LENGTH: usize = 20;
/// The most beams: memory grows with them.
const MOST_BEAMS: usize = 64;

/// A checkpoint's `generation_config.json`, or where it has none, what its `config.json` says in its place.
#[derive(Debug, Clone)]
pub struct GenerationValues {
    file: &'static str,
    values: Value,
    config: Value,
}

impl GenerationValues {
    /// Reads the files.
    ///
    /// # Errors
    /// Files that are no JSON.
    pub fn load(checkpoint: &Checkpoint) -> Result<Self, Error> {
        let config = checkpoint.json("config.json")?.unwrap_or_default();
        Ok(match checkpoint.json("generation_config.json")? {
            Some(values) => Self {
                file: "generation_config.json",
                values,
                config,
            },
            None => Self {
                file: "config.json",
                values: config.clone(),
                config,
            },
        })
    }

    /// The value of a key that is present and not null.
    pub(crate) fn find(&self, key: &str) -> Option<&Value> {
        self.values.get(key).filter(|value| !value.is_null())
    }

    /// The value of a key of `generation_config.json`, else of `config.json`.
    pub(crate) fn find_anywhere(&self, key: &str) -> Option<&Value> {
        let stated = self.config.get(key).filter(|value| !value.is_null());
        self.find(key).or(stated)
    }

    /// A token id.
    ///
    /// # Errors
    /// A value that is none.
    pub fn token(&self, key: &str) -> Result<Option<i64>, Error> {
        self.find_anywhere(key)
            .map(|value| value.as_i64().ok_or_else(|| self.wrong(key, "a token id")))
            .transpose()
    }

    /// Token ids: one, or a list of them.
    ///
    /// # Errors
    /// A value that is neither.
    pub fn tokens(&self, key: &str) -> Result<Vec<i64>, Error> {
        match self.find_anywhere(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(ids)) => {
                let ids: Option<Vec<i64>> = ids.iter().map(Value::as_i64).collect();
                ids.ok_or_else(|| self.wrong(key, "a list of token ids"))
            }
            Some(_) => Ok(self.token(key)?.into_iter().collect()),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// A value that is none.
    pub fn count(&self, key: &str) -> Result<Option<usize>, Error> {
        let count = |value: &Value| value.as_u64().and_then(|count| usize::try_from(count).ok());
        self.find(key)
            .map(|value| count(value).ok_or_else(|| self.wrong(key, "a whole number")))
            .transpose()
    }

    /// A number.
    ///
    /// # Errors
    /// A value that is none.
    pub fn number(&self, key: &str) -> Result<Option<f64>, Error> {
        self.find(key)
            .map(|value| value.as_f64().ok_or_else(|| self.wrong(key, "a number")))
            .transpose()
    }

    /// The token that a decoder starts from.
    ///
    /// # Errors
    /// A checkpoint that names none.
    pub fn start(&self) -> Result<i64, Error> {
        let start = match self.token("decoder_start_token_id")? {
            Some(start) => Some(start),
            None => self.token("bos_token_id")?,
        };
        start.ok_or_else(|| self.wrong("decoder_start_token_id", "a token id; it is absent"))
    }

    /// How many beams there are to be.
    ///
    /// # Errors
    /// A number that is 0 or too large.
    pub fn beams(&self, options: &GenerationOptions) -> Result<usize, Error> {
        let beams = match options.beams {
            Some(beams) => beams,
            None => self.count("num_beams")?.unwrap_or(1),
        };
        if (1..=MOST_BEAMS).contains(&beams) {
            return Ok(beams);
        }
        Err(Error::InvalidInput(format!(
            "{beams} beams; 1 to {MOST_BEAMS} are possible"
        )))
    }

    /// How far generation goes from a prompt of that many tokens; `positions` is the most tokens that the decoder has
    /// places for.
    ///
    /// # Errors
    /// A length that leaves no room for a token.
    pub(crate) fn limits(
        &self,
        options: &GenerationOptions,
        prompt: usize,
        positions: Option<usize>,
    ) -> Result<Limits, Error> {
        let new = match options.max_new_tokens {
            Some(new) => Some(new),
            None => self.count("max_new_tokens")?,
        };
        let wanted = match new {
            Some(new) => prompt.saturating_add(new),
            None => self.count("max_length")?.unwrap_or(USUAL_LENGTH),
        };
        let max_length = positions.map_or(wanted, |positions| wanted.min(positions));
        if max_length <= prompt {
            return Err(Error::InvalidInput(format!(
                "no room for a new token: the decoder's prompt has {prompt} tokens of at most {max_length}"
            )));
        }
        let end = self.tokens("eos_token_id")?;
        let pad = self.token("pad_token_id")?;
        Ok(Limits {
            max_length,
            pad: pad.or(end.first().copied()).unwrap_or(0),
            end,
            kept_scores: options.kept_scores.unwrap_or(1),
        })
    }

    /// The error of a value that is not what it should be.
    pub(crate) fn wrong(&self, key: &str, expected: &str) -> Error {
        Error::InvalidCheckpoint {
            file: self.file.to_owned(),
            reason: format!("`{key}` has to be {expected}"),
        }
    }
}
