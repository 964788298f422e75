//! Particulars of a transformer over windows of image patches, which are merged from stage to stage; the defaults are Swin's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NormEps;
use crate::registry::constraint::WEIGHT;

/// Particulars of a transformer over windows of image patches that are merged from stage to stage (Swin; Liu et al.,
/// 2021, arXiv:2103.14030). `{stage}` stands for a stage's number, `{layer}` for a block's within it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HierarchicalVision {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `swin.`.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// Keys of config.json.
    pub config: HierarchicalVisionConfig,
    /// Names of the weights.
    pub weights: HierarchicalVisionWeights,
    /// Classifier over the mean of the final states; it stands outside the prefix.
    #[schemars(regex(pattern = WEIGHT))]
    pub classifier: Option<String>,
}

impl Default for HierarchicalVision {
    fn default() -> Self {
        Self {
            prefix: "swin.".to_owned(),
            config: HierarchicalVisionConfig::default(),
            weights: HierarchicalVisionWeights::default(),
            classifier: Some("classifier".to_owned()),
        }
    }
}

/// Keys of config.json that the builder reads, and constants of the family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HierarchicalVisionConfig {
    /// Side of the image in pixels, or height and width.
    #[schemars(regex(pattern = WEIGHT))]
    pub image_size: String,
    /// Side of a square patch, in pixels.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_size: String,
    /// Number of colour channels.
    #[schemars(regex(pattern = WEIGHT))]
    pub channels: String,
    /// Width of the first stage; every further stage is twice as wide.
    #[schemars(regex(pattern = WEIGHT))]
    pub width: String,
    /// Number of blocks of each stage.
    #[schemars(regex(pattern = WEIGHT))]
    pub depths: String,
    /// Number of attention heads of each stage.
    #[schemars(regex(pattern = WEIGHT))]
    pub heads: String,
    /// Side of a window, in patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub window: String,
    /// Ratio of the feed-forward part's width to the stage's.
    #[schemars(regex(pattern = WEIGHT))]
    pub feed_forward_ratio: String,
    /// Activation of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// Epsilon of the blocks' and the final normalisation.
    pub norm_eps: NormEps,
    /// Epsilon of the normalisations of the embeddings and of the merged patches.
    pub stage_norm_eps: f64,
}

impl Default for HierarchicalVisionConfig {
    fn default() -> Self {
        Self {
            image_size: "image_size".to_owned(),
            patch_size: "patch_size".to_owned(),
            channels: "num_channels".to_owned(),
            width: "embed_dim".to_owned(),
            depths: "depths".to_owned(),
            heads: "num_heads".to_owned(),
            window: "window_size".to_owned(),
            feed_forward_ratio: "mlp_ratio".to_owned(),
            activation: "hidden_act".to_owned(),
            norm_eps: NormEps::Key("layer_norm_eps".to_owned()),
            stage_norm_eps: 1e-5,
        }
    }
}

/// Names of the weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HierarchicalVisionWeights {
    /// Convolution that embeds patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_projection: String,
    /// Normalisation of the embedded patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub embedding_norm: String,
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
    /// Bias per relative position, `((2 window - 1)², heads)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub relative_bias: String,
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
    /// Normalisation of four patches put together.
    #[schemars(regex(pattern = WEIGHT))]
    pub merge_norm: String,
    /// Projection of four patches put together, without a bias.
    #[schemars(regex(pattern = WEIGHT))]
    pub merge_reduction: String,
    /// Final normalisation.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
}

impl Default for HierarchicalVisionWeights {
    fn default() -> Self {
        Self {
            patch_projection: "embeddings.patch_embeddings.projection".to_owned(),
            embedding_norm: "embeddings.norm".to_owned(),
            norm_before: "encoder.layers.{stage}.blocks.{layer}.layernorm_before".to_owned(),
            query: "encoder.layers.{stage}.blocks.{layer}.attention.self.query".to_owned(),
            key: "encoder.layers.{stage}.blocks.{layer}.attention.self.key".to_owned(),
            value: "encoder.layers.{stage}.blocks.{layer}.attention.self.value".to_owned(),
            relative_bias:
                "encoder.layers.{stage}.blocks.{layer}.attention.self.relative_position_bias_table"
                    .to_owned(),
            attention_output: "encoder.layers.{stage}.blocks.{layer}.attention.output.dense"
                .to_owned(),
            norm_after: "encoder.layers.{stage}.blocks.{layer}.layernorm_after".to_owned(),
            intermediate: "encoder.layers.{stage}.blocks.{layer}.intermediate.dense".to_owned(),
            output: "encoder.layers.{stage}.blocks.{layer}.output.dense".to_owned(),
            merge_norm: "encoder.layers.{stage}.downsample.norm".to_owned(),
            merge_reduction: "encoder.layers.{stage}.downsample.reduction".to_owned(),
            norm: "layernorm".to_owned(),
        }
    }
}
