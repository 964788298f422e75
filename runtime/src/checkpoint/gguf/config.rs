//! `config.json` and `generation_config.json` from the metadata of a GGUF file.

use export::gguf::{Entry, Gguf};
use serde_json::{Map, Value, json};

/// Architectures by llama.cpp's names, which are Hugging Face's model types, with the class of transformers.
const CLASSES: [(&str, &str); 3] = [
    ("llama", "LlamaForCausalLM"),
    ("qwen2", "Qwen2ForCausalLM"),
    ("qwen3", "Qwen3ForCausalLM"),
];
/// The base of rotary positions where the file names none, as llama.cpp has it.
const ROTARY_BASE: f64 = 10_000.0;
/// Divisors of rotary frequencies, where a file has them in place of a formula.
const ROTARY_FACTORS: &str = "rope_freqs.weight";
/// Sizes by Hugging Face's keys and llama.cpp's.
const SIZES: [(&str, &str); 5] = [
    ("hidden_size", "embedding_length"),
    ("intermediate_size", "feed_forward_length"),
    ("num_hidden_layers", "block_count"),
    ("num_attention_heads", "attention.head_count"),
    ("max_position_embeddings", "context_length"),
];
/// The same, of those that a file may lack.
const OPTIONAL_SIZES: [(&str, &str); 2] = [
    ("num_key_value_heads", "attention.head_count_kv"),
    ("head_dim", "attention.key_length"),
];
/// Special tokens by Hugging Face's keys and llama.cpp's.
const TOKENS: [(&str, &str); 3] = [
    ("bos_token_id", "tokenizer.ggml.bos_token_id"),
    ("eos_token_id", "tokenizer.ggml.eos_token_id"),
    ("pad_token_id", "tokenizer.ggml.padding_token_id"),
];
/// The token that ends a turn, where it is another than the one that ends a text.
const END_OF_TURN: &str = "tokenizer.ggml.eot_token_id";

/// `config.json`; the error is a reason in words.
pub(super) fn config(gguf: &Gguf, vocabulary: usize) -> Result<Value, String> {
    let architecture = gguf.architecture().unwrap_or_default();
    let class = CLASSES.iter().find(|(name, _)| *name == architecture);
    let (_, class) = class.ok_or_else(|| {
        let known = CLASSES.map(|(name, _)| name).join(", ");
        format!("its architecture is `{architecture}`; read are {known}")
    })?;
    let size = |key: &str| gguf.find_own(key).and_then(Entry::as_count);
    let missing = |key: &str| format!("it has no whole number `{architecture}.{key}`");
    let mut config = Map::new();
    config.insert("architectures".to_owned(), json!([class]));
    config.insert("model_type".to_owned(), json!(architecture));
    for (key, own) in SIZES {
        let size = size(own).ok_or_else(|| missing(own))?;
        config.insert(key.to_owned(), size.into());
    }
    for (key, own) in OPTIONAL_SIZES {
        if let Some(size) = size(own) {
            config.insert(key.to_owned(), size.into());
        }
    }
    let epsilon = "attention.layer_norm_rms_epsilon";
    let number = |key: &str| gguf.find_own(key).and_then(Entry::as_number);
    let epsilon = number(epsilon).ok_or_else(|| missing(epsilon))?;
    let own = json!({
        "vocab_size": vocabulary,
        "hidden_act": "silu",
        "rms_norm_eps": epsilon,
        "rope_theta": number("rope.freq_base").unwrap_or(ROTARY_BASE),
        "rope_scaling": scaling(gguf),
        "attention_bias": gguf.has_tensor("blk.0.attn_q.bias"),
        "tie_word_embeddings": !gguf.has_tensor("output.weight"),
    });
    config.extend(own.as_object().cloned().unwrap_or_default());
    config.extend(tokens(gguf));
    Ok(config.into())
}

/// `rope_scaling`: what is not implemented goes through by its name, so that the export can refuse it.
fn scaling(gguf: &Gguf) -> Value {
    if let Some(factors) = gguf.floats(ROTARY_FACTORS) {
        return json!({ "rope_type": "factors", "factors": factors });
    }
    let kind = gguf.find_own("rope.scaling.type").and_then(Entry::as_text);
    match kind {
        None | Some("none") => Value::Null,
        Some(kind) => {
            let factor = gguf.find_own("rope.scaling.factor");
            json!({ "rope_type": kind, "factor": factor.and_then(Entry::as_number) })
        }
    }
}

/// `generation_config.json`: a chat may end a turn with another token than a text.
pub(super) fn generation(gguf: &Gguf) -> Value {
    let mut config = tokens(gguf);
    let turn = gguf.find(END_OF_TURN).and_then(Entry::as_count);
    let ends: Vec<u64> = [config.get("eos_token_id").and_then(Value::as_u64), turn]
        .into_iter()
        .flatten()
        .collect();
    config.insert("eos_token_id".to_owned(), json!(ends));
    config.into()
}

fn tokens(gguf: &Gguf) -> Map<String, Value> {
    let token = |(key, own): (&str, &str)| {
        let id = gguf.find(own)?.as_count()?;
        Some((key.to_owned(), id.into()))
    };
    TOKENS.into_iter().filter_map(token).collect()
}
