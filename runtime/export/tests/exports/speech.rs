//! Recipes of the kit's families that speak, as the registry writes them, and their graphs.

use std::collections::BTreeSet;

use export::recipe::{
    NormEps, Recipe, SpeechSynthesizer, SpeechSynthesizerConfig, SpeechSynthesizerWeights,
};
use export::{ExportOptions, IdWidth, Precision, export, parameters};

use crate::checkpoint_files::{kit, parts};

/// VITS.
pub(crate) const VITS: SpeechSynthesizer = SpeechSynthesizer {
    config: SpeechSynthesizerConfig {
        hidden_size: "hidden_size",
        layers: "num_hidden_layers",
        heads: "num_attention_heads",
        window: "window_size",
        intermediate_size: "ffn_dim",
        kernel: "ffn_kernel_size",
        activation: "hidden_act",
        norm_eps: NormEps::Key("layer_norm_eps"),
        channels: "flow_size",
    },
    weights: SpeechSynthesizerWeights {
        embeddings: "text_encoder.embed_tokens.weight",
        query: "text_encoder.encoder.layers.{layer}.attention.q_proj",
        key: "text_encoder.encoder.layers.{layer}.attention.k_proj",
        value: "text_encoder.encoder.layers.{layer}.attention.v_proj",
        attention_output: "text_encoder.encoder.layers.{layer}.attention.out_proj",
        relative_key: "text_encoder.encoder.layers.{layer}.attention.emb_rel_k",
        relative_value: "text_encoder.encoder.layers.{layer}.attention.emb_rel_v",
        attention_norm: "text_encoder.encoder.layers.{layer}.layer_norm",
        intermediate: "text_encoder.encoder.layers.{layer}.feed_forward.conv_1",
        output: "text_encoder.encoder.layers.{layer}.feed_forward.conv_2",
        output_norm: "text_encoder.encoder.layers.{layer}.final_layer_norm",
        prior: "text_encoder.project",
        durations: "duration_predictor",
        flow: "flow.flows.{layer}",
        vocoder: "decoder",
        speakers: "embed_speaker.weight",
    },
};

const RECIPE: Recipe = Recipe::SpeechSynthesizer(VITS);

fn config() -> serde_json::Value {
    let text = std::fs::read_to_string(kit("vits").join("config.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_graph_has_its_inputs_and_outputs() {
    let dir = tempfile::tempdir().unwrap();
    let report = export(&RECIPE, &kit("vits"), &ExportOptions::default(), dir.path()).unwrap();
    let graph = &report.graphs[0];
    assert_eq!(
        graph.inputs,
        [
            "input_ids",
            "attention_mask",
            "duration_scale",
            "duration_noise",
            "noise"
        ]
    );
    assert_eq!(
        graph.outputs,
        [
            "waveform",
            "spectrogram",
            "sequence_lengths",
            "durations",
            "log_duration"
        ]
    );
}

#[test]
fn half_precision_and_short_ids_are_for_weights_and_ids_alone() {
    let dir = tempfile::tempdir().unwrap();
    let options = ExportOptions {
        precision: Precision::Fp16,
        ids: IdWidth::Int32,
        ..ExportOptions::default()
    };
    export(&RECIPE, &kit("vits"), &options, dir.path()).unwrap();
    let graph = crate::onnx_file::read(&dir.path().join("model.onnx"));
    let graph = graph.graph.unwrap();
    // Whole numbers beyond 2048 are none in half precision: durations are summed up in single.
    let sums = graph.node.iter().filter(|node| node.op_type == "CumSum");
    assert_eq!(sums.count(), 3);
    let weights = crate::onnx_file::initializers(&dir.path().join("model.onnx"));
    let half = weights.values().filter(|weight| weight.data_type == 10);
    assert!(half.count() > 80);
}

/// What is there for training alone, and the coupling that transformers leaves out.
const UNUSED: [&str; 3] = [
    "posterior_encoder.",
    "duration_predictor.post_",
    "duration_predictor.flows.1.",
];

#[test]
fn all_weights_but_those_for_training_are_asked_for() {
    let (header, _) = parts(&kit("vits").join("model.safetensors"));
    let stored = header.as_object().unwrap().keys();
    let is_used = |name: &&String| {
        let unused = UNUSED.iter().any(|part| name.starts_with(part));
        *name != "__metadata__" && !unused
    };
    let stored: BTreeSet<String> = stored.filter(is_used).cloned().collect();
    let asked = parameters(&RECIPE, &config().to_string()).unwrap();
    let asked: BTreeSet<String> = asked.into_iter().map(|spec| spec.name).collect();
    assert_eq!(asked, stored);
}

#[test]
fn configurations_decide_about_predictor_and_speakers() {
    let mut config = config();
    config["use_stochastic_duration_prediction"] = false.into();
    config["num_speakers"] = 3.into();
    config["speaker_embedding_size"] = 5.into();
    let asked = parameters(&RECIPE, &config.to_string()).unwrap();
    let shape = |name: &str| {
        let found = asked.iter().find(|spec| spec.name == name);
        found.map(|spec| spec.shape.clone()).unwrap_or_default()
    };
    assert_eq!(shape("duration_predictor.conv_1.weight"), [12, 16, 3]);
    assert_eq!(shape("duration_predictor.cond.weight"), [16, 5, 1]);
    assert_eq!(shape("embed_speaker.weight"), [3, 5]);
    assert_eq!(
        shape("flow.flows.0.wavenet.cond_layer.weight_v"),
        [32, 5, 1]
    );
    assert_eq!(shape("decoder.cond.weight"), [16, 5, 1]);
    assert!(asked.iter().all(|spec| !spec.name.contains("conv_dds")));
}

#[test]
fn impossible_configurations_are_refused() {
    let check = |key: &str, value: serde_json::Value, expected: &str| {
        let mut config = config();
        config["prior_encoder_num_wavenet_layers"] = 3.into();
        config[key] = value;
        let error = parameters(&RECIPE, &config.to_string()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    let refused = "`upsample_rates` is";
    check("upsample_rates", serde_json::json!([4, 9]), refused);
    check("upsample_rates", serde_json::json!([1 << 20, 1]), refused);
    check("upsample_initial_channel", 3.into(), "halved 2 times");
    check("resblock_kernel_sizes", serde_json::json!([3, 4]), "odd");
    check(
        "resblock_dilation_sizes",
        serde_json::json!([[1]]),
        "2 lists",
    );
    check("wavenet_kernel_size", 4.into(), "odd numbers");
    check(
        "wavenet_dilation_rate",
        (1 << 20).into(),
        "rates whose power",
    );
    check(
        "resblock_dilation_sizes",
        serde_json::json!([[1], [1 << 20]]),
        "up to 4096",
    );
    check("flow_size", 15.into(), "even numbers");
    check("duration_predictor_flow_bins", 1.into(), "from 2 to 999");
    check("depth_separable_channels", 4.into(), "allowed: 2");
    check("depth_separable_num_layers", 1000.into(), "at most");
    check("num_speakers", 2.into(), "speaker_embedding_size");
    check("speaking_rate", 0.into(), "positive");
}
