//! Particulars of a transformer in stages with convolutions between, and a head that labels pixels; the defaults are SegFormer's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NormEps;
use crate::registry::constraint::WEIGHT;

/// Particulars of a transformer in stages with convolutions within, and a head that labels pixels (SegFormer; Xie et
/// al., 2021, arXiv:2105.15203). `{stage}` stands for a stage's number, `{layer}` for a block's within it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MixTransformer {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `segformer.`.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// Keys of config.json.
    pub config: MixTransformerConfig,
    /// Names of the weights.
    pub weights: MixTransformerWeights,
}

impl Default for MixTransformer {
    fn default() -> Self {
        Self {
            prefix: "segformer.".to_owned(),
            config: MixTransformerConfig::default(),
            weights: MixTransformerWeights::default(),
        }
    }
}

/// Keys of config.json that the builder reads, and constants of the family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MixTransformerConfig {
    /// Side of the image in pixels where nobody says another.
    pub usual_side: u32,
    /// Number of colour channels.
    #[schemars(regex(pattern = WEIGHT))]
    pub channels: String,
    /// Width of each stage.
    #[schemars(regex(pattern = WEIGHT))]
    pub widths: String,
    /// Number of blocks of each stage.
    #[schemars(regex(pattern = WEIGHT))]
    pub depths: String,
    /// Number of attention heads of each stage.
    #[schemars(regex(pattern = WEIGHT))]
    pub heads: String,
    /// Side of the overlapping patches of each stage.
    #[schemars(regex(pattern = WEIGHT))]
    pub patches: String,
    /// Distance between the patches of each stage.
    #[schemars(regex(pattern = WEIGHT))]
    pub strides: String,
    /// How many times shorter each stage's keys are in both directions.
    #[schemars(regex(pattern = WEIGHT))]
    pub reductions: String,
    /// Ratio of the feed-forward part's width to each stage's.
    #[schemars(regex(pattern = WEIGHT))]
    pub feed_forward_ratios: String,
    /// Activation of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// Width of the head.
    #[schemars(regex(pattern = WEIGHT))]
    pub head_width: String,
    /// Epsilon of layer and batch normalisation.
    pub norm_eps: NormEps,
}

impl Default for MixTransformerConfig {
    fn default() -> Self {
        Self {
            usual_side: 512,
            channels: "num_channels".to_owned(),
            widths: "hidden_sizes".to_owned(),
            depths: "depths".to_owned(),
            heads: "num_attention_heads".to_owned(),
            patches: "patch_sizes".to_owned(),
            strides: "strides".to_owned(),
            reductions: "sr_ratios".to_owned(),
            feed_forward_ratios: "mlp_ratios".to_owned(),
            activation: "hidden_act".to_owned(),
            head_width: "decoder_hidden_size".to_owned(),
            norm_eps: NormEps::Constant(1e-5),
        }
    }
}

/// Names of the weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MixTransformerWeights {
    /// Convolution that embeds a stage's patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_projection: String,
    /// Normalisation of the embedded patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_norm: String,
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
    /// Convolution that shortens the keys.
    #[schemars(regex(pattern = WEIGHT))]
    pub reduction: String,
    /// Normalisation of the shortened keys.
    #[schemars(regex(pattern = WEIGHT))]
    pub reduction_norm: String,
    /// Output projection of attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_output: String,
    /// Normalisation before the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_after: String,
    /// First projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// Depthwise convolution of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub depthwise: String,
    /// Second projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Normalisation at the end of a stage.
    #[schemars(regex(pattern = WEIGHT))]
    pub stage_norm: String,
    /// Projection of a stage to the head's width; the head stands outside the prefix.
    #[schemars(regex(pattern = WEIGHT))]
    pub head_projection: String,
    /// Convolution of all stages together, without a bias.
    #[schemars(regex(pattern = WEIGHT))]
    pub head_fusion: String,
    /// Batch normalisation after it.
    #[schemars(regex(pattern = WEIGHT))]
    pub head_norm: String,
    /// Convolution that gives the labels.
    #[schemars(regex(pattern = WEIGHT))]
    pub classifier: String,
}

impl Default for MixTransformerWeights {
    fn default() -> Self {
        Self {
            patch_projection: "encoder.patch_embeddings.{stage}.proj".to_owned(),
            patch_norm: "encoder.patch_embeddings.{stage}.layer_norm".to_owned(),
            norm_before: "encoder.block.{stage}.{layer}.layer_norm_1".to_owned(),
            query: "encoder.block.{stage}.{layer}.attention.self.query".to_owned(),
            key: "encoder.block.{stage}.{layer}.attention.self.key".to_owned(),
            value: "encoder.block.{stage}.{layer}.attention.self.value".to_owned(),
            reduction: "encoder.block.{stage}.{layer}.attention.self.sr".to_owned(),
            reduction_norm: "encoder.block.{stage}.{layer}.attention.self.layer_norm".to_owned(),
            attention_output: "encoder.block.{stage}.{layer}.attention.output.dense".to_owned(),
            norm_after: "encoder.block.{stage}.{layer}.layer_norm_2".to_owned(),
            intermediate: "encoder.block.{stage}.{layer}.mlp.dense1".to_owned(),
            depthwise: "encoder.block.{stage}.{layer}.mlp.dwconv.dwconv".to_owned(),
            output: "encoder.block.{stage}.{layer}.mlp.dense2".to_owned(),
            stage_norm: "encoder.layer_norm.{stage}".to_owned(),
            head_projection: "decode_head.linear_c.{stage}.proj".to_owned(),
            head_fusion: "decode_head.linear_fuse".to_owned(),
            head_norm: "decode_head.batch_norm".to_owned(),
            classifier: "decode_head.classifier".to_owned(),
        }
    }
}
