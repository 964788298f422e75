//! Particulars of transformers over image patches.

use super::NormEps;

/// Particulars of a transformer over image patches (ViT, DeiT, DINOv2 and their like).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisionTransformer {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `vit.`.
    pub prefix: &'static str,
    /// Keys of config.json.
    pub config: VisionTransformerConfig,
    /// Names of the weights.
    pub weights: VisionTransformerWeights,
    /// The classifier that a checkpoint may have; in families without one the normalised class
    /// token is the `pooler_output`.
    pub classifier: Option<Classifier>,
}

/// Keys of config.json that a vision transformer reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisionTransformerConfig {
    /// Width of a hidden state.
    pub hidden_size: &'static str,
    /// Number of blocks.
    pub layers: &'static str,
    /// Number of attention heads.
    pub heads: &'static str,
    /// Width of the feed-forward part.
    pub feed_forward: FeedForward,
    /// Activation of the feed-forward part.
    pub activation: &'static str,
    /// Epsilon of layer normalisation.
    pub norm_eps: NormEps,
    /// Side of the square image the position table was trained for, in pixels.
    pub image_size: &'static str,
    /// Side of a square patch, in pixels.
    pub patch_size: &'static str,
    /// Number of colour channels.
    pub channels: &'static str,
}

/// Where the width of the feed-forward part comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FeedForward {
    /// A key of config.json that holds the width.
    Width(&'static str),
    /// A key of config.json that holds the ratio to `hidden_size`.
    Ratio(&'static str),
}

/// Names of a vision transformer's weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisionTransformerWeights {
    /// Convolution that embeds patches.
    pub patch_projection: &'static str,
    /// Tokens that stand before the patches, each `(1, 1, hidden)`: class token first.
    pub leading_tokens: &'static [&'static str],
    /// Table of positions, `(1, leading tokens + patches, hidden)`.
    pub position_embeddings: &'static str,
    /// Normalisation before attention.
    pub norm_before: &'static str,
    /// Query projection of a block.
    pub query: &'static str,
    /// Key projection of a block.
    pub key: &'static str,
    /// Value projection of a block.
    pub value: &'static str,
    /// Output projection of attention.
    pub attention_output: &'static str,
    /// Scale of attention's contribution, `(hidden)`, by its full name.
    pub attention_scale: Option<&'static str>,
    /// Normalisation before the feed-forward part.
    pub norm_after: &'static str,
    /// First projection of the feed-forward part.
    pub intermediate: &'static str,
    /// Second projection of the feed-forward part.
    pub output: &'static str,
    /// Scale of the feed-forward part's contribution, `(hidden)`, by its full name.
    pub output_scale: Option<&'static str>,
    /// Final normalisation.
    pub norm: &'static str,
}

/// The classification head of a vision transformer; its names stand outside the recipe's prefix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Classifier {
    /// Linear layers, one per leading token they read; the logits are their mean.
    pub heads: &'static [&'static str],
}
