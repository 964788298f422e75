//! One case of a reference: its raw inputs and the call that prepared them.

use std::path::PathBuf;

use serde_json::Value;

use super::ReferenceError;
use super::document::Document;
use crate::processor::chat::Message;
use crate::task::TextItem;

/// One set of inputs with what was made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    name: String,
    pub(super) inputs: Value,
    call: String,
    max_length: Option<usize>,
    results: Value,
    generated: Value,
}

/// The cases of a document, in its order.
pub(super) fn list(document: &Document) -> Result<Vec<Case>, ReferenceError> {
    let case = |(name, value): (&String, &Value)| {
        let call = value
            .get("call")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        Ok(Case {
            name: name.clone(),
            inputs: value.get("inputs").cloned().unwrap_or_default(),
            max_length: max_length(document, &call)?,
            call,
            results: value.get("results").cloned().unwrap_or_default(),
            generated: value.get("generated").cloned().unwrap_or_default(),
        })
    };
    document.entries("cases")?.iter().map(case).collect()
}

/// The length that a call truncates to: a number, or the `max_seq_length` of the checkpoint.
fn max_length(document: &Document, call: &str) -> Result<Option<usize>, ReferenceError> {
    let Some((_, rest)) = call.split_once("max_length=") else {
        return Ok(None);
    };
    let value = rest.split([',', ')']).next().unwrap_or_default().trim();
    if value == "max_seq_length" {
        let length = document
            .root()
            .pointer("/hyper_parameters/max_seq")
            .and_then(Value::as_u64);
        return match length {
            Some(length) => Ok(Some(length as usize)),
            None => Err(document.wrong("hyper_parameters.max_seq", "a number")),
        };
    }
    value
        .parse()
        .map(Some)
        .map_err(|_| document.wrong("cases.….call", "a call with a number as `max_length`"))
}

impl Case {
    /// Its name, such as `batch`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The call of transformers that prepared the inputs, as a reader of Python understands it.
    #[must_use]
    pub fn call(&self) -> &str {
        &self.call
    }

    /// The number of tokens that the call truncated to.
    #[must_use]
    pub fn max_length(&self) -> Option<usize> {
        self.max_length
    }

    /// Decoded results: labels, tokenizer rows and the like.
    #[must_use]
    pub fn results(&self) -> &Value {
        &self.results
    }

    /// Generated sequences by the name of the call that made them, each with `call` and `sequences`.
    #[must_use]
    pub fn generated(&self) -> &Value {
        &self.generated
    }

    /// The chat it was made from.
    pub(super) fn messages(
        &self,
        document: &Document,
    ) -> Result<Option<Vec<Message>>, ReferenceError> {
        let Some(file) = self.inputs.get("messages").and_then(Value::as_str) else {
            return Ok(None);
        };
        let wrong = || {
            let key = format!("cases.{}.inputs.key", self.name);
            document.wrong(&key, "the key of a list of messages")
        };
        let chats: Value = document.json(file)?;
        let key = self.inputs.get("key").and_then(Value::as_str);
        let messages = key.and_then(|key| chats.get(key)?.as_array());
        let messages = messages.ok_or_else(wrong)?;
        let messages: Option<Vec<Message>> = messages.iter().map(Message::from_json).collect();
        messages.ok_or_else(wrong).map(Some)
    }

    /// The full name of one of its tensors.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.name)
    }

    /// The raw pictures, as files.
    pub(super) fn images(
        &self,
        document: &Document,
    ) -> Result<Option<Vec<PathBuf>>, ReferenceError> {
        let wrong = || {
            document.wrong(
                &format!("cases.{}.inputs.images", self.name),
                "a list of files",
            )
        };
        let Some(images) = self.inputs.get("images") else {
            return Ok(None);
        };
        if self.inputs.get("texts").is_some() {
            return Ok(None);
        }
        let files = images.as_array().ok_or_else(wrong)?;
        let path = |file: &Value| document.path(file.as_str().ok_or_else(wrong)?);
        files.iter().map(path).collect::<Result<_, _>>().map(Some)
    }

    /// The file of points.
    pub(super) fn prompts(&self, document: &Document) -> Result<Option<Value>, ReferenceError> {
        let Some(file) = self.inputs.get("points") else {
            return Ok(None);
        };
        let wrong = || document.wrong(&format!("cases.{}.inputs.points", self.name), "a file");
        document.json(file.as_str().ok_or_else(wrong)?).map(Some)
    }

    /// The raw sounds, as files: `audio` names one, or a list of them.
    pub(super) fn sounds(
        &self,
        document: &Document,
    ) -> Result<Option<Vec<PathBuf>>, ReferenceError> {
        let wrong = || {
            let key = format!("cases.{}.inputs.audio", self.name);
            document.wrong(&key, "a file or a list of files")
        };
        let path = |file: &Value| document.path(file.as_str().ok_or_else(wrong)?);
        match self.inputs.get("audio") {
            None => Ok(None),
            Some(Value::Array(files)) => files.iter().map(path).collect::<Result<_, _>>().map(Some),
            Some(file) => Ok(Some(vec![path(file)?])),
        }
    }

    /// The raw texts or pairs.
    pub(super) fn texts(
        &self,
        document: &Document,
    ) -> Result<Option<Vec<TextItem>>, ReferenceError> {
        let wrong = |key: &str| {
            document.wrong(
                &format!("cases.{}.inputs.{key}", self.name),
                "a file, an index or a number of texts",
            )
        };
        if self.inputs.get("images").is_some() || self.inputs.get("audio").is_some() {
            return Ok(None);
        }
        let items = if let Some(file) = self.inputs.get("texts") {
            let texts: Vec<String> = document.json(file.as_str().ok_or_else(|| wrong("texts"))?)?;
            texts.into_iter().map(TextItem::Single).collect::<Vec<_>>()
        } else if let Some(file) = self.inputs.get("pairs") {
            let pairs: Vec<(String, String)> =
                document.json(file.as_str().ok_or_else(|| wrong("pairs"))?)?;
            pairs
                .into_iter()
                .map(|(first, second)| TextItem::Pair(first, second))
                .collect()
        } else {
            return Ok(None);
        };
        if let Some(count) = self.inputs.get("count") {
            let count = count.as_u64().and_then(|count| usize::try_from(count).ok());
            let first = count.and_then(|count| items.get(..count));
            return Ok(Some(first.ok_or_else(|| wrong("count"))?.to_vec()));
        }
        let Some(index) = self.inputs.get("index") else {
            return Ok(Some(items));
        };
        let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
        let item = index
            .and_then(|index| items.into_iter().nth(index))
            .ok_or_else(|| wrong("index"))?;
        Ok(Some(vec![item]))
    }
}
