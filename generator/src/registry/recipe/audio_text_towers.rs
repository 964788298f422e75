//! Particulars of models that compare sounds with texts; the defaults are CLAP's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{NormEps, Positions, TextEncoder, TokenTypes};
use crate::registry::constraint::WEIGHT;

/// Particulars of a model that brings spectrograms and texts to one space (CLAP and its like).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AudioTextTowers {
    /// What the family's classes take for keys that config.json leaves out.
    pub defaults: Map<String, Value>,
    /// The tower of texts, with its pooler; its prefix always stands before its names.
    pub text: TextEncoder,
    /// Object of config.json with the sizes of the text tower.
    #[schemars(regex(pattern = WEIGHT))]
    pub text_config: String,
    /// The tower of spectrograms.
    pub audio: SpectrogramTower,
    /// Object of config.json with the sizes of the spectrogram tower.
    #[schemars(regex(pattern = WEIGHT))]
    pub audio_config: String,
    /// Projection of texts.
    pub text_projection: Projection,
    /// Projection of sounds.
    pub audio_projection: Projection,
    /// Key of either object with the activation between them.
    #[schemars(regex(pattern = WEIGHT))]
    pub projection_activation: String,
    /// Logarithm of what a text's similarities are multiplied with, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub text_scale: String,
    /// Logarithm of what a sound's similarities are multiplied with, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub audio_scale: String,
}

impl Default for AudioTextTowers {
    fn default() -> Self {
        Self {
            defaults: Map::new(),
            text: TextEncoder {
                prefix: "text_model.".to_owned(),
                positions: Positions::AfterPadding,
                token_types: TokenTypes::Zero,
                mask_head: None,
                ..TextEncoder::default()
            },
            text_config: "text_config".to_owned(),
            audio: SpectrogramTower::default(),
            audio_config: "audio_config".to_owned(),
            text_projection: Projection {
                first: "text_projection.linear1".to_owned(),
                second: "text_projection.linear2".to_owned(),
            },
            audio_projection: Projection {
                first: "audio_projection.linear1".to_owned(),
                second: "audio_projection.linear2".to_owned(),
            },
            projection_activation: "projection_hidden_act".to_owned(),
            text_scale: "logit_scale_t".to_owned(),
            audio_scale: "logit_scale_a".to_owned(),
        }
    }
}

/// Names of the two linear layers that bring what a tower gives to the common space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Projection {
    /// The first, before the activation.
    #[schemars(regex(pattern = WEIGHT))]
    pub first: String,
    /// The second.
    #[schemars(regex(pattern = WEIGHT))]
    pub second: String,
}

/// A hierarchical transformer over patches of a spectrogram folded to a square (Chen et al., 2022, arXiv:2202.00874).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpectrogramTower {
    /// What the names of the tower's weights begin with.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// Epsilon of the normalisation in a block; the other normalisations have torch's default.
    pub norm_eps: NormEps,
    /// Names of the weights; `{stage}` stands for the stage's number, `{layer}` for the block's in it.
    pub weights: SpectrogramTowerWeights,
}

impl Default for SpectrogramTower {
    fn default() -> Self {
        Self {
            prefix: "audio_model.audio_encoder.".to_owned(),
            norm_eps: NormEps::Key("layer_norm_eps".to_owned()),
            weights: SpectrogramTowerWeights::default(),
        }
    }
}

/// Names of a spectrogram tower's weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpectrogramTowerWeights {
    /// Batch normalisation over the mel bins.
    #[schemars(regex(pattern = WEIGHT))]
    pub mel_norm: String,
    /// Convolution that embeds patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_projection: String,
    /// Normalisation of the embedded patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_norm: String,
    /// Convolution that embeds patches of the clips of a long sound.
    #[schemars(regex(pattern = WEIGHT))]
    pub clip_projection: String,
    /// What weighs a patch of the whole sound against that of a clip by the patch.
    pub local_weighing: Weighing,
    /// What weighs it by all patches.
    pub global_weighing: Weighing,
    /// Normalisation before attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_before: String,
    /// Query projection of a block.
    #[schemars(regex(pattern = WEIGHT))]
    pub query: String,
    /// Key projection of a block.
    #[schemars(regex(pattern = WEIGHT))]
    pub key: String,
    /// Value projection of a block.
    #[schemars(regex(pattern = WEIGHT))]
    pub value: String,
    /// Table of the bias by relative position, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub position_bias: String,
    /// Output projection of attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_output: String,
    /// Normalisation before the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_after: String,
    /// First projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// Second projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Normalisation of four merged patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub merge_norm: String,
    /// Linear layer that halves the width of four merged patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub merge: String,
    /// Final normalisation.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
}

impl Default for SpectrogramTowerWeights {
    fn default() -> Self {
        Self {
            mel_norm: "batch_norm".to_owned(),
            patch_projection: "patch_embed.proj".to_owned(),
            patch_norm: "patch_embed.norm".to_owned(),
            clip_projection: "patch_embed.mel_conv2d".to_owned(),
            local_weighing: Weighing {
                narrow: "patch_embed.fusion_model.local_att.0".to_owned(),
                narrow_norm: "patch_embed.fusion_model.local_att.1".to_owned(),
                widen: "patch_embed.fusion_model.local_att.3".to_owned(),
                widen_norm: "patch_embed.fusion_model.local_att.4".to_owned(),
            },
            global_weighing: Weighing {
                narrow: "patch_embed.fusion_model.global_att.1".to_owned(),
                narrow_norm: "patch_embed.fusion_model.global_att.2".to_owned(),
                widen: "patch_embed.fusion_model.global_att.4".to_owned(),
                widen_norm: "patch_embed.fusion_model.global_att.5".to_owned(),
            },
            norm_before: "layers.{stage}.blocks.{layer}.layernorm_before".to_owned(),
            query: "layers.{stage}.blocks.{layer}.attention.self.query".to_owned(),
            key: "layers.{stage}.blocks.{layer}.attention.self.key".to_owned(),
            value: "layers.{stage}.blocks.{layer}.attention.self.value".to_owned(),
            position_bias:
                "layers.{stage}.blocks.{layer}.attention.self.relative_position_bias_table"
                    .to_owned(),
            attention_output: "layers.{stage}.blocks.{layer}.attention.output.dense".to_owned(),
            norm_after: "layers.{stage}.blocks.{layer}.layernorm_after".to_owned(),
            intermediate: "layers.{stage}.blocks.{layer}.intermediate.dense".to_owned(),
            output: "layers.{stage}.blocks.{layer}.output.dense".to_owned(),
            merge_norm: "layers.{stage}.downsample.norm".to_owned(),
            merge: "layers.{stage}.downsample.reduction".to_owned(),
            norm: "norm".to_owned(),
        }
    }
}

/// Names of the convolutions that weigh patches against each other, and of the batch normalisations after them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weighing {
    /// The convolution to fewer channels.
    #[schemars(regex(pattern = WEIGHT))]
    pub narrow: String,
    /// Its normalisation.
    #[schemars(regex(pattern = WEIGHT))]
    pub narrow_norm: String,
    /// The convolution back to all channels.
    #[schemars(regex(pattern = WEIGHT))]
    pub widen: String,
    /// Its normalisation.
    #[schemars(regex(pattern = WEIGHT))]
    pub widen_norm: String,
}
