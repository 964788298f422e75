//! Why a question has no answer.

use crate::registry::Platform;
use crate::registry::text::{Listed, Quoted};

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// No model or family has this id.
    #[error(
        "no model or family {}{}; `gen --list-only` lists all",
        Quoted(found),
        nearest_of(near)
    )]
    UnknownModel {
        /// What was asked for.
        found: String,
        /// The ids nearest to it.
        near: Vec<String>,
    },
    /// No platform has this name.
    #[error(
        "no platform {}{}; one of: {}",
        Quoted(found),
        nearest_of(near),
        Listed(Platform::NAMES)
    )]
    UnknownPlatform {
        /// What was asked for.
        found: String,
        /// The names nearest to it.
        near: Vec<String>,
    },
    /// The configuration is not JSON.
    #[error(
        "config.json is not valid JSON: {source}; give the file a model repository carries under that name"
    )]
    ConfigSyntax {
        /// What the JSON parser says, with line and column.
        source: serde_json::Error,
    },
    /// The configuration is JSON of another kind.
    #[error("config.json {what}; give the file a model repository carries under that name")]
    ConfigContent {
        /// What is wrong with it.
        what: String,
    },
    /// The repository's name is not one.
    #[error(
        "--hub-id {}: expected owner/name, such as google-bert/bert-base-uncased",
        Quoted(found)
    )]
    HubId {
        /// What was given.
        found: String,
    },
    /// The model is in the registry already.
    #[error(
        "model {} is in the registry already: {file}:{line}; give another one with --hub-id",
        Quoted(id)
    )]
    Present {
        /// The model.
        id: String,
        /// Its file, relative to the registry.
        file: String,
        /// Its line.
        line: usize,
    },
}

fn nearest_of(near: &[String]) -> String {
    match near {
        [] => String::new(),
        [one] => format!("; did you mean `{one}`?"),
        many => format!("; did you mean one of: {}?", Listed(many)),
    }
}
