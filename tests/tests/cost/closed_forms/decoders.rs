//! LLaMA, Qwen2 and Qwen3: decoders with grouped keys, gated feed-forward parts and a cache.

use super::{Config, check, linear, weighed};
use crate::graphs::Lengths;

/// Layers and head of a decoder that remembers `past` tokens.
pub(super) fn decoder(config: &Config, lengths: Lengths) -> u64 {
    let Lengths {
        batch,
        tokens,
        past,
        ..
    } = lengths;
    let width = config.size("hidden_size");
    let heads = config.size("num_attention_heads");
    // Where the configuration says nothing of it, heads share the width evenly.
    let head = config.0["head_dim"].as_u64().unwrap_or(width / heads);
    let queries = heads * head;
    let keys = config.size("num_key_value_heads") * head;
    let rows = batch * tokens;
    let projections = 2 * linear(rows, width, queries) + 2 * linear(rows, width, keys);
    let attention = projections + weighed(batch, tokens, past + tokens, queries);
    // Gate, up and down.
    let feed_forward = 3 * linear(rows, width, config.size("intermediate_size"));
    let head = linear(rows, width, config.size("vocab_size"));
    config.size("num_hidden_layers") * (attention + feed_forward) + head
}

#[test]
fn llama_and_qwen_are_decoders_with_a_cache() {
    for family in ["llama", "qwen2", "qwen3"] {
        check(family, &[("model", decoder)]);
    }
    // The three differ in what the form reads: Qwen3's heads are wider than their share.
    let head = |family| Config::of(family).0["head_dim"].as_u64();
    assert_eq!([head("llama"), head("qwen3")], [None, Some(12)]);
}
