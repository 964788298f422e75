//! What a proposal reads of a `config.json`, and the names it derives.

use serde_json::{Map, Value};

use crate::query::QueryError;
use crate::registry::constraint::{ID_CHARS, is_hub_id, is_id};
use crate::registry::text::Quoted;

/// Greatest size that is taken for one: sizes multiply.
const LARGEST_SIZE: u64 = 1 << 32;

/// A configuration with its model type.
pub(super) struct Config {
    /// Hugging Face's `model_type`.
    pub(super) model_type: String,
    /// The whole of it.
    pub(super) content: Map<String, Value>,
}

impl Config {
    /// Reads a configuration; only an object with a usable `model_type` is one.
    pub(super) fn parse(json: &str) -> Result<Self, QueryError> {
        let wrong = |what: String| QueryError::ConfigContent { what };
        let parsed = serde_json::from_str(json);
        let Value::Object(content) =
            parsed.map_err(|source| QueryError::ConfigSyntax { source })?
        else {
            return Err(wrong("is not an object".to_owned()));
        };
        let model_type = match content.get("model_type") {
            None => return Err(wrong("has no key `model_type`".to_owned())),
            Some(Value::String(text)) if is_id(text) && text.len() as u64 <= ID_CHARS => {
                text.clone()
            }
            Some(Value::String(text)) => {
                return Err(wrong(format!(
                    "has the model type {}, which is no id",
                    Quoted(text)
                )));
            }
            Some(_) => return Err(wrong("has a `model_type` that is no text".to_owned())),
        };
        Ok(Self {
            model_type,
            content,
        })
    }

    /// The repository: the one given, else the one the configuration remembers, else a stand-in with a note.
    pub(super) fn hub_id(
        &self,
        given: Option<&str>,
        notes: &mut Vec<String>,
    ) -> Result<String, QueryError> {
        if let Some(given) = given {
            return if is_hub_id(given) {
                Ok(given.to_owned())
            } else {
                Err(QueryError::HubId {
                    found: given.to_owned(),
                })
            };
        }
        let remembered = self.content.get("_name_or_path").and_then(Value::as_str);
        if let Some(remembered) = remembered.filter(|path| is_hub_id(path)) {
            let what = "is the one the configuration remembers; see that it is right";
            notes.push(format!("the repository {remembered} {what}"));
            return Ok(remembered.to_owned());
        }
        notes.push(
            "the repository is a stand-in: give the real one with --hub-id owner/name".to_owned(),
        );
        Ok(format!(
            "owner/{}-model",
            self.model_type.replace(['.', '_'], "-")
        ))
    }

    /// A size by its key; zero and sizes that are none count as absent.
    pub(super) fn size(&self, key: &str) -> Option<u64> {
        size(&self.content, key)
    }

    /// The class the checkpoint was saved from.
    pub(super) fn class(&self) -> &str {
        let architectures = self.content.get("architectures").and_then(Value::as_array);
        architectures
            .and_then(|all| all.first())
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// A size in a part of a configuration.
pub(super) fn size(part: &Map<String, Value>, key: &str) -> Option<u64> {
    part.get(key)
        .and_then(Value::as_u64)
        .filter(|size| (1..=LARGEST_SIZE).contains(size))
}

/// The model id of a repository: its name in lower case, with what an id may not contain as dashes.
pub(super) fn model_id(hub_id: &str) -> Option<String> {
    let name = hub_id.rsplit('/').next()?.to_ascii_lowercase();
    let id = name
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_owned();
    (is_id(&id) && id.len() as u64 <= ID_CHARS).then_some(id)
}

/// The family id of a model type.
pub(super) fn family_id(model_type: &str) -> String {
    model_type.replace('_', "-")
}

/// A name in prose for an id.
pub(super) fn title(id: &str) -> String {
    id.split(['-', '_'])
        .filter(|word| !word.is_empty())
        .map(capitalised)
        .collect::<Vec<_>>()
        .join(" ")
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(chars)
        .collect()
}
