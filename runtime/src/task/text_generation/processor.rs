//! What a checkpoint says about prompts and tokens.

use export::recipe::Recipe;

use super::prompt::{Content, Prompt};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::generation::GenerationConfig;
use crate::processor::ProcessorError;
use crate::processor::chat::{ChatTemplate, Message};
use crate::processor::text::{EncodeOptions, TextInput, TextProcessor};

/// Tokenizer, chat template and generation settings of a checkpoint.
#[derive(Debug)]
pub struct GenerationProcessor {
    text: TextProcessor,
    chat: Option<ChatTemplate>,
    config: GenerationConfig,
    positions: Option<usize>,
}

impl GenerationProcessor {
    /// Reads a checkpoint's files.
    ///
    /// # Errors
    /// A file that is missing or malformed.
    pub fn load(model: &Model, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let positions = positions(model, checkpoint)?;
        Ok(Self {
            text: TextProcessor::load(checkpoint.root(), positions)?,
            chat: ChatTemplate::load(checkpoint.root())?,
            config: GenerationConfig::load(checkpoint)?,
            positions,
        })
    }

    /// The tokenizer.
    #[must_use]
    pub const fn text(&self) -> &TextProcessor {
        &self.text
    }

    /// The template for chats, where the checkpoint has one.
    #[must_use]
    pub const fn chat(&self) -> Option<&ChatTemplate> {
        self.chat.as_ref()
    }

    /// How the checkpoint wants tokens chosen.
    #[must_use]
    pub const fn config(&self) -> &GenerationConfig {
        &self.config
    }

    /// The most tokens of prompt and text together that the model has positions for.
    #[must_use]
    pub const fn positions(&self) -> Option<usize> {
        self.positions
    }

    /// The token that fills short rows of a batch: the checkpoint's, else one that ends a text, else the first.
    #[must_use]
    pub fn pad(&self) -> i64 {
        let config = &self.config;
        let end = || config.end.first().copied();
        config
            .pad
            .or_else(|| self.text.pad_id())
            .or_else(end)
            .unwrap_or(0)
    }

    /// Tokens of a prompt; a chat's text holds its special tokens already.
    ///
    /// # Errors
    /// A prompt that is empty, too long, or a chat without a template.
    pub fn encode(&self, prompt: &Prompt) -> Result<Vec<i64>, Error> {
        let (text, special_tokens) = self.prepare(prompt)?;
        let options = EncodeOptions {
            special_tokens,
            ..EncodeOptions::default()
        };
        let encoded = self
            .text
            .encode_with(&[TextInput::Single(&text)], options)?;
        let tokens: Vec<i64> = encoded.input_ids.iter().copied().collect();
        if tokens.is_empty() {
            return Err(Error::EmptyInput("the prompt has no token"));
        }
        Ok(tokens)
    }

    /// The text that is tokenised, and whether the tokenizer is to add special tokens.
    fn prepare(&self, prompt: &Prompt) -> Result<(String, bool), Error> {
        let chat = |messages: &[Message]| {
            let template = self.chat.as_ref().ok_or(ProcessorError::NoChatTemplate)?;
            template.render(messages, &prompt.chat)
        };
        match &prompt.content {
            Content::Text(text) | Content::Turn { text, .. } if text.is_empty() => {
                Err(Error::EmptyInput("the prompt holds no character"))
            }
            Content::Chat(messages) if messages.is_empty() => {
                Err(Error::EmptyInput("the chat holds no message"))
            }
            Content::Chat(messages) => Ok((chat(messages)?, false)),
            Content::Turn { text, system } if self.chat.is_some() => {
                let system = system.as_deref().map(Message::system);
                let messages: Vec<Message> =
                    system.into_iter().chain([Message::user(text)]).collect();
                Ok((chat(&messages)?, false))
            }
            Content::Text(text) | Content::Turn { text, .. } => Ok((text.clone(), true)),
        }
    }
}

/// Number of positions, by the key of config.json that the family's recipe names.
fn positions(model: &Model, checkpoint: &Checkpoint) -> Result<Option<usize>, Error> {
    let mut config = checkpoint.json("config.json")?.unwrap_or_default();
    let key = match model.family.architecture.recipe {
        Some(Recipe::Decoder(recipe)) => recipe.config.positions,
        Some(Recipe::VisionLanguage(recipe)) => {
            let section = config.get(recipe.section);
            config = section.cloned().unwrap_or_default();
            "max_position_embeddings"
        }
        _ => "max_position_embeddings",
    };
    let positions = config.get(key).and_then(serde_json::Value::as_u64);
    Ok(positions.map(|positions| positions as usize))
}
