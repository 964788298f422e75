//! Particulars of a stack of transformer blocks that normalise before each part; the defaults are CLIP's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FeedForward, NormEps};
use crate::registry::constraint::WEIGHT;

/// A stack of blocks, each with attention and a feed-forward part, normalised before either.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TowerLayers {
    /// What the names of a block's weights begin with; `{layer}` stands for the block's number.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// Keys of config.json, or of the tower's section of it.
    pub config: TowerConfig,
    /// Names of the weights.
    pub weights: TowerWeights,
}

impl Default for TowerLayers {
    fn default() -> Self {
        Self {
            prefix: "text_model.encoder.layers.{layer}.".to_owned(),
            config: TowerConfig::default(),
            weights: TowerWeights::default(),
        }
    }
}

/// Keys of config.json that a stack of blocks reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TowerConfig {
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
}

impl Default for TowerConfig {
    fn default() -> Self {
        Self {
            hidden_size: "hidden_size".to_owned(),
            layers: "num_hidden_layers".to_owned(),
            heads: "num_attention_heads".to_owned(),
            feed_forward: FeedForward::Width("intermediate_size".to_owned()),
            activation: "hidden_act".to_owned(),
            norm_eps: NormEps::Key("layer_norm_eps".to_owned()),
        }
    }
}

/// Names of the weights of a block, relative to the stack's prefix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TowerWeights {
    /// Normalisation before attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_before: String,
    /// Query projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub query: String,
    /// Key projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub key: String,
    /// Value projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub value: String,
    /// One linear layer for query, key and value, in this order, in place of the three.
    pub fused: Option<FusedLayer>,
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
}

impl Default for TowerWeights {
    fn default() -> Self {
        Self {
            norm_before: "layer_norm1".to_owned(),
            query: "self_attn.q_proj".to_owned(),
            key: "self_attn.k_proj".to_owned(),
            value: "self_attn.v_proj".to_owned(),
            fused: None,
            attention_output: "self_attn.out_proj".to_owned(),
            norm_after: "layer_norm2".to_owned(),
            intermediate: "mlp.fc1".to_owned(),
            output: "mlp.fc2".to_owned(),
        }
    }
}

impl TowerLayers {
    /// Blocks of the usual names behind another prefix.
    pub(super) fn named(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            ..Self::default()
        }
    }
}

/// Names of one linear layer for query, key and value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FusedLayer {
    /// Matrix `(3 hidden, hidden)`, by its name with all that ends it.
    #[schemars(regex(pattern = WEIGHT))]
    pub matrix: String,
    /// Bias `(3 hidden)`, likewise.
    #[schemars(regex(pattern = WEIGHT))]
    pub bias: String,
    /// A key and a value of the block's own that every query finds after those of the tokens, whose number must be fixed.
    #[serde(default)]
    pub extra: Option<ExtraKey>,
}

/// Names of a key and a value that no token gives (`add_bias_kv` of torch's `MultiheadAttention`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtraKey {
    /// The key, `(1, 1, hidden)`, by its name with all that ends it.
    #[schemars(regex(pattern = WEIGHT))]
    pub key: String,
    /// The value, likewise.
    #[schemars(regex(pattern = WEIGHT))]
    pub value: String,
}
