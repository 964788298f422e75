//! Checkpoints of the sizes that comparisons ask for, with weights from a seed.

use std::fs;
use std::path::Path;

use runtime::cache::Silent;
use runtime::catalog::Model;
use runtime::checkpoint::{SyntheticForm, synthesize};
use runtime::export::{self, ExportOptions, Head};
use serde_json::{Value, json};

/// 110 million parameters, in the shape of SmolLM-like decoders.
pub(crate) fn small_llama() -> Value {
    llama(768, 12, 12, 12, 2_048, 32_000)
}

/// 3.2 billion parameters: the shape of LLaMA 3.2 3B, with its output layer apart.
pub(crate) fn large_llama() -> Value {
    llama(3_072, 28, 24, 8, 8_192, 128_256)
}

fn llama(
    hidden: u32,
    layers: u32,
    heads: u32,
    kv_heads: u32,
    intermediate: u32,
    vocabulary: u32,
) -> Value {
    json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": vocabulary,
        "hidden_size": hidden, "intermediate_size": intermediate, "num_hidden_layers": layers,
        "num_attention_heads": heads, "num_key_value_heads": kv_heads, "hidden_act": "silu",
        "max_position_embeddings": 2_048, "rms_norm_eps": 1e-5, "rope_theta": 10_000.0,
        "tie_word_embeddings": true, "bos_token_id": 1, "eos_token_id": 2, "attention_bias": false,
        "mlp_bias": false, "use_cache": true, "rope_scaling": null,
    })
}

/// The configuration of BERT base.
pub(crate) fn bert_base() -> Value {
    json!({
        "architectures": ["BertModel"], "model_type": "bert", "vocab_size": 30_522, "hidden_size": 768,
        "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3_072, "hidden_act": "gelu",
        "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "pad_token_id": 0,
    })
}

/// Writes a checkpoint of the model's architecture.
pub(crate) fn write(model: &Model, config: &Value, form: SyntheticForm, folder: &Path) {
    let architecture = &model.family.architecture;
    let recipe = architecture.recipe.expect("a builder");
    let config = config.to_string();
    synthesize(architecture, &recipe, &config, form, folder, &Silent)
        .expect("a synthetic checkpoint");
}

/// Exports a checkpoint of the model's architecture as skills load it.
pub(crate) fn export(
    model: &Model,
    head: Head,
    checkpoint: &Path,
    folder: &Path,
) -> export::Report {
    let recipe = model.family.architecture.recipe.expect("a builder");
    fs::create_dir_all(folder).expect("a folder");
    let options = ExportOptions {
        head,
        ..ExportOptions::default()
    };
    export::export(&recipe, checkpoint, &options, folder).expect("an export")
}
