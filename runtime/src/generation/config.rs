//! `generation_config.json`: how a checkpoint wants its tokens chosen.

use serde_json::Value;

use super::GenerationOptions;
use crate::checkpoint::Checkpoint;
use crate::error::Error;

/// The file, and the one that holds its keys in older checkpoints.
const FILES: [&str; 2] = ["generation_config.json", "config.json"];

/// How a checkpoint wants its tokens chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenerationConfig {
    /// Tokens that end a text.
    pub end: Vec<i64>,
    /// The token that begins a text.
    pub begin: Option<i64>,
    /// The token that fills short rows of a batch.
    pub pad: Option<i64>,
    /// The token a decoder with an encoder begins with.
    pub decoder_start: Option<i64>,
    /// Tokens that are never chosen.
    pub suppressed: Vec<i64>,
    /// Tokens that are not chosen first.
    pub suppressed_first: Vec<i64>,
    /// The most tokens of prompt and text together.
    pub max_length: Option<usize>,
    /// Everything that a caller may choose as well.
    pub options: GenerationOptions,
}

impl GenerationConfig {
    /// Reads a checkpoint's file; where it has none, what config.json says of tokens.
    ///
    /// # Errors
    /// A file that is not JSON, or a value of the wrong kind.
    pub fn load(checkpoint: &Checkpoint) -> Result<Self, Error> {
        for file in FILES {
            if let Some(json) = checkpoint.json(file)? {
                return Self::parse(file, &json);
            }
        }
        Ok(Self::default())
    }

    fn parse(file: &'static str, json: &Value) -> Result<Self, Error> {
        let keys = Keys { file, json };
        let config = Self {
            end: keys.tokens("eos_token_id")?,
            begin: keys.token("bos_token_id")?,
            pad: keys.token("pad_token_id")?,
            decoder_start: keys.token("decoder_start_token_id")?,
            suppressed: keys.tokens("suppress_tokens")?,
            suppressed_first: keys.tokens("begin_suppress_tokens")?,
            max_length: keys.count("max_length")?,
            options: GenerationOptions {
                max_new_tokens: keys.count("max_new_tokens")?,
                min_new_tokens: keys.count("min_new_tokens")?,
                is_sampled: keys.flag("do_sample")?,
                temperature: keys.number("temperature")?,
                top_k: keys.count("top_k")?,
                top_p: keys.number("top_p")?,
                min_p: keys.number("min_p")?,
                repetition_penalty: keys.number("repetition_penalty")?,
                no_repeat_ngram: keys.count("no_repeat_ngram_size")?,
                beams: None,
                kept_scores: None,
                seed: None,
            },
        };
        Ok(config)
    }
}

/// Typed look-ups whose errors name file and key.
struct Keys<'a> {
    file: &'static str,
    json: &'a Value,
}

impl Keys<'_> {
    fn find(&self, key: &str) -> Option<&Value> {
        self.json.get(key).filter(|value| !value.is_null())
    }

    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        let refused = || Error::InvalidCheckpoint {
            file: self.file.to_owned(),
            reason: format!("`{key}` is {value}; expected {expected}"),
        };
        read(value).map(Some).ok_or_else(refused)
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, Error> {
        self.read(key, "true or false", Value::as_bool)
    }

    fn number(&self, key: &str) -> Result<Option<f32>, Error> {
        self.read(key, "a number", |value| Some(value.as_f64()? as f32))
    }

    fn count(&self, key: &str) -> Result<Option<usize>, Error> {
        let count = |value: &Value| usize::try_from(value.as_u64()?).ok();
        self.read(key, "a whole number", count)
    }

    /// One token; of several, the first.
    fn token(&self, key: &str) -> Result<Option<i64>, Error> {
        Ok(self.tokens(key)?.into_iter().next())
    }

    /// Tokens: one, several or none.
    fn tokens(&self, key: &str) -> Result<Vec<i64>, Error> {
        let token = |value: &Value| value.as_i64();
        let tokens = |value: &Value| match value {
            Value::Array(several) => several.iter().map(token).collect::<Option<Vec<_>>>(),
            one => Some(vec![token(one)?]),
        };
        Ok(self
            .read(key, "a token id, or a list of them", tokens)?
            .unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_the_wrong_kind_are_refused_by_name() {
        let refused = |json: Value| {
            let error = GenerationConfig::parse("generation_config.json", &json).unwrap_err();
            error.to_string()
        };
        insta::assert_snapshot!(
            refused(json!({ "eos_token_id": "</s>" })),
            @r#"generation_config.json: `eos_token_id` is "</s>"; expected a token id, or a list of them"#
        );
        insta::assert_snapshot!(
            refused(json!({ "top_k": -1 })),
            @"generation_config.json: `top_k` is -1; expected a whole number"
        );
        insta::assert_snapshot!(
            refused(json!({ "do_sample": 1 })),
            @"generation_config.json: `do_sample` is 1; expected true or false"
        );
    }

    #[test]
    fn one_end_or_several() {
        let ends = |json: Value| GenerationConfig::parse("config.json", &json).unwrap().end;
        assert_eq!(ends(json!({ "eos_token_id": 2 })), [2]);
        assert_eq!(ends(json!({ "eos_token_id": [2, 3] })), [2, 3]);
        assert!(ends(json!({ "eos_token_id": null })).is_empty());
    }
}
