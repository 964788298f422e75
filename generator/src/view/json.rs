//! JSON as a reader of generated code wants it: an entry a line, lists of plain values on one, printable ASCII only.

use std::fmt::Write;

use serde_json::{Map, Value};

/// A list wider than this stands on several lines.
const LIST: usize = 80;

/// The text of a JSON object.
pub(crate) fn pretty(map: &Map<String, Value>) -> String {
    let mut text = String::new();
    object(map, 0, &mut text);
    text
}

fn value(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => object(map, depth, text),
        Value::Array(items) if !items.is_empty() => list(items, depth, text),
        plain => text.push_str(&ascii(&plain.to_string())),
    }
}

fn object(map: &Map<String, Value>, depth: usize, text: &mut String) {
    text.push('{');
    for (position, (key, entry)) in map.iter().enumerate() {
        next(position, depth + 1, text);
        text.push_str(&ascii(&Value::from(key.as_str()).to_string()));
        text.push_str(": ");
        value(entry, depth + 1, text);
    }
    if !map.is_empty() {
        line(depth, text);
    }
    text.push('}');
}

fn list(items: &[Value], depth: usize, text: &mut String) {
    let is_plain = |item: &Value| !item.is_object() && !item.is_array();
    let joined = items
        .iter()
        .map(|item| ascii(&item.to_string()))
        .collect::<Vec<_>>()
        .join(", ");
    if items.iter().all(is_plain) && joined.len() <= LIST {
        text.push('[');
        text.push_str(&joined);
        text.push(']');
        return;
    }
    text.push('[');
    for (position, item) in items.iter().enumerate() {
        next(position, depth + 1, text);
        value(item, depth + 1, text);
    }
    line(depth, text);
    text.push(']');
}

fn next(position: usize, depth: usize, text: &mut String) {
    if position > 0 {
        text.push(',');
    }
    line(depth, text);
}

fn line(depth: usize, text: &mut String) {
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
}

/// Escapes what is not printable ASCII: rustc refuses some of it in literals, and nobody sees it in any case.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if (' '..='~').contains(&c) {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                write!(text, "\\u{unit:04x}").ok();
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_stays_the_same_json() {
        let value = json!({
            "a": 1e-12, "empty": {}, "none": [], "null": null, "list": [0.5, true, "x"],
            "nested": {"lists": [[1, 2], [3]], "objects": [{"b": 1}]},
            "bidi \u{202e}": "caf\u{e9} \u{1f600} \" \\ \n \u{7f} \"#",
            "long": vec!["0123456789"; 9],
        });
        let text = pretty(value.as_object().unwrap());
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(
            text.bytes()
                .all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte))
        );
        assert!(text.contains("\n  \"list\": [0.5, true, \"x\"],\n"));
        assert_eq!(pretty(&Map::new()), "{}");
    }
}
