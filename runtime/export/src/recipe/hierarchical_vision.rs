//! Particulars of a transformer over windows of image patches, which are merged from stage to stage.

use super::NormEps;

/// Particulars of a transformer over windows of image patches that are merged from stage to stage (Swin; Liu et al.,
/// 2021, arXiv:2103.14030). `{stage}` stands for a stage's number, `{layer}` for a block's within it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HierarchicalVision {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `swin.`.
    pub prefix: &'static str,
    /// Keys of config.json.
    pub config: HierarchicalVisionConfig,
    /// Names of the weights.
    pub weights: HierarchicalVisionWeights,
    /// Classifier over the mean of the final states; it stands outside the prefix.
    pub classifier: Option<&'static str>,
}

/// Keys of config.json that the builder reads, and constants of the family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HierarchicalVisionConfig {
    /// Side of the image in pixels, or height and width.
    pub image_size: &'static str,
    /// Side of a square patch, in pixels.
    pub patch_size: &'static str,
    /// Number of colour channels.
    pub channels: &'static str,
    /// Width of the first stage; every further stage is twice as wide.
    pub width: &'static str,
    /// Number of blocks of each stage.
    pub depths: &'static str,
    /// Number of attention heads of each stage.
    pub heads: &'static str,
    /// Side of a window, in patches.
    pub window: &'static str,
    /// Ratio of the feed-forward part's width to the stage's.
    pub feed_forward_ratio: &'static str,
    /// Activation of the feed-forward part.
    pub activation: &'static str,
    /// Epsilon of the blocks' and the final normalisation.
    pub norm_eps: NormEps,
    /// Epsilon of the normalisations of the embeddings and of the merged patches.
    pub stage_norm_eps: f64,
}

/// Names of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HierarchicalVisionWeights {
    /// Convolution that embeds patches.
    pub patch_projection: &'static str,
    /// Normalisation of the embedded patches.
    pub embedding_norm: &'static str,
    /// Normalisation before attention.
    pub norm_before: &'static str,
    /// Query projection of a block.
    pub query: &'static str,
    /// Key projection of a block.
    pub key: &'static str,
    /// Value projection of a block.
    pub value: &'static str,
    /// Bias per relative position, `((2 window - 1)², heads)`, by its full name.
    pub relative_bias: &'static str,
    /// Output projection of attention.
    pub attention_output: &'static str,
    /// Normalisation before the feed-forward part.
    pub norm_after: &'static str,
    /// First projection of the feed-forward part.
    pub intermediate: &'static str,
    /// Second projection of the feed-forward part.
    pub output: &'static str,
    /// Normalisation of four patches put together.
    pub merge_norm: &'static str,
    /// Projection of four patches put together, without a bias.
    pub merge_reduction: &'static str,
    /// Final normalisation.
    pub norm: &'static str,
}
