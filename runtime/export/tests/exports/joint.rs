//! The recipe of texts, pictures and sounds in one space, as the registry writes it, and what is true of its graphs.

use std::collections::BTreeSet;

use export::recipe::{
    AudioTower, DualTower, ExtraKey, FeedForward, FusedLayer, NormEps, Recipe, TextPooling,
    TextTower, TowerAttention, TowerConfig, TowerLayers, TowerLogits, TowerWeights, VisionTower,
};
use export::{ExportOptions, Head, export, parameters};

use crate::checkpoint_files::{copy, edit_config, kit, parts};
use crate::towers::CLIP;

const WEIGHTS: TowerWeights = TowerWeights {
    norm_before: "norm_1",
    fused: Some(FUSED),
    attention_output: "attn.out_proj",
    norm_after: "norm_2",
    ..CLIP.text.layers.weights
};

const FUSED: FusedLayer = FusedLayer {
    matrix: "attn.in_proj_weight",
    bias: "attn.in_proj_bias",
    extra: None,
};

const fn keys(hidden_size: &'static str, layers: &'static str, heads: &'static str) -> TowerConfig {
    TowerConfig {
        hidden_size,
        layers,
        heads,
        feed_forward: FeedForward::Ratio("mlp_ratio"),
        activation: "hidden_act",
        norm_eps: NormEps::Constant(1e-6),
    }
}

const IMAGEBIND: DualTower = DualTower {
    defaults: r#"{"num_channels": 3, "max_position_embeddings": 77, "mlp_ratio": 4.0,
        "hidden_act": "gelu"}"#,
    projection_size: "out_embed_dim",
    text: TextTower {
        section: None,
        token_embeddings: "modality_preprocessors.text.token_embedding.weight",
        position_embeddings: "modality_preprocessors.text.pos_embed",
        is_batched: true,
        attention: TowerAttention::CausalUnmasked,
        layers: TowerLayers {
            prefix: "modality_trunks.text.blocks.{layer}.",
            config: keys("text_embed_dim", "text_num_blocks", "text_num_heads"),
            weights: WEIGHTS,
        },
        norm: "modality_heads.text.proj.0",
        pooling: TextPooling::HighestId,
        projection: "modality_heads.text.proj.1",
        has_projection_bias: false,
    },
    vision: VisionTower {
        section: None,
        patch_kernel: Some("kernel_size"),
        patch_projection: "modality_preprocessors.vision.rgbt_stem.proj.1",
        is_batched: true,
        class_token: Some("modality_preprocessors.vision.cls_token"),
        position_embeddings: "modality_preprocessors.vision.pos_embedding_helper.pos_embed",
        norm_before: Some("modality_trunks.vision.pre_transformer_layer.0"),
        layers: TowerLayers {
            prefix: "modality_trunks.vision.blocks.{layer}.",
            config: keys("vision_embed_dim", "vision_num_blocks", "vision_num_heads"),
            weights: WEIGHTS,
        },
        norm_after: "modality_heads.vision.0",
        projection: Some("modality_heads.vision.2"),
        ..CLIP.vision
    },
    audio: Some(AudioTower {
        section: None,
        kernel: "audio_kernel_size",
        stride: "audio_stride",
        mel_bins: "audio_num_mel_bins",
        frames: "audio_target_len",
        patch_projection: "modality_preprocessors.audio.rgbt_stem.proj",
        patch_norm: "modality_preprocessors.audio.rgbt_stem.norm_layer",
        class_token: "modality_preprocessors.audio.cls_token",
        position_embeddings: "modality_preprocessors.audio.pos_embedding_helper.pos_embed",
        layers: TowerLayers {
            prefix: "modality_trunks.audio.blocks.{layer}.",
            config: keys("audio_embed_dim", "audio_num_blocks", "audio_num_heads"),
            weights: TowerWeights {
                fused: Some(FusedLayer {
                    extra: Some(ExtraKey {
                        key: "attn.bias_k",
                        value: "attn.bias_v",
                    }),
                    ..FUSED
                }),
                ..WEIGHTS
            },
        },
        norm_after: "modality_heads.audio.0",
        projection: "modality_heads.audio.2",
    }),
    logits: TowerLogits {
        scale: "modality_postprocessors.text.1.log_logit_scale",
        most: Some(100.0),
        ..CLIP.logits
    },
    ..CLIP
};

const RECIPE: Recipe = Recipe::DualTower(&IMAGEBIND);

#[test]
fn sounds_have_a_graph_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let graphs = |head| {
        let options = ExportOptions {
            head,
            ..ExportOptions::default()
        };
        let report = export(&RECIPE, &kit("imagebind"), &options, dir.path()).unwrap();
        let graphs = report.graphs.into_iter();
        graphs
            .map(|graph| (graph.name, graph.inputs.join(" "), graph.outputs[0].clone()))
            .collect::<Vec<_>>()
    };
    let graph = |name, inputs: &str, output: &str| (name, inputs.to_owned(), output.to_owned());
    let sounds = graph("audio_model", "input_features", "audio_embeds");
    let joint = graph("model", "input_ids pixel_values", "logits_per_image");
    assert_eq!(graphs(Head::Auto), [joint, sounds.clone()]);
    let texts = graph("text_model", "input_ids", "text_embeds");
    let pictures = graph("vision_model", "pixel_values", "image_embeds");
    assert_eq!(graphs(Head::Base), [texts, pictures, sounds]);
}

#[test]
fn parameters_are_the_tensors_of_the_towers() {
    let folder = kit("imagebind");
    let config = std::fs::read_to_string(folder.join("config.json")).unwrap();
    let (header, _) = parts(&folder.join("model.safetensors"));
    let found: BTreeSet<_> = parameters(&RECIPE, &config)
        .unwrap()
        .into_iter()
        .map(|spec| {
            assert_eq!(
                serde_json::json!(spec.shape),
                header[&spec.name]["shape"],
                "{}",
                spec.name
            );
            spec.name
        })
        .collect();
    let stored = header.as_object().unwrap().keys();
    let unread: Vec<_> = stored.filter(|name| !found.contains(*name)).collect();
    // The mask of a causal text, and the factor of sounds, which their cosines do not need.
    let expected = [
        "__metadata__",
        "modality_postprocessors.audio.1.log_logit_scale",
        "modality_preprocessors.text.mask",
    ];
    assert_eq!(unread, expected);
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let check = |from: &str, to: &str, expected: &str| {
        let folder = copy("imagebind");
        edit_config(folder.path(), from, to);
        let dir = tempfile::tempdir().unwrap();
        let error = export(
            &RECIPE,
            folder.path(),
            &ExportOptions::default(),
            dir.path(),
        );
        let error = error.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(
        "\"video_frames\": 2",
        "\"video_frames\": 4",
        "`video_frames` is 4; allowed: 2",
    );
    check(
        "\"audio_stride\": 10",
        "\"audio_stride\": 0",
        "`audio_stride` is 0",
    );
    check(
        "\"audio_num_mel_bins\": 36",
        "\"audio_num_mel_bins\": 12",
        "`audio_num_mel_bins` is 12; allowed: sizes of `audio_kernel_size`, 16, or more",
    );
    check(
        "\"vision_num_heads\": 4",
        "\"vision_num_heads\": 5",
        "`vision_num_heads` is 5; allowed: divisors of 32",
    );
}
