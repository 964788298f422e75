//! A published configuration scaled down to the sizes of a synthetic checkpoint.

use serde_json::{Map, Value};

use crate::registry::text::controls_display;

/// Words of a synthetic vocabulary: the 256 bytes and some room for special tokens.
const WORDS: u64 = 320;
/// Longest key and string that are kept.
const CHARS: usize = 200;
/// Most keys of a mapping that are kept.
const KEYS: usize = 256;
/// Most labels and elements that are kept.
const ELEMENTS: usize = 5;
/// Deepest nesting that is kept.
const LEVELS: usize = 6;

/// The greatest value of each size.
const SIZES: &[(u64, &[&str])] = &[
    (
        32,
        &[
            "hidden_size",
            "d_model",
            "n_embd",
            "dim",
            "embed_dim",
            "projection_dim",
            "image_size",
            "neck_hidden_sizes",
        ],
    ),
    (
        64,
        &[
            "intermediate_size",
            "d_ff",
            "ffn_dim",
            "encoder_ffn_dim",
            "decoder_ffn_dim",
            "hidden_dim",
            "n_inner",
        ],
    ),
    (
        4,
        &[
            "num_attention_heads",
            "n_head",
            "n_heads",
            "num_heads",
            "encoder_attention_heads",
            "decoder_attention_heads",
        ],
    ),
    (
        2,
        &[
            "num_hidden_layers",
            "n_layer",
            "n_layers",
            "num_layers",
            "num_decoder_layers",
            "encoder_layers",
            "decoder_layers",
            "num_key_value_heads",
            "depths",
        ],
    ),
    (8, &["patch_size", "head_dim", "d_kv"]),
    (
        64,
        &[
            "max_position_embeddings",
            "n_positions",
            "n_ctx",
            "max_source_positions",
            "max_target_positions",
            "hidden_sizes",
        ],
    ),
    (WORDS, &["vocab_size"]),
];

/// Keys about where a checkpoint comes from and how it was saved.
const LEFT_OUT: &[&str] = &["torch_dtype", "dtype", "transformers_version", "auto_map"];

/// The configuration with small sizes, few labels, and nothing about its origin.
pub(super) fn scaled_down(config: &Map<String, Value>) -> Map<String, Value> {
    mapping(config, LEVELS)
}

fn mapping(config: &Map<String, Value>, levels: usize) -> Map<String, Value> {
    let kept = config.iter().filter(|(key, _)| {
        !key.is_empty()
            && !key.starts_with('_')
            && !LEFT_OUT.contains(&key.as_str())
            && is_showable(key)
    });
    let scaled = kept.filter_map(|(key, value)| Some((key.clone(), scaled(key, value, levels)?)));
    scaled.take(KEYS).collect()
}

/// A value at its small size; `None` for what is left out.
fn scaled(key: &str, value: &Value, levels: usize) -> Option<Value> {
    Some(match value {
        Value::Bool(_) => value.clone(),
        Value::Number(number) => number
            .as_u64()
            .map_or_else(|| value.clone(), |size| small(key, size).into()),
        Value::String(text) if is_showable(text) => value.clone(),
        Value::Null | Value::String(_) => return None,
        Value::Array(_) | Value::Object(_) if levels == 0 => return None,
        Value::Array(items) => items
            .iter()
            .filter_map(|item| scaled(key, item, levels - 1))
            .take(ELEMENTS)
            .collect(),
        Value::Object(inner) if matches!(key, "id2label" | "label2id") => {
            let few = inner
                .iter()
                .take(ELEMENTS)
                .map(|(key, value)| (key.clone(), value.clone()));
            Value::Object(mapping(&few.collect(), levels - 1))
        }
        Value::Object(inner) => Value::Object(mapping(inner, levels - 1)),
    })
}

fn small(key: &str, size: u64) -> u64 {
    if key.ends_with("_token_id") || key.ends_with("_token_index") {
        return size.min(WORDS - 1);
    }
    let most = SIZES
        .iter()
        .find(|(_, keys)| keys.contains(&key))
        .map(|(most, _)| *most);
    most.map_or(size, |most| size.min(most))
}

fn is_showable(text: &str) -> bool {
    text.chars().count() <= CHARS && !text.chars().any(controls_display)
}
