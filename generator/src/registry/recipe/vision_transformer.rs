//! Particulars of a transformer over image patches; the defaults are ViT's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NormEps;
use crate::registry::constraint::WEIGHT;

/// Particulars of a transformer over image patches (ViT, DeiT, DINOv2 and their like).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VisionTransformer {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `vit.`.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// Keys of config.json.
    pub config: VisionTransformerConfig,
    /// Names of the weights.
    pub weights: VisionTransformerWeights,
    /// What the graph returns where the checkpoint has a classifier; `null` where the family has none.
    pub classifier: Option<Classifier>,
}

impl Default for VisionTransformer {
    fn default() -> Self {
        Self {
            prefix: "vit.".to_owned(),
            config: VisionTransformerConfig::default(),
            weights: VisionTransformerWeights::default(),
            classifier: Some(Classifier::default()),
        }
    }
}

/// Keys of config.json that a vision transformer reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VisionTransformerConfig {
    /// Width of a hidden state.
    #[schemars(regex(pattern = WEIGHT))]
    pub hidden_size: String,
    /// Number of blocks.
    #[schemars(regex(pattern = WEIGHT))]
    pub layers: String,
    /// Number of attention heads.
    #[schemars(regex(pattern = WEIGHT))]
    pub heads: String,
    /// Width of the feed-forward part: `{width: key}` or `{ratio: key}`.
    pub feed_forward: FeedForward,
    /// Activation of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// Epsilon of layer normalisation.
    pub norm_eps: NormEps,
    /// Side of the square image the position table was trained for, in pixels.
    #[schemars(regex(pattern = WEIGHT))]
    pub image_size: String,
    /// Side of a square patch, in pixels.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_size: String,
    /// Number of colour channels.
    #[schemars(regex(pattern = WEIGHT))]
    pub channels: String,
}

impl Default for VisionTransformerConfig {
    fn default() -> Self {
        Self {
            hidden_size: "hidden_size".to_owned(),
            layers: "num_hidden_layers".to_owned(),
            heads: "num_attention_heads".to_owned(),
            feed_forward: FeedForward::Width("intermediate_size".to_owned()),
            activation: "hidden_act".to_owned(),
            norm_eps: NormEps::Key("layer_norm_eps".to_owned()),
            image_size: "image_size".to_owned(),
            patch_size: "patch_size".to_owned(),
            channels: "num_channels".to_owned(),
        }
    }
}

/// Where the width of the feed-forward part comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FeedForward {
    /// A key of config.json that holds the width.
    Width(#[schemars(regex(pattern = WEIGHT))] String),
    /// A key of config.json that holds the ratio to `hidden_size`.
    Ratio(#[schemars(regex(pattern = WEIGHT))] String),
}

/// Names of a vision transformer's weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VisionTransformerWeights {
    /// Convolution that embeds patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_projection: String,
    /// Tokens that stand before the patches, each `(1, 1, hidden)`: class token first.
    #[schemars(inner(regex(pattern = WEIGHT)))]
    pub leading_tokens: Vec<String>,
    /// Table of positions, `(1, leading tokens + patches, hidden)`.
    #[schemars(regex(pattern = WEIGHT))]
    pub position_embeddings: String,
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
    /// Output projection of attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_output: String,
    /// Scale of attention's contribution, `(hidden)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_scale: Option<String>,
    /// Normalisation before the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_after: String,
    /// First projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// Second projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Scale of the feed-forward part's contribution, `(hidden)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub output_scale: Option<String>,
    /// Final normalisation.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
}

impl Default for VisionTransformerWeights {
    fn default() -> Self {
        Self {
            patch_projection: "embeddings.patch_embeddings.projection".to_owned(),
            leading_tokens: vec!["embeddings.cls_token".to_owned()],
            position_embeddings: "embeddings.position_embeddings".to_owned(),
            norm_before: "encoder.layer.{layer}.layernorm_before".to_owned(),
            query: "encoder.layer.{layer}.attention.attention.query".to_owned(),
            key: "encoder.layer.{layer}.attention.attention.key".to_owned(),
            value: "encoder.layer.{layer}.attention.attention.value".to_owned(),
            attention_output: "encoder.layer.{layer}.attention.output.dense".to_owned(),
            attention_scale: None,
            norm_after: "encoder.layer.{layer}.layernorm_after".to_owned(),
            intermediate: "encoder.layer.{layer}.intermediate.dense".to_owned(),
            output: "encoder.layer.{layer}.output.dense".to_owned(),
            output_scale: None,
            norm: "layernorm".to_owned(),
        }
    }
}

/// The classification head of a vision transformer; its names stand outside the recipe's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Classifier {
    /// Linear layers, one per leading token they read; the logits are their mean.
    #[schemars(length(min = 1), inner(regex(pattern = WEIGHT)))]
    pub heads: Vec<String>,
}

impl Default for Classifier {
    fn default() -> Self {
        Self {
            heads: vec!["classifier".to_owned()],
        }
    }
}
