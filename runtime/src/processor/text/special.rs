//! The ids of the tokens that do not stand for text.

use std::path::Path;

use serde_json::Value;
use tokenizers::tokenizer::Tokenizer;

use crate::processor::ProcessorError;
use crate::processor::settings::Settings;

/// Ids of special tokens; `None` where the tokenizer has no such token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Special {
    /// Fills short rows of a batch.
    pub(super) pad: Option<i64>,
    /// Stands for a masked word.
    pub(super) mask: Option<i64>,
}

impl Special {
    /// Reads the tokens' names from `tokenizer_config.json`, else from `special_tokens_map.json`. Where neither names
    /// one, the padding of `tokenizer.json` counts, then the names that most tokenizer classes have by default.
    pub(super) fn load(
        dir: &Path,
        tokenizer: &Tokenizer,
        settings: Option<&Settings>,
    ) -> Result<Self, ProcessorError> {
        let map = Settings::load(dir, "special_tokens_map.json")?;
        let named = |key: &str| {
            let name = token(settings, key)?.or(token(map.as_ref(), key)?);
            Ok::<_, ProcessorError>(name.and_then(|name| tokenizer.token_to_id(&name)))
        };
        let usual = |names: [&str; 2]| names.iter().find_map(|name| tokenizer.token_to_id(name));
        let stored = tokenizer.get_padding().map(|padding| padding.pad_id);
        let pad = named("pad_token")?
            .or(stored)
            .or_else(|| usual(["[PAD]", "<pad>"]));
        let mask = named("mask_token")?.or_else(|| usual(["[MASK]", "<mask>"]));
        Ok(Self {
            pad: pad.map(i64::from),
            mask: mask.map(i64::from),
        })
    }
}

/// A special token's text: given as such, or as `content` of an object.
pub(in crate::processor) fn token(
    settings: Option<&Settings>,
    key: &str,
) -> Result<Option<String>, ProcessorError> {
    let Some((settings, value)) =
        settings.and_then(|settings| Some((settings, settings.find(key)?)))
    else {
        return Ok(None);
    };
    let text = match value {
        Value::Object(token) => token.get("content").and_then(Value::as_str),
        other => other.as_str(),
    };
    text.map(|text| Some(text.to_owned()))
        .ok_or_else(|| settings.refuse(key, value, "a text, or an object with a text as `content`"))
}
