//! What a text is generated from.

use std::num::NonZeroUsize;

use crate::generation::{GenerationOptions, Listener};
use crate::processor::chat::{ChatOptions, Message};

/// What a text is generated from, and how.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What the model reads.
    pub content: Content,
    /// Choices about generation; what is left open, the checkpoint decides.
    pub options: GenerationOptions,
    /// What a chat template is told besides the messages.
    pub chat: ChatOptions,
    /// Who reads along.
    pub listener: Option<Listener>,
    /// Whether the output holds the scores of the first new token.
    pub keeps_scores: bool,
    /// The most tokens of the prompt that one run of the graph takes; as many as fit into the memory set aside for scores
    /// where it is open.
    pub piece_tokens: Option<NonZeroUsize>,
}

/// What a model reads.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A text as it is.
    Text(String),
    /// A chat, by the checkpoint's template.
    Chat(Vec<Message>),
    /// What a user says: a chat of one message, after what the model is told to be, where the checkpoint has a template
    /// for chats; else a text as it is.
    Turn {
        /// What the user says.
        text: String,
        /// What the model is told to be.
        system: Option<String>,
    },
}

impl Prompt {
    fn of(content: Content) -> Self {
        Self {
            content,
            options: GenerationOptions::default(),
            chat: ChatOptions::default(),
            listener: None,
            keeps_scores: false,
            piece_tokens: None,
        }
    }

    /// A text as it is.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Content::Text(text.into()))
    }

    /// A chat, by the checkpoint's template.
    #[must_use]
    pub fn chat(messages: impl Into<Vec<Message>>) -> Self {
        Self::of(Content::Chat(messages.into()))
    }

    /// What a user says, by the checkpoint's template for chats where it has one.
    #[must_use]
    pub fn turn(text: impl Into<String>, system: Option<String>) -> Self {
        let text = text.into();
        Self::of(Content::Turn { text, system })
    }

    /// The same under other choices.
    #[must_use]
    pub fn with(self, options: GenerationOptions) -> Self {
        Self { options, ..self }
    }

    /// The same with somebody who reads along.
    #[must_use]
    pub fn heard_by(self, listener: Listener) -> Self {
        Self {
            listener: Some(listener),
            ..self
        }
    }

    /// The same read in pieces of at most so many tokens, which bounds the memory that a long prompt takes.
    #[must_use]
    pub fn in_pieces_of(self, tokens: NonZeroUsize) -> Self {
        Self {
            piece_tokens: Some(tokens),
            ..self
        }
    }

    /// The same with the scores of the first new token in the output.
    #[must_use]
    pub fn keeping_scores(self) -> Self {
        Self {
            keeps_scores: true,
            ..self
        }
    }
}

impl From<&str> for Prompt {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Prompt {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Vec<Message>> for Prompt {
    fn from(messages: Vec<Message>) -> Self {
        Self::chat(messages)
    }
}
