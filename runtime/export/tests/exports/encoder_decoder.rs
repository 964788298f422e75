//! Encoder–decoders: their graphs have the names of hub exports, and contradictory configurations are refused.

use std::collections::{BTreeMap, BTreeSet};

use export::recipe::{EncoderDecoder, NormPlace, Recipe, StackWeights};
use export::{ExportError, ExportOptions, Precision, export, parameters};

use crate::checkpoint_files::{copy, edit_config, kit, parts};
use crate::sequences::{BART, T5, WHISPER};

const T5_RECIPE: Recipe = Recipe::EncoderDecoder(&T5);
const WHISPER_RECIPE: Recipe = Recipe::EncoderDecoder(&WHISPER);

/// The names of inputs and outputs by file, as the kit's own export has them.
fn hub(family: &str) -> BTreeMap<String, [BTreeSet<String>; 2]> {
    let text = std::fs::read(kit(family).join("reference.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let names = |values: &serde_json::Value| {
        let values = values.as_array().unwrap().iter();
        values
            .map(|value| value["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let files = json["onnx"]["files"].as_array().unwrap().iter();
    files
        .map(|file| {
            let name = file["file"].as_str().unwrap().to_owned();
            (name, [names(&file["inputs"]), names(&file["outputs"])])
        })
        .collect()
}

#[test]
fn graphs_have_the_names_of_hub_exports() {
    for (family, recipe) in [("t5", T5_RECIPE), ("whisper", WHISPER_RECIPE)] {
        let hub = hub(family);
        for precision in [Precision::Fp32, Precision::Fp16] {
            let dir = tempfile::tempdir().unwrap();
            let options = ExportOptions {
                precision,
                ..ExportOptions::default()
            };
            let report = export(&recipe, &kit(family), &options, dir.path()).unwrap();
            let stems: Vec<_> = report.graphs.iter().map(|graph| graph.name).collect();
            assert_eq!(
                stems,
                ["encoder_model", "decoder_model", "decoder_with_past_model"]
            );
            for graph in report.graphs {
                let found = [graph.inputs, graph.outputs].map(BTreeSet::from_iter);
                assert_eq!(found, hub[&format!("onnx/{}.onnx", graph.name)], "{family}");
                let written = crate::onnx_file::read(&graph.files[0]).graph.unwrap();
                assert_eq!(written.node.len(), graph.nodes);
            }
        }
    }
}

#[test]
fn parameters_are_the_tensors_of_the_kit() {
    for (family, recipe) in [("t5", T5_RECIPE), ("whisper", WHISPER_RECIPE)] {
        let config = std::fs::read_to_string(kit(family).join("config.json")).unwrap();
        let (header, _) = parts(&kit(family).join("model.safetensors"));
        let tensors = header.as_object().unwrap().iter();
        let expected: BTreeMap<String, Vec<u64>> = tensors
            .filter_map(|(name, info)| {
                let shape = info["shape"].as_array()?.iter();
                Some((
                    name.clone(),
                    shape.map(|size| size.as_u64().unwrap()).collect(),
                ))
            })
            .collect();
        let found: BTreeMap<String, Vec<u64>> = parameters(&recipe, &config)
            .unwrap()
            .into_iter()
            .map(|spec| (spec.name, spec.shape))
            .collect();
        assert_eq!(found, expected, "{family}");
    }
}

#[test]
fn what_distinguishes_families_is_data() {
    const CONFIG: &str = r#"{"d_model": 8, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2,
        "decoder_attention_heads": 2, "encoder_ffn_dim": 12, "decoder_ffn_dim": 12, "vocab_size": 20,
        "max_position_embeddings": 10, "activation_function": "gelu", "scale_embedding": true}"#;
    // mBART: BART before its layers, with a last normalisation.
    const MBART: EncoderDecoder = EncoderDecoder {
        norm_place: NormPlace::Pre,
        stack: StackWeights {
            norm: Some("{stack}.layer_norm"),
            ..BART.stack
        },
        ..BART
    };
    let names = |recipe| -> BTreeMap<String, Vec<u64>> {
        let parameters = parameters(&Recipe::EncoderDecoder(recipe), CONFIG).unwrap();
        parameters
            .into_iter()
            .map(|spec| (spec.name, spec.shape))
            .collect()
    };
    let (bart, mbart) = (names(&BART), names(&MBART));
    assert_eq!(bart["model.encoder.embed_positions.weight"], [12, 8]);
    assert_eq!(bart["final_logits_bias"], [1, 20]);
    let added: Vec<_> = mbart
        .keys()
        .filter(|name| !bart.contains_key(*name))
        .collect();
    assert_eq!(
        added,
        [
            "model.decoder.layer_norm.bias",
            "model.decoder.layer_norm.weight",
            "model.encoder.layer_norm.bias",
            "model.encoder.layer_norm.weight"
        ]
    );
}

#[test]
fn gates_and_untied_heads_need_their_weights() {
    let dir = copy("t5");
    edit_config(dir.path(), "\"relu\"", "\"gated-gelu\"");
    edit_config(
        dir.path(),
        "\"use_cache\": true",
        "\"tie_word_embeddings\": false",
    );
    let output = tempfile::tempdir().unwrap();
    let error = export(
        &T5_RECIPE,
        dir.path(),
        &ExportOptions::default(),
        output.path(),
    )
    .unwrap_err();
    let ExportError::Tensors { faults, .. } = error else {
        panic!("{error}");
    };
    let missing: Vec<_> = faults.iter().map(|fault| fault.tensor.as_str()).collect();
    assert_eq!(missing.len(), 9, "{missing:?}");
    assert!(missing.contains(&"lm_head.weight"));
    assert!(missing.contains(&"decoder.block.1.layer.2.DenseReluDense.wi_1.weight"));
}

#[test]
fn configurations_that_no_model_has_are_refused() {
    let refused = |family: &str, recipe: &Recipe, from: &str, to: &str| {
        let config = std::fs::read_to_string(kit(family).join("config.json")).unwrap();
        assert!(config.contains(from), "{config}");
        parameters(recipe, &config.replace(from, to))
            .unwrap_err()
            .to_string()
    };
    insta::assert_snapshot!(
        refused("t5", &T5_RECIPE, "buckets\": 32", "buckets\": 2"),
        @"`config.json`: `relative_attention_num_buckets` is [2,128]; allowed: 4 buckets or more, and a distance of more than half of them"
    );
    insta::assert_snapshot!(
        refused("t5", &T5_RECIPE, "\"relu\"", "\"gated-maxout\""),
        @"`config.json`: `feed_forward_proj` is \"maxout\"; allowed: gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu, silu, swish"
    );
    insta::assert_snapshot!(
        refused("whisper", &WHISPER_RECIPE, "\"gelu\"", "\"gated-gelu\""),
        @"`config.json`: `activation_function` is \"gated-gelu\"; allowed: activations without a gate"
    );
    insta::assert_snapshot!(
        refused("whisper", &WHISPER_RECIPE, "attention_heads\": 3", "attention_heads\": 5"),
        @"`config.json`: `encoder_attention_heads` is 5; allowed: divisors of 24"
    );
}
