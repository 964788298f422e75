//! Recipes of the kit's families with two towers, as the registry writes them, and what is true of their graphs.

use std::collections::BTreeMap;

use export::recipe::{
    DualTower, FeedForward, ImagePooling, MessageAttention, NormEps, Recipe, Scores, TextPooling,
    TextTower, TowerAttention, TowerConfig, TowerLayers, TowerLogits, TowerWeights, VideoPrompts,
    VideoTower, VisionTower,
};
use export::{ExportError, ExportOptions, Head, Precision, export, parameters};

use crate::checkpoint_files::{kit, parts};

/// Folders of the kit with their recipes.
pub(crate) const FAMILIES: [(&str, Recipe); 2] = [
    ("clip", Recipe::DualTower(&CLIP)),
    ("xclip", Recipe::DualTower(&XCLIP)),
];

const KEYS: TowerConfig = TowerConfig {
    hidden_size: "hidden_size",
    layers: "num_hidden_layers",
    heads: "num_attention_heads",
    feed_forward: FeedForward::Width("intermediate_size"),
    activation: "hidden_act",
    norm_eps: NormEps::Key("layer_norm_eps"),
};

const WEIGHTS: TowerWeights = TowerWeights {
    norm_before: "layer_norm1",
    query: "self_attn.q_proj",
    key: "self_attn.k_proj",
    value: "self_attn.v_proj",
    fused: None,
    attention_output: "self_attn.out_proj",
    norm_after: "layer_norm2",
    intermediate: "mlp.fc1",
    output: "mlp.fc2",
};

pub(crate) const CLIP: DualTower = DualTower {
    defaults: r#"{"projection_dim": 512,
        "text_config": {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "eos_token_id": 49407},
        "vision_config": {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "num_channels": 3}}"#,
    preprocessor: None,
    projection_size: "projection_dim",
    text: TextTower {
        section: Some("text_config"),
        token_embeddings: "text_model.embeddings.token_embedding.weight",
        position_embeddings: "text_model.embeddings.position_embedding.weight",
        is_batched: false,
        attention: TowerAttention::Causal,
        layers: TowerLayers {
            prefix: "text_model.encoder.layers.{layer}.",
            config: KEYS,
            weights: WEIGHTS,
        },
        norm: "text_model.final_layer_norm",
        pooling: TextPooling::EndToken,
        projection: "text_projection",
        has_projection_bias: false,
    },
    vision: VisionTower {
        section: Some("vision_config"),
        patch_kernel: None,
        patch_projection: "vision_model.embeddings.patch_embedding",
        has_patch_bias: false,
        is_batched: false,
        class_token: Some("vision_model.embeddings.class_embedding"),
        position_embeddings: "vision_model.embeddings.position_embedding.weight",
        norm_before: Some("vision_model.pre_layrnorm"),
        layers: TowerLayers {
            prefix: "vision_model.encoder.layers.{layer}.",
            config: KEYS,
            weights: WEIGHTS,
        },
        norm_after: "vision_model.post_layernorm",
        pooling: ImagePooling::ClassToken,
        projection: Some("visual_projection"),
    },
    video: None,
    audio: None,
    logits: TowerLogits {
        scale: "logit_scale",
        most: None,
        bias: None,
        scores: Scores::Softmax,
    },
};

const XCLIP: DualTower = DualTower {
    defaults: r#"{"projection_dim": 512, "prompt_layers": 2, "prompt_hidden_act": "quick_gelu",
        "prompt_num_attention_heads": 8,
        "text_config": {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5},
        "vision_config": {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "num_channels": 3,
            "num_frames": 8, "mit_hidden_size": 512, "mit_num_hidden_layers": 1,
            "mit_num_attention_heads": 8, "mit_intermediate_size": 2048}}"#,
    text: TextTower {
        pooling: TextPooling::HighestId,
        ..CLIP.text
    },
    vision: VisionTower {
        norm_before: Some("vision_model.pre_layernorm"),
        ..CLIP.vision
    },
    video: Some(VideoTower {
        frames: "num_frames",
        message: MessageAttention {
            projection: "message_fc",
            norm: "message_ln",
            query: "message_attn.q_proj",
            key: "message_attn.k_proj",
            value: "message_attn.v_proj",
            output: "message_attn.out_proj",
        },
        frame_embeddings: "mit.position_embedding",
        integration: TowerLayers {
            prefix: "mit.encoder.layers.{layer}.",
            config: TowerConfig {
                hidden_size: "mit_hidden_size",
                layers: "mit_num_hidden_layers",
                heads: "mit_num_attention_heads",
                feed_forward: FeedForward::Width("mit_intermediate_size"),
                ..KEYS
            },
            weights: WEIGHTS,
        },
        prompts: VideoPrompts {
            layers: "prompt_layers",
            heads: "prompt_num_attention_heads",
            activation: "prompt_hidden_act",
            patch_norm: "prompts_visual_layernorm",
            patch_projection: "prompts_visual_projection",
            norm: "prompts_generator.layernorm",
            norm_before: "prompts_generator.decoder.{layer}.norm1",
            query: "prompts_generator.decoder.{layer}.cross_attn.q_proj",
            key: "prompts_generator.decoder.{layer}.cross_attn.k_proj",
            value: "prompts_generator.decoder.{layer}.cross_attn.v_proj",
            attention_output: "prompts_generator.decoder.{layer}.cross_attn.proj",
            norm_after: "prompts_generator.decoder.{layer}.norm3",
            intermediate: "prompts_generator.decoder.{layer}.mlp.0",
            output: "prompts_generator.decoder.{layer}.mlp.3",
            scale: "prompts_generator.alpha",
        },
    }),
    ..CLIP
};

fn recipe(family: &str) -> Recipe {
    let mut families = FAMILIES.into_iter();
    families.find(|(name, _)| *name == family).unwrap().1
}

#[test]
fn joint_graphs_and_towers_have_their_inputs_and_outputs() {
    let dir = tempfile::tempdir().unwrap();
    let check = |family: &str, head, expected: &[(&str, &[&str], &[&str])]| {
        let options = ExportOptions {
            head,
            ..ExportOptions::default()
        };
        let report = export(&recipe(family), &kit(family), &options, dir.path()).unwrap();
        let found: Vec<_> = report
            .graphs
            .iter()
            .map(|graph| (graph.name, graph.inputs.clone(), graph.outputs.clone()))
            .collect();
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, inputs, outputs)| (*name, owned(inputs), owned(outputs)))
            .collect();
        assert_eq!(found, expected, "{family}");
    };
    let both: &[&str] = &["input_ids", "pixel_values", "attention_mask"];
    let text: &[&str] = &["input_ids", "attention_mask"];
    let states = ["last_hidden_state", "pooler_output"];
    let with = |embeds| [embeds, states[0], states[1]];
    check(
        "clip",
        Head::Auto,
        &[(
            "model",
            both,
            &[
                "logits_per_image",
                "logits_per_text",
                "text_embeds",
                "image_embeds",
            ],
        )],
    );
    check(
        "xclip",
        Head::Auto,
        &[(
            "model",
            both,
            &[
                "logits_per_video",
                "logits_per_text",
                "text_embeds",
                "video_embeds",
            ],
        )],
    );
    for (family, embeds) in [("clip", "image_embeds"), ("xclip", "video_embeds")] {
        let (texts, pictures) = (with("text_embeds"), with(embeds));
        let towers: &[(&str, &[&str], &[&str])] = &[
            ("text_model", text, &texts),
            ("vision_model", &["pixel_values"], &pictures),
        ];
        check(family, Head::Base, towers);
    }
    let options = ExportOptions {
        head: Head::Classifier,
        ..ExportOptions::default()
    };
    let error = export(&recipe("clip"), &kit("clip"), &options, dir.path()).unwrap_err();
    assert!(matches!(error, ExportError::Head { .. }), "{error}");
}

#[test]
fn parameters_are_the_tensors_of_the_kit() {
    for (family, recipe) in FAMILIES {
        let config = std::fs::read_to_string(kit(family).join("config.json")).unwrap();
        let (header, _) = parts(&kit(family).join("model.safetensors"));
        let tensors = header.as_object().unwrap().iter();
        let expected: BTreeMap<_, _> = tensors
            .filter(|(name, _)| *name != "__metadata__")
            .map(|(name, info)| (name.clone(), info["shape"].clone()))
            .collect();
        let found: BTreeMap<_, _> = parameters(&recipe, &config)
            .unwrap()
            .into_iter()
            .map(|spec| (spec.name, spec.shape.into()))
            .collect();
        assert_eq!(found, expected, "{family}");
    }
}

#[test]
fn half_precision_is_half_the_size() {
    let dir = tempfile::tempdir().unwrap();
    for (family, recipe) in FAMILIES {
        let bytes = |precision| {
            let options = ExportOptions {
                precision,
                ..ExportOptions::default()
            };
            export(&recipe, &kit(family), &options, dir.path()).unwrap();
            std::fs::read(dir.path().join("model.onnx")).unwrap()
        };
        let single = bytes(Precision::Fp32);
        assert_eq!(single, bytes(Precision::Fp32), "{family}");
        assert!(bytes(Precision::Fp16).len() * 3 < single.len() * 2);
    }
}

#[test]
fn what_a_nested_configuration_leaves_out_comes_from_the_recipe() {
    let check = |family: &str, from: &str, to: &str, expected: &str| {
        let config = std::fs::read_to_string(kit(family).join("config.json")).unwrap();
        assert!(config.contains(from), "{from}");
        let error = parameters(&recipe(family), &config.replace(from, to)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    check(
        "clip",
        "\"vocab_size\": 564",
        "\"vocab_size\": null",
        "`config.json` has no key `text_config.vocab_size`, which is needed",
    );
    check(
        "clip",
        "\"patch_size\": 8",
        "\"patch_size\": 8, \"hidden_act\": \"selu\"",
        "`config.json`: `vision_config.hidden_act` is \"selu\"; allowed: gelu, gelu_new, gelu_pytorch_tanh, \
         quick_gelu, relu, silu, swish",
    );
    check(
        "xclip",
        "\"mit_hidden_size\": 16",
        "\"mit_hidden_size\": 24, \"mit_num_attention_heads\": 2",
        "`config.json`: `vision_config.mit_hidden_size` is 24; allowed: 16, the width of the common space",
    );
    check(
        "clip",
        "\"text_config\": {",
        "\"text_config\": 7, \"other\": {",
        "`config.json`: `text_config` is 7; allowed: objects",
    );
}
