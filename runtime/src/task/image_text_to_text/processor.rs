//! What a checkpoint says about pictures inside of prompts.

use super::VisualPrompt;
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::chat::{ChatOptions, Message};
use crate::processor::image::{ImageProcessor, Tiler};
use crate::processor::text::TextInput;
use crate::task::{Content, GenerationProcessor};

/// Keys of config.json with the id of the token that stands for a picture, the newer one first.
const TOKEN_KEYS: [&str; 2] = ["image_token_id", "image_token_index"];

/// Image processor, tokenizer, chat template and generation settings of a checkpoint.
#[derive(Debug)]
pub struct VisualProcessor {
    generation: GenerationProcessor,
    pub(super) image: ImageProcessor,
    pub(super) tiler: Option<Tiler>,
    /// The token that stands for a vector of a picture.
    pub(super) image_token: i64,
    /// Its text.
    image_text: String,
}

impl VisualProcessor {
    /// Reads a checkpoint's files.
    pub(super) fn load(model: &Model, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let generation = GenerationProcessor::load(model, checkpoint)?;
        let image = ImageProcessor::load(checkpoint.root())?;
        let config = checkpoint.json("config.json")?.unwrap_or_default();
        let token = TOKEN_KEYS.iter().find_map(|key| config.get(key)?.as_i64());
        let text = token.and_then(|token| generation.text().token(token));
        let (Some(image_token), Some(image_text)) = (token, text) else {
            return Err(Error::InvalidCheckpoint {
                file: "config.json".to_owned(),
                reason: format!(
                    "`{}` names no token of the tokenizer",
                    TOKEN_KEYS.join("` or `")
                ),
            });
        };
        Ok(Self {
            generation,
            tiler: Tiler::load(checkpoint.root(), &image)?,
            image,
            image_token,
            image_text,
        })
    }

    /// Tokenizer, chat template and generation settings.
    #[must_use]
    pub const fn generation(&self) -> &GenerationProcessor {
        &self.generation
    }

    /// The text of a prompt, with one image token a picture.
    pub(super) fn text(&self, item: &VisualPrompt) -> Result<String, Error> {
        let prompt = &item.prompt;
        let text = match &prompt.content {
            Content::Text(text) => text.clone(),
            Content::Chat(messages) if messages.is_empty() => {
                return Err(Error::EmptyInput("the chat holds no message"));
            }
            Content::Chat(messages) => self.chat(messages, &prompt.chat)?,
            Content::Turn { text, .. } if text.is_empty() => String::new(),
            Content::Turn { text, system } if self.generation.chat().is_some() => {
                let picture = serde_json::json!({ "type": "image" });
                let mut content = vec![picture; item.images.len()];
                content.push(serde_json::json!({ "type": "text", "text": text }));
                let system = system.as_deref().map(system_message);
                let user = Message::new("user", content);
                let messages: Vec<_> = system.into_iter().chain([user]).collect();
                self.chat(&messages, &prompt.chat)?
            }
            Content::Turn { text, .. } => {
                let places = format!("{}\n", self.image_text).repeat(item.images.len());
                format!("{places}{text}")
            }
        };
        if text.is_empty() {
            return Err(Error::EmptyInput("the prompt holds no character"));
        }
        let places = text.matches(&self.image_text).count();
        if places != item.images.len() {
            return Err(Error::InvalidInput(format!(
                "the prompt has {places} places for pictures (`{}`) and comes with {} pictures",
                self.image_text,
                item.images.len()
            )));
        }
        Ok(text)
    }

    /// Token ids of a prompt in which each picture takes as many tokens as it has vectors.
    pub(super) fn encode(&self, text: &str, lengths: &[usize]) -> Result<Vec<i64>, Error> {
        let mut parts = text.split(&self.image_text);
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for (part, &length) in parts.zip(lengths) {
            whole.push_str(&self.image_text.repeat(length));
            whole.push_str(part);
        }
        let encoded = self
            .generation
            .text()
            .encode(&[TextInput::Single(&whole)])?;
        Ok(encoded.input_ids.iter().copied().collect())
    }

    fn chat(&self, messages: &[Message], options: &ChatOptions) -> Result<String, Error> {
        let template = self.generation.chat();
        let template = template.ok_or(crate::processor::ProcessorError::NoChatTemplate)?;
        Ok(template.render(messages, options)?)
    }
}

/// What the model is told to be, in the form that templates about pictures read.
fn system_message(text: &str) -> Message {
    let content = serde_json::json!([{ "type": "text", "text": text }]);
    Message::new("system", content)
}
