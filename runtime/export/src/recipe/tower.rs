//! Particulars of a stack of transformer blocks that normalise before each part.

use super::{FeedForward, NormEps};

/// A stack of blocks, each with attention and a feed-forward part, normalised before either.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TowerLayers {
    /// What the names of a block's weights begin with; `{layer}` stands for the block's number.
    pub prefix: &'static str,
    /// Keys of config.json, or of the tower's section of it.
    pub config: TowerConfig,
    /// Names of the weights.
    pub weights: TowerWeights,
}

/// Keys of config.json that a stack of blocks reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TowerConfig {
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
}

/// Names of the weights of a block, relative to the stack's prefix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TowerWeights {
    /// Normalisation before attention.
    pub norm_before: &'static str,
    /// Query projection.
    pub query: &'static str,
    /// Key projection.
    pub key: &'static str,
    /// Value projection.
    pub value: &'static str,
    /// One linear layer for query, key and value, in this order, in place of the three.
    pub fused: Option<FusedLayer>,
    /// Output projection of attention.
    pub attention_output: &'static str,
    /// Normalisation before the feed-forward part.
    pub norm_after: &'static str,
    /// First projection of the feed-forward part.
    pub intermediate: &'static str,
    /// Second projection of the feed-forward part.
    pub output: &'static str,
}

/// Names of one linear layer for query, key and value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FusedLayer {
    /// Matrix `(3 hidden, hidden)`, by its name with all that ends it.
    pub matrix: &'static str,
    /// Bias `(3 hidden)`, likewise.
    pub bias: &'static str,
    /// A key and a value of the block's own that every query finds after those of the tokens, whose number must be fixed.
    pub extra: Option<ExtraKey>,
}

/// Names of a key and a value that no token gives (`add_bias_kv` of torch's `MultiheadAttention`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExtraKey {
    /// The key, `(1, 1, hidden)`, by its name with all that ends it.
    pub key: &'static str,
    /// The value, likewise.
    pub value: &'static str,
}
