//! What a YAML scalar means, by the core schema of YAML 1.2.2 (section 10.3).

use serde_json::Number;

use super::tree::Value;

/// The value of a plain scalar; `None` for infinities and not-a-number, which have no place in JSON.
pub(super) fn resolve(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return None,
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return None;
    }
    // Most scalars are words: a number begins with a digit or with a dot before one.
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Some(Value::Text(text.to_owned()));
    }
    if let Some(number) = integer(text) {
        return Some(Value::Number(number));
    }
    if is_float(unsigned) {
        let parsed = text.parse::<f64>().ok();
        return parsed.and_then(Number::from_f64).map(Value::Number);
    }
    Some(Value::Text(text.to_owned()))
}

fn integer(text: &str) -> Option<Number> {
    let radix = |digits: &str, radix: u32| {
        let all_digits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        if all_digits {
            u64::from_str_radix(digits, radix).ok().map(Number::from)
        } else {
            None
        }
    };
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if text.starts_with('-') {
        text.parse::<i64>().ok().map(Number::from)
    } else {
        radix(unsigned, 10)
    }
}

/// Whether it is `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`.
fn is_float(unsigned: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = unsigned
        .split_once(['e', 'E'])
        .map_or((unsigned, None), |(mantissa, exponent)| {
            (mantissa, Some(exponent))
        });
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    exponent_fits && has_digits && digits(whole) && digits(fraction)
}

/// Whether a plain scalar is a string and nothing else, in YAML 1.1 too, which many editors still read.
pub(crate) fn is_text(text: &str) -> bool {
    let is_truth = ["y", "n", "yes", "no", "on", "off"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    !is_truth && matches!(resolve(text), Some(Value::Text(_)))
}

/// The text of a scalar that serves as a key; `None` for a collection.
pub(super) fn key(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("null".to_owned()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        Value::Broken => Some(String::new()),
        Value::List(_) | Value::Map(_) => None,
    }
}

/// What kind of value it is, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "a whole number",
        Value::Text(_) => "text",
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
        Value::Broken => "something unreadable",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::registry::tree::{Mark, Node};

    #[test]
    fn plain_scalars_mean_what_the_core_schema_says() {
        let cases = [
            ("", json!(null)),
            ("~", json!(null)),
            ("nullx", json!("nullx")),
            ("True", json!(true)),
            ("yes", json!("yes")),
            ("no", json!("no")),
            ("0", json!(0)),
            ("-7", json!(-7)),
            ("+7", json!(7)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("0x", json!("0x")),
            ("007", json!(7)),
            ("18446744073709551615", json!(u64::MAX)),
            (
                "18446744073709551616",
                json!(18_446_744_073_709_551_616.0_f64),
            ),
            ("1e-12", json!(1e-12)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            (".", json!(".")),
            ("1e", json!("1e")),
            ("1.5.0", json!("1.5.0")),
            ("1_000", json!("1_000")),
            ("12:30", json!("12:30")),
            ("-", json!("-")),
        ];
        for (text, expected) in cases {
            let node = Node {
                mark: Mark::START,
                value: resolve(text).unwrap(),
            };
            assert_eq!(node.to_json(), expected, "{text:?}");
        }
        for text in [".inf", "-.Inf", ".nan", "1e999"] {
            assert_eq!(resolve(text), None, "{text:?}");
        }
    }
}
