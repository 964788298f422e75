//! How a text is cut before its pieces are merged, by the names that llama.cpp gives the ways.

use serde_json::{Value, json};

/// Qwen 2's expression.
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Llama 3's expression.
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// What a name stands for.
pub(super) struct Split {
    pub(super) normalizer: Value,
    pub(super) pre_tokenizer: Value,
    /// Whether whole words of the vocabulary are taken without merging.
    pub(super) ignores_merges: bool,
}

impl Split {
    /// The way of a name; `None` where it is not known.
    pub(super) fn of(name: &str) -> Option<Self> {
        let plain = |pre_tokenizer| Self {
            normalizer: Value::Null,
            pre_tokenizer,
            ignores_merges: false,
        };
        Some(match name {
            "" | "default" | "gpt-2" => plain(bytes(true)),
            "smollm" => {
                let digits = json!({ "type": "Digits", "individual_digits": true });
                plain(sequence(&digits, &bytes(true)))
            }
            "qwen2" => Self {
                normalizer: json!({ "type": "NFC" }),
                ..plain(sequence(&expression(QWEN2), &bytes(false)))
            },
            "llama-bpe" | "llama3" => Self {
                ignores_merges: true,
                ..plain(sequence(&expression(LLAMA3), &bytes(false)))
            },
            _ => return None,
        })
    }
}

/// The names that are known, for messages.
pub(super) const KNOWN: &str = "gpt-2, smollm, qwen2, llama-bpe";

fn bytes(use_regex: bool) -> Value {
    json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": use_regex })
}

fn expression(regex: &str) -> Value {
    json!({ "type": "Split", "pattern": { "Regex": regex }, "behavior": "Isolated", "invert": false })
}

fn sequence(first: &Value, second: &Value) -> Value {
    json!({ "type": "Sequence", "pretokenizers": [first, second] })
}
