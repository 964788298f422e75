//! A text as users have it: one, or a pair that the model reads together.

use crate::processor::text::TextInput;

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
