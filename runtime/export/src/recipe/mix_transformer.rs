//! Particulars of a transformer in stages with convolutions between, and a head that labels pixels.

use super::NormEps;

/// Particulars of a transformer in stages with convolutions within, and a head that labels pixels (SegFormer; Xie et
/// al., 2021, arXiv:2105.15203). `{stage}` stands for a stage's number, `{layer}` for a block's within it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixTransformer {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `segformer.`.
    pub prefix: &'static str,
    /// Keys of config.json.
    pub config: MixTransformerConfig,
    /// Names of the weights.
    pub weights: MixTransformerWeights,
}

/// Keys of config.json that the builder reads, and constants of the family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixTransformerConfig {
    /// Side of the image in pixels where nobody says another.
    pub usual_side: u32,
    /// Number of colour channels.
    pub channels: &'static str,
    /// Width of each stage.
    pub widths: &'static str,
    /// Number of blocks of each stage.
    pub depths: &'static str,
    /// Number of attention heads of each stage.
    pub heads: &'static str,
    /// Side of the overlapping patches of each stage.
    pub patches: &'static str,
    /// Distance between the patches of each stage.
    pub strides: &'static str,
    /// How many times shorter each stage's keys are in both directions.
    pub reductions: &'static str,
    /// Ratio of the feed-forward part's width to each stage's.
    pub feed_forward_ratios: &'static str,
    /// Activation of the feed-forward part.
    pub activation: &'static str,
    /// Width of the head.
    pub head_width: &'static str,
    /// Epsilon of layer and batch normalisation.
    pub norm_eps: NormEps,
}

/// Names of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixTransformerWeights {
    /// Convolution that embeds a stage's patches.
    pub patch_projection: &'static str,
    /// Normalisation of the embedded patches.
    pub patch_norm: &'static str,
    /// Normalisation before attention.
    pub norm_before: &'static str,
    /// Query projection of a block.
    pub query: &'static str,
    /// Key projection of a block.
    pub key: &'static str,
    /// Value projection of a block.
    pub value: &'static str,
    /// Convolution that shortens the keys.
    pub reduction: &'static str,
    /// Normalisation of the shortened keys.
    pub reduction_norm: &'static str,
    /// Output projection of attention.
    pub attention_output: &'static str,
    /// Normalisation before the feed-forward part.
    pub norm_after: &'static str,
    /// First projection of the feed-forward part.
    pub intermediate: &'static str,
    /// Depthwise convolution of the feed-forward part.
    pub depthwise: &'static str,
    /// Second projection of the feed-forward part.
    pub output: &'static str,
    /// Normalisation at the end of a stage.
    pub stage_norm: &'static str,
    /// Projection of a stage to the head's width; the head stands outside the prefix.
    pub head_projection: &'static str,
    /// Convolution of all stages together, without a bias.
    pub head_fusion: &'static str,
    /// Batch normalisation after it.
    pub head_norm: &'static str,
    /// Convolution that gives the labels.
    pub classifier: &'static str,
}
