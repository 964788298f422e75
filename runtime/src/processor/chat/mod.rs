//! Chats as the one text that a model reads, by the checkpoint's own template.

mod functions;
mod json;
mod marks;
mod message;
mod moment;
mod source;

use std::path::Path;

use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja_contrib::pycompat::unknown_method_callback;
use serde_json::{Map, Value};

pub use self::message::Message;

use self::source::Source;
use super::ProcessorError;

/// Steps a template may take: a long chat takes some ten thousand.
const FUEL: u64 = 20_000_000;
/// The template's name in messages.
const NAME: &str = "chat_template";

/// A checkpoint's template for chats.
#[derive(Debug)]
pub struct ChatTemplate {
    environment: Environment<'static>,
    tokens: Map<String, Value>,
}

/// What a template is told besides the messages.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatOptions {
    /// Whether the text ends in what begins the model's turn.
    pub add_generation_prompt: bool,
    /// Tools the model may call, as JSON schemas of functions.
    pub tools: Option<Vec<Value>>,
    /// Variables that only some templates know, such as `enable_thinking`.
    pub variables: Map<String, Value>,
}

impl Default for ChatOptions {
    fn default() -> Self {
        Self {
            add_generation_prompt: true,
            tools: None,
            variables: Map::new(),
        }
    }
}

impl ChatTemplate {
    /// Reads a checkpoint's template from `chat_template.jinja`, else from `tokenizer_config.json`, else from
    /// `chat_template.json`; `None` where it has none.
    pub fn load(dir: &Path) -> Result<Option<Self>, ProcessorError> {
        let Some(Source { text, tokens }) = Source::find(dir)? else {
            return Ok(None);
        };
        let mut environment = Environment::new();
        // As transformers sets Jinja up.
        let mut syntax = SyntaxConfig::builder();
        let syntax = syntax.trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|source| ProcessorError::ChatTemplate { source })?);
        environment.set_unknown_method_callback(unknown_method_callback);
        environment.set_fuel(Some(FUEL));
        functions::register(&mut environment);
        environment
            .add_template_owned(NAME, marks::plain(&text))
            .map_err(|source| ProcessorError::ChatTemplate { source })?;
        Ok(Some(Self {
            environment,
            tokens,
        }))
    }

    /// The text of a chat; it holds the special tokens already.
    pub fn render(
        &self,
        messages: &[Message],
        options: &ChatOptions,
    ) -> Result<String, ProcessorError> {
        let mut context = self.tokens.clone();
        context.extend(options.variables.clone());
        let messages = messages.iter().map(Message::to_json).collect();
        context.insert("messages".to_owned(), messages);
        context.insert(
            "add_generation_prompt".to_owned(),
            options.add_generation_prompt.into(),
        );
        let tools = options.tools.clone().map_or(Value::Null, Value::Array);
        context.insert("tools".to_owned(), tools);
        context.insert("documents".to_owned(), Value::Null);
        self.environment
            .get_template(NAME)
            .and_then(|template| template.render(Serde(&context)))
            .map_err(|source| ProcessorError::ChatTemplate { source })
    }
}

#[cfg(test)]
mod tests;
