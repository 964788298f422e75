//! A text as users have it: one, or a pair that the model reads together; and the tokenizer that reads it.

use export::recipe::{Positions, Recipe};

use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::text::{TextInput, TextProcessor};

/// A text as users have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextItem {
    /// One text.
    Single(String),
    /// Two texts that the model reads as one sequence.
    Pair(String, String),
}

impl TextItem {
    /// Whether there is no character in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::Single(text) => text.is_empty(),
            Self::Pair(first, second) => first.is_empty() && second.is_empty(),
        }
    }
}

impl<'a> From<&'a TextItem> for TextInput<'a> {
    fn from(item: &'a TextItem) -> Self {
        match item {
            TextItem::Single(text) => Self::Single(text),
            TextItem::Pair(first, second) => Self::Pair(first, second),
        }
    }
}

impl From<&str> for TextItem {
    fn from(text: &str) -> Self {
        Self::Single(text.to_owned())
    }
}

impl From<String> for TextItem {
    fn from(text: String) -> Self {
        Self::Single(text)
    }
}

impl From<(&str, &str)> for TextItem {
    fn from((first, second): (&str, &str)) -> Self {
        Self::Pair(first.to_owned(), second.to_owned())
    }
}

/// The checkpoint's tokenizer, which knows how many tokens the model takes.
pub(super) fn tokenizer(model: &Model, checkpoint: &Checkpoint) -> Result<TextProcessor, Error> {
    let positions = positions(model, checkpoint)?;
    Ok(TextProcessor::load(checkpoint.root(), positions)?)
}

/// Number of tokens that the model has positions for; a RoBERTa-like one leaves the first rows of its table unused.
fn positions(model: &Model, checkpoint: &Checkpoint) -> Result<Option<usize>, Error> {
    let config = checkpoint.json("config.json")?.unwrap_or_default();
    let number = |key| {
        config
            .get(key)
            .and_then(serde_json::Value::as_u64)
            .map(|value| value as usize)
    };
    let unused = match model.family.architecture.recipe {
        Some(Recipe::TextEncoder(recipe)) if recipe.positions == Positions::AfterPadding => {
            number("pad_token_id").unwrap_or(0) + 1
        }
        _ => 0,
    };
    Ok(number("max_position_embeddings").map(|rows| rows.saturating_sub(unused)))
}
