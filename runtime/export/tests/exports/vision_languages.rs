//! Recipes of the kit's language models that see pictures, as the registry writes them, and what is true of their graphs.

use export::recipe::{
    Bias, Bridge, Decoder, DecoderConfig, DecoderNorm, DecoderPositions, DecoderWeights, Features,
    FusedLayer, Language, NormEps, Projector, QueryAttention, QueryTransformer, Recipe,
    TowerLayers, TowerWeights, VisionLanguage, VisionTower,
};
use export::{ExportOptions, export, parameters};

use crate::checkpoint_files::kit;
use crate::families::decoders::LLAMA;
use crate::towers::CLIP;

/// Folders of the kit with their recipes.
pub(crate) const FAMILIES: [(&str, Recipe); 3] = [
    ("blip2", Recipe::VisionLanguage(&BLIP2)),
    ("llava", Recipe::VisionLanguage(&LLAVA)),
    ("llava_next", Recipe::VisionLanguage(&LLAVA_NEXT)),
];

const LLAVA: VisionLanguage = VisionLanguage {
    defaults: r#"{"vision_feature_layer": -2, "vision_feature_select_strategy": "default",
        "projector_hidden_act": "gelu", "multimodal_projector_bias": true,
        "vision_config": {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "num_channels": 3}}"#,
    vision: VisionTower {
        patch_projection: "vision_tower.vision_model.embeddings.patch_embedding",
        class_token: Some("vision_tower.vision_model.embeddings.class_embedding"),
        position_embeddings: "vision_tower.vision_model.embeddings.position_embedding.weight",
        norm_before: Some("vision_tower.vision_model.pre_layrnorm"),
        layers: TowerLayers {
            prefix: "vision_tower.vision_model.encoder.layers.{layer}.",
            ..CLIP.vision.layers
        },
        norm_after: "vision_tower.vision_model.post_layernorm",
        projection: None,
        ..CLIP.vision
    },
    bridge: Bridge::Projector(PROJECTOR),
    section: "text_config",
    languages: &[
        Language {
            model_type: "llama",
            defaults: r#"{"hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 10000.0}"#,
            recipe: Recipe::Decoder(INNER),
        },
        Language {
            model_type: "mistral",
            defaults: r#"{"hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
                "num_key_value_heads": 8}"#,
            recipe: Recipe::Decoder(INNER),
        },
    ],
    renamed: &[],
};

const LLAVA_NEXT: VisionLanguage = VisionLanguage {
    bridge: Bridge::Projector(Projector {
        newline: Some("image_newline"),
        ..PROJECTOR
    }),
    ..LLAVA
};

const PROJECTOR: Projector = Projector {
    features: Features {
        layer: "vision_feature_layer",
        selection: "vision_feature_select_strategy",
    },
    newline: None,
    activation: "projector_hidden_act",
    bias: "multimodal_projector_bias",
    first: "multi_modal_projector.linear_1",
    second: "multi_modal_projector.linear_2",
};

const BLIP2: VisionLanguage = VisionLanguage {
    defaults: r#"{"num_query_tokens": 32, "vision_config": {"num_channels": 3}}"#,
    vision: VisionTower {
        has_patch_bias: true,
        is_batched: true,
        position_embeddings: "vision_model.embeddings.position_embedding",
        norm_before: None,
        layers: TowerLayers {
            weights: TowerWeights {
                fused: Some(FusedLayer {
                    matrix: "self_attn.qkv.weight",
                    bias: "self_attn.qkv.bias",
                    extra: None,
                }),
                attention_output: "self_attn.projection",
                ..CLIP.vision.layers.weights
            },
            ..CLIP.vision.layers
        },
        projection: None,
        ..CLIP.vision
    },
    bridge: Bridge::Queries(&QueryTransformer {
        section: "qformer_config",
        count: "num_query_tokens",
        frequency: "cross_attention_frequency",
        queries: "query_tokens",
        norm: "qformer.layernorm",
        config: CLIP.vision.layers.config,
        prefix: "qformer.encoder.layer.{layer}.",
        attention: QueryAttention {
            query: "attention.attention.query",
            key: "attention.attention.key",
            value: "attention.attention.value",
            output: "attention.output.dense",
            norm: "attention.output.LayerNorm",
        },
        cross_attention: QueryAttention {
            query: "crossattention.attention.query",
            key: "crossattention.attention.key",
            value: "crossattention.attention.value",
            output: "crossattention.output.dense",
            norm: "crossattention.output.LayerNorm",
        },
        intermediate: "intermediate_query.dense",
        output: "output_query.dense",
        output_norm: "output_query.LayerNorm",
        projection: "language_projection",
    }),
    section: "text_config",
    languages: &[Language {
        model_type: "opt",
        defaults: r#"{"activation_function": "relu", "enable_bias": true}"#,
        recipe: Recipe::Decoder(OPT),
    }],
    renamed: &[],
};

const OPT: Decoder = Decoder {
    prefix: "language_model.model.decoder.",
    norm: DecoderNorm::Layer,
    positions: DecoderPositions::LearnedAfter {
        table: "embed_positions.weight",
        skipped: 2,
    },
    config: DecoderConfig {
        key_value_heads: None,
        head_width: None,
        intermediate_size: "ffn_dim",
        activation: "activation_function",
        norm_eps: NormEps::Constant(1e-5),
        qkv_bias: Bias::Key("enable_bias"),
        output_bias: Bias::Key("enable_bias"),
        feed_forward_bias: Bias::Key("enable_bias"),
        is_tied: true,
        only: &[("do_layer_norm_before", "true")],
        ..LLAMA.config
    },
    weights: DecoderWeights {
        attention_norm: "layers.{layer}.self_attn_layer_norm",
        attention_output: "layers.{layer}.self_attn.out_proj",
        feed_forward_norm: "layers.{layer}.final_layer_norm",
        gate: None,
        up: "layers.{layer}.fc1",
        down: "layers.{layer}.fc2",
        norm: "final_layer_norm",
        head: "language_model.lm_head",
        ..LLAMA.weights
    },
    ..LLAMA
};

const INNER: Decoder = Decoder {
    prefix: "language_model.model.",
    weights: DecoderWeights {
        head: "language_model.lm_head",
        ..LLAMA.weights
    },
    ..LLAMA
};

#[test]
fn the_three_graphs_have_their_inputs_and_outputs() {
    let dir = tempfile::tempdir().unwrap();
    for (family, recipe) in FAMILIES {
        let options = ExportOptions::default();
        let report = export(&recipe, &kit(family), &options, dir.path()).unwrap();
        let names: Vec<_> = report.graphs.iter().map(|graph| graph.name).collect();
        assert_eq!(
            names,
            ["vision_encoder", "embed_tokens", "decoder_model_merged"]
        );
        let [vision, embed, decoder] = report.graphs.as_slice() else {
            panic!("{names:?}");
        };
        assert_eq!(vision.inputs, ["pixel_values"]);
        let has_newline = family == "llava_next";
        let outputs: &[&str] = if has_newline {
            &["image_features", "newline"]
        } else {
            &["image_features"]
        };
        assert_eq!(vision.outputs, outputs);
        assert_eq!(
            (&embed.inputs[..], &embed.outputs[..]),
            (
                &["input_ids".to_owned()][..],
                &["inputs_embeds".to_owned()][..],
            )
        );
        let inputs = ["inputs_embeds", "attention_mask", "position_ids"];
        assert_eq!(decoder.inputs[..3], inputs);
        assert_eq!(decoder.inputs[3], "past_key_values.0.key");
        assert_eq!(decoder.outputs[..2], ["logits", "present.0.key"]);
    }
}

#[test]
fn configurations_that_cannot_be_followed_are_refused() {
    let check = |from: &str, to: &str, expected: &str| {
        let config = std::fs::read_to_string(kit("llava").join("config.json")).unwrap();
        assert!(config.contains(from), "{from}");
        let recipe = Recipe::VisionLanguage(&LLAVA);
        let error = parameters(&recipe, &config.replace(from, to)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    check(
        "\"vision_feature_layer\": -2",
        "\"vision_feature_layer\": [-2, -5]",
        "`config.json`: `vision_feature_layer` is [-2,-5]; allowed: whole numbers from -4 to 3, one or a list",
    );
    check(
        "\"vision_feature_layer\": -2",
        "\"vision_feature_layer\": 4",
        "`config.json`: `vision_feature_layer` is 4; allowed: whole numbers from -4 to 3, one or a list",
    );
    check(
        "\"vision_feature_select_strategy\": \"default\"",
        "\"vision_feature_select_strategy\": \"patch\"",
        "`config.json`: `vision_feature_select_strategy` is \"patch\"; allowed: default, full",
    );
    check(
        "\"model_type\": \"llama\"",
        "\"model_type\": \"gemma\"",
        "`config.json`: `text_config.model_type` is \"gemma\"; allowed: llama, mistral",
    );
}
