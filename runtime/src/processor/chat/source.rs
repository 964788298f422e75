//! Where a chat template stands, and the special tokens it may name.

use std::path::Path;

use serde_json::{Map, Value};

use crate::processor::ProcessorError;
use crate::processor::settings::{self, Settings};

/// The most a template may have; real ones have some ten kilobytes.
const MAX_BYTES: u64 = 1 << 20;
/// Keys of special tokens, by which templates name them.
const TOKENS: [&str; 7] = [
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
];

/// A template's text with the special tokens of its checkpoint.
pub(super) struct Source {
    pub(super) text: String,
    pub(super) tokens: Map<String, Value>,
}

impl Source {
    /// Looks through a checkpoint's files.
    pub(super) fn find(dir: &Path) -> Result<Option<Self>, ProcessorError> {
        let config = Settings::load(dir, "tokenizer_config.json")?;
        let Some(text) = text(dir, config.as_ref())? else {
            return Ok(None);
        };
        let map = Settings::load(dir, "special_tokens_map.json")?;
        let mut tokens = Map::new();
        for key in TOKENS {
            let token = match token(config.as_ref(), key)? {
                Some(token) => Some(token),
                None => token(map.as_ref(), key)?,
            };
            if let Some(token) = token {
                tokens.insert(key.to_owned(), token.into());
            }
        }
        Ok(Some(Self { text, tokens }))
    }
}

/// A special token's text.
fn token(settings: Option<&Settings>, key: &str) -> Result<Option<String>, ProcessorError> {
    crate::processor::text::special_token(settings, key)
}

/// The template's text, in the order in which transformers prefers the files.
fn text(dir: &Path, config: Option<&Settings>) -> Result<Option<String>, ProcessorError> {
    let path = dir.join("chat_template.jinja");
    if let Some(bytes) = settings::read(&path, MAX_BYTES)? {
        let text = String::from_utf8(bytes);
        return text.map(Some).map_err(|error| ProcessorError::Read {
            path,
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, error),
        });
    }
    if let Some(text) = config.map(named).transpose()?.flatten() {
        return Ok(Some(text));
    }
    let processor = Settings::load(dir, "chat_template.json")?;
    Ok(processor.as_ref().map(named).transpose()?.flatten())
}

/// The key `chat_template`: a text, or a list of named ones of which the default counts.
fn named(settings: &Settings) -> Result<Option<String>, ProcessorError> {
    let key = "chat_template";
    let Some(value) = settings.find(key) else {
        return Ok(None);
    };
    let text = match value {
        Value::Array(several) => several
            .iter()
            .find(|template| template.get("name").and_then(Value::as_str) == Some("default"))
            .and_then(|template| template.get("template")?.as_str()),
        one => one.as_str(),
    };
    let expected = "a text, or a list with a template named `default`";
    text.map(|text| Some(text.to_owned()))
        .ok_or_else(|| settings.refuse(key, value, expected))
}
