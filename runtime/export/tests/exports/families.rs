//! Recipes of the reference kit's families, as the registry writes them.

use export::recipe::{
    AudioEncoder, AudioEncoderConfig, AudioEncoderWeights, AudioTextTowers, Classifier,
    FeedForward, GatedBias, MaskHead, NormEps, NormPlace, Positions, Projection, Recipe,
    RelativeBias, SpectrogramTower, SpectrogramTowerWeights, TextEncoder, TextEncoderConfig,
    TextEncoderWeights, TokenTypes, VisionTransformer, VisionTransformerConfig,
    VisionTransformerWeights, Weighing,
};

// The graphs of those that the kit has no folder of are recorded beside the builders.
#[allow(
    dead_code,
    reason = "not every crate that shares the recipes uses all of them"
)]
#[path = "decoders.rs"]
pub(crate) mod decoders;

/// Folders of the kit with their recipes.
pub(crate) const FAMILIES: [(&str, Recipe); 13] = [
    ("bert", Recipe::TextEncoder(BERT)),
    ("bert-mlm", Recipe::TextEncoder(BERT)),
    ("roberta", Recipe::TextEncoder(ROBERTA)),
    ("distilbert", Recipe::TextEncoder(DISTILBERT)),
    ("mpnet", Recipe::TextEncoder(MPNET)),
    ("vit", Recipe::VisionTransformer(VIT)),
    ("dinov2", Recipe::VisionTransformer(DINOV2)),
    ("clap", Recipe::AudioTextTowers(&CLAP)),
    ("wav2vec2", Recipe::AudioEncoder(WAV2VEC2)),
    ("llama", Recipe::Decoder(decoders::LLAMA)),
    ("qwen2", Recipe::Decoder(decoders::QWEN2)),
    ("qwen3", Recipe::Decoder(decoders::QWEN3)),
    ("gpt2", Recipe::Decoder(decoders::GPT2)),
];

/// The recipe of a folder of the kit.
pub(crate) fn recipe(family: &str) -> Option<Recipe> {
    let mut families = FAMILIES.into_iter();
    families
        .find(|(name, _)| *name == family)
        .map(|(_, recipe)| recipe)
}

/// BERT.
pub(crate) const BERT: TextEncoder = TextEncoder {
    prefix: "bert.",
    positions: Positions::Index,
    token_types: TokenTypes::Input,
    norm: NormPlace::Post,
    config: TextEncoderConfig {
        hidden_size: "hidden_size",
        layers: "num_hidden_layers",
        heads: "num_attention_heads",
        intermediate_size: "intermediate_size",
        activation: "hidden_act",
        norm_eps: NormEps::Key("layer_norm_eps"),
    },
    weights: TextEncoderWeights {
        word_embeddings: "embeddings.word_embeddings.weight",
        position_embeddings: "embeddings.position_embeddings.weight",
        token_type_embeddings: Some("embeddings.token_type_embeddings.weight"),
        norm: "embeddings.LayerNorm",
        query: "encoder.layer.{layer}.attention.self.query",
        key: "encoder.layer.{layer}.attention.self.key",
        value: "encoder.layer.{layer}.attention.self.value",
        attention_output: "encoder.layer.{layer}.attention.output.dense",
        attention_norm: "encoder.layer.{layer}.attention.output.LayerNorm",
        intermediate: "encoder.layer.{layer}.intermediate.dense",
        output: "encoder.layer.{layer}.output.dense",
        output_norm: "encoder.layer.{layer}.output.LayerNorm",
        pooler: Some("pooler.dense"),
    },
    relative_bias: None,
    mask_head: Some(MaskHead {
        dense: "cls.predictions.transform.dense",
        norm: "cls.predictions.transform.LayerNorm",
        decoder: "cls.predictions.decoder.weight",
        bias: "cls.predictions.bias",
    }),
};

/// RoBERTa.
pub(crate) const ROBERTA: TextEncoder = TextEncoder {
    prefix: "roberta.",
    positions: Positions::AfterPadding,
    token_types: TokenTypes::Zero,
    mask_head: Some(LM_HEAD),
    ..BERT
};

/// DistilBERT.
pub(crate) const DISTILBERT: TextEncoder = TextEncoder {
    prefix: "distilbert.",
    token_types: TokenTypes::Absent,
    config: TextEncoderConfig {
        hidden_size: "dim",
        layers: "n_layers",
        heads: "n_heads",
        intermediate_size: "hidden_dim",
        activation: "activation",
        norm_eps: NormEps::Constant(1e-12),
    },
    weights: TextEncoderWeights {
        token_type_embeddings: None,
        query: "transformer.layer.{layer}.attention.q_lin",
        key: "transformer.layer.{layer}.attention.k_lin",
        value: "transformer.layer.{layer}.attention.v_lin",
        attention_output: "transformer.layer.{layer}.attention.out_lin",
        attention_norm: "transformer.layer.{layer}.sa_layer_norm",
        intermediate: "transformer.layer.{layer}.ffn.lin1",
        output: "transformer.layer.{layer}.ffn.lin2",
        output_norm: "transformer.layer.{layer}.output_layer_norm",
        pooler: None,
        ..BERT.weights
    },
    mask_head: Some(MaskHead {
        dense: "vocab_transform",
        norm: "vocab_layer_norm",
        decoder: "vocab_projector.weight",
        bias: "vocab_projector.bias",
    }),
    ..BERT
};

/// MPNet.
pub(crate) const MPNET: TextEncoder = TextEncoder {
    prefix: "mpnet.",
    positions: Positions::AfterPadding,
    token_types: TokenTypes::Absent,
    weights: TextEncoderWeights {
        token_type_embeddings: None,
        query: "encoder.layer.{layer}.attention.attn.q",
        key: "encoder.layer.{layer}.attention.attn.k",
        value: "encoder.layer.{layer}.attention.attn.v",
        attention_output: "encoder.layer.{layer}.attention.attn.o",
        attention_norm: "encoder.layer.{layer}.attention.LayerNorm",
        ..BERT.weights
    },
    relative_bias: Some(RelativeBias {
        weight: "encoder.relative_attention_bias.weight",
        buckets: 32,
        max_distance: 128,
    }),
    mask_head: Some(LM_HEAD),
    ..BERT
};

const LM_HEAD: MaskHead = MaskHead {
    dense: "lm_head.dense",
    norm: "lm_head.layer_norm",
    decoder: "lm_head.decoder.weight",
    bias: "lm_head.bias",
};

/// ViT.
pub(crate) const VIT: VisionTransformer = VisionTransformer {
    prefix: "vit.",
    config: VisionTransformerConfig {
        hidden_size: "hidden_size",
        layers: "num_hidden_layers",
        heads: "num_attention_heads",
        feed_forward: FeedForward::Width("intermediate_size"),
        activation: "hidden_act",
        norm_eps: NormEps::Key("layer_norm_eps"),
        image_size: "image_size",
        patch_size: "patch_size",
        channels: "num_channels",
    },
    weights: VisionTransformerWeights {
        patch_projection: "embeddings.patch_embeddings.projection",
        leading_tokens: &["embeddings.cls_token"],
        position_embeddings: "embeddings.position_embeddings",
        norm_before: "encoder.layer.{layer}.layernorm_before",
        query: "encoder.layer.{layer}.attention.attention.query",
        key: "encoder.layer.{layer}.attention.attention.key",
        value: "encoder.layer.{layer}.attention.attention.value",
        attention_output: "encoder.layer.{layer}.attention.output.dense",
        attention_scale: None,
        norm_after: "encoder.layer.{layer}.layernorm_after",
        intermediate: "encoder.layer.{layer}.intermediate.dense",
        output: "encoder.layer.{layer}.output.dense",
        output_scale: None,
        norm: "layernorm",
    },
    classifier: Some(Classifier {
        heads: &["classifier"],
    }),
};

/// DeiT with its distillation token.
pub(crate) const DEIT: VisionTransformer = VisionTransformer {
    prefix: "deit.",
    weights: VisionTransformerWeights {
        leading_tokens: &["embeddings.cls_token", "embeddings.distillation_token"],
        ..VIT.weights
    },
    classifier: Some(Classifier {
        heads: &["cls_classifier", "distillation_classifier"],
    }),
    ..VIT
};

/// DINOv2.
pub(crate) const DINOV2: VisionTransformer = VisionTransformer {
    prefix: "dinov2.",
    config: VisionTransformerConfig {
        feed_forward: FeedForward::Ratio("mlp_ratio"),
        ..VIT.config
    },
    weights: VisionTransformerWeights {
        norm_before: "encoder.layer.{layer}.norm1",
        attention_scale: Some("encoder.layer.{layer}.layer_scale1.lambda1"),
        norm_after: "encoder.layer.{layer}.norm2",
        intermediate: "encoder.layer.{layer}.mlp.fc1",
        output: "encoder.layer.{layer}.mlp.fc2",
        output_scale: Some("encoder.layer.{layer}.layer_scale2.lambda1"),
        ..VIT.weights
    },
    classifier: None,
};

/// Wav2Vec2.
pub(crate) const WAV2VEC2: AudioEncoder = AudioEncoder {
    prefix: "wav2vec2.",
    config: AudioEncoderConfig {
        hidden_size: "hidden_size",
        layers: "num_hidden_layers",
        heads: "num_attention_heads",
        intermediate_size: "intermediate_size",
        activation: "hidden_act",
        norm_eps: NormEps::Key("layer_norm_eps"),
        projection_norm: None,
    },
    weights: AudioEncoderWeights {
        convolution: "feature_extractor.conv_layers.{layer}.conv",
        convolution_norm: "feature_extractor.conv_layers.{layer}.layer_norm",
        projection_norm: "feature_projection.layer_norm",
        projection: "feature_projection.projection",
        position_convolution: "encoder.pos_conv_embed.conv",
        norm: "encoder.layer_norm",
        query: "encoder.layers.{layer}.attention.q_proj",
        key: "encoder.layers.{layer}.attention.k_proj",
        value: "encoder.layers.{layer}.attention.v_proj",
        attention_output: "encoder.layers.{layer}.attention.out_proj",
        attention_norm: "encoder.layers.{layer}.layer_norm",
        intermediate: "encoder.layers.{layer}.feed_forward.intermediate_dense",
        output: "encoder.layers.{layer}.feed_forward.output_dense",
        output_norm: "encoder.layers.{layer}.final_layer_norm",
    },
    gated_bias: None,
    ctc_head: Some("lm_head"),
};

/// HuBERT.
pub(crate) const HUBERT: AudioEncoder = AudioEncoder {
    prefix: "hubert.",
    config: AudioEncoderConfig {
        projection_norm: Some("feat_proj_layer_norm"),
        ..WAV2VEC2.config
    },
    ..WAV2VEC2
};

/// WavLM.
pub(crate) const WAVLM: AudioEncoder = AudioEncoder {
    prefix: "wavlm.",
    gated_bias: Some(GatedBias {
        buckets: "num_buckets",
        max_distance: "max_bucket_distance",
        table: "encoder.layers.0.attention.rel_attn_embed.weight",
        gate: "encoder.layers.{layer}.attention.gru_rel_pos_linear",
        gate_scale: "encoder.layers.{layer}.attention.gru_rel_pos_const",
    }),
    ..WAV2VEC2
};

/// CLAP.
pub(crate) const CLAP: AudioTextTowers = AudioTextTowers {
    text: TextEncoder {
        prefix: "text_model.",
        mask_head: None,
        ..ROBERTA
    },
    text_config: "text_config",
    defaults: r#"{"text_config": {"pad_token_id": 1}}"#,
    audio: SpectrogramTower {
        prefix: "audio_model.audio_encoder.",
        norm_eps: NormEps::Key("layer_norm_eps"),
        weights: SpectrogramTowerWeights {
            mel_norm: "batch_norm",
            patch_projection: "patch_embed.proj",
            patch_norm: "patch_embed.norm",
            clip_projection: "patch_embed.mel_conv2d",
            local_weighing: Weighing {
                narrow: "patch_embed.fusion_model.local_att.0",
                narrow_norm: "patch_embed.fusion_model.local_att.1",
                widen: "patch_embed.fusion_model.local_att.3",
                widen_norm: "patch_embed.fusion_model.local_att.4",
            },
            global_weighing: Weighing {
                narrow: "patch_embed.fusion_model.global_att.1",
                narrow_norm: "patch_embed.fusion_model.global_att.2",
                widen: "patch_embed.fusion_model.global_att.4",
                widen_norm: "patch_embed.fusion_model.global_att.5",
            },
            norm_before: "layers.{stage}.blocks.{layer}.layernorm_before",
            query: "layers.{stage}.blocks.{layer}.attention.self.query",
            key: "layers.{stage}.blocks.{layer}.attention.self.key",
            value: "layers.{stage}.blocks.{layer}.attention.self.value",
            position_bias: "layers.{stage}.blocks.{layer}.attention.self.relative_position_bias_table",
            attention_output: "layers.{stage}.blocks.{layer}.attention.output.dense",
            norm_after: "layers.{stage}.blocks.{layer}.layernorm_after",
            intermediate: "layers.{stage}.blocks.{layer}.intermediate.dense",
            output: "layers.{stage}.blocks.{layer}.output.dense",
            merge_norm: "layers.{stage}.downsample.norm",
            merge: "layers.{stage}.downsample.reduction",
            norm: "norm",
        },
    },
    audio_config: "audio_config",
    text_projection: Projection {
        first: "text_projection.linear1",
        second: "text_projection.linear2",
    },
    audio_projection: Projection {
        first: "audio_projection.linear1",
        second: "audio_projection.linear2",
    },
    projection_activation: "projection_hidden_act",
    text_scale: "logit_scale_t",
    audio_scale: "logit_scale_a",
};
