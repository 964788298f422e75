//! One message of a chat.

use serde_json::{Map, Value, json};

/// One message of a chat: `role`, `content` and whatever else the template reads, such as `tool_calls`.
#[derive(Debug, Clone, PartialEq)]
pub struct Message(Map<String, Value>);

impl Message {
    /// A message of a role; the content is a text, or a list of parts as vision models take them.
    #[must_use]
    pub fn new(role: &str, content: impl Into<Value>) -> Self {
        let mut fields = Map::new();
        fields.insert("role".to_owned(), role.into());
        fields.insert("content".to_owned(), content.into());
        Self(fields)
    }

    /// What a user says.
    #[must_use]
    pub fn user(text: &str) -> Self {
        Self::new("user", text)
    }

    /// What the model is told to be.
    #[must_use]
    pub fn system(text: &str) -> Self {
        Self::new("system", text)
    }

    /// What the model said.
    #[must_use]
    pub fn assistant(text: &str) -> Self {
        Self::new("assistant", text)
    }

    /// A message from JSON; `None` unless it is an object with a text as `role`.
    #[must_use]
    pub fn from_json(json: &Value) -> Option<Self> {
        let fields = json.as_object()?;
        fields.get("role")?.as_str()?;
        Some(Self(fields.clone()))
    }

    /// The message as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!(self.0)
    }
}
