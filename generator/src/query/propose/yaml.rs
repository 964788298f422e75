//! Writes mappings as the registry's files write them: block style, strings plain where that is safe.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::registry::text_scalar;

/// Writes a mapping in block style; sequences stand on one line.
pub(super) fn mapping(yaml: &mut String, content: &Map<String, Value>, indent: usize) {
    for (key, value) in content {
        let key = scalar(key);
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                let _ = writeln!(yaml, "{:indent$}{key}:", "");
                mapping(yaml, inner, indent + 2);
            }
            other => {
                let _ = writeln!(yaml, "{:indent$}{key}: {}", "", flow(other));
            }
        }
    }
}

/// A value on one line. JSON is YAML, apart from strings that read better plain.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(flow).collect::<Vec<_>>().join(", ")
        ),
        other => other.to_string(),
    }
}

/// A string as a scalar: plain where it is one word that means nothing else, else quoted as JSON quotes it.
pub(super) fn scalar(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-./ ".contains(c));
    if is_word && text_scalar(text) {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}
