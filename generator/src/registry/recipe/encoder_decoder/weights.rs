//! Names of an encoder–decoder's weights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::registry::constraint::WEIGHT;

/// Names of the weights of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StackWeights {
    /// Table of positions `(positions, width)`, or of distances `(buckets, heads)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub positions: String,
    /// Normalisation of the embeddings; `null` where there is none.
    #[schemars(regex(pattern = WEIGHT))]
    pub embedding_norm: Option<String>,
    /// Self-attention of a block.
    pub attention: AttentionWeights,
    /// First projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// The two first projections of a gated feed-forward part, the activated one first; `null` where the family has
    /// no such form.
    pub gated: Option<GatedWeights>,
    /// Last projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Normalisation that belongs to the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output_norm: String,
    /// Normalisation after the last block; `null` where there is none.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: Option<String>,
}

impl Default for StackWeights {
    fn default() -> Self {
        Self {
            positions: "{stack}.embed_positions.weight".to_owned(),
            embedding_norm: Some("{stack}.layernorm_embedding".to_owned()),
            attention: AttentionWeights::of("{stack}.layers.{layer}.self_attn"),
            intermediate: "{stack}.layers.{layer}.fc1".to_owned(),
            gated: None,
            output: "{stack}.layers.{layer}.fc2".to_owned(),
            output_norm: "{stack}.layers.{layer}.final_layer_norm".to_owned(),
            norm: None,
        }
    }
}

/// Names of the two first projections of a gated feed-forward part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GatedWeights {
    /// The one that is activated.
    #[schemars(regex(pattern = WEIGHT))]
    pub activated: String,
    /// The one it gates.
    #[schemars(regex(pattern = WEIGHT))]
    pub plain: String,
}

/// Names of the weights of one attention layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttentionWeights {
    /// Query projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub query: String,
    /// Key projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub key: String,
    /// Value projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub value: String,
    /// Output projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Normalisation that belongs to the layer.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
}

impl AttentionWeights {
    /// BART's names of a layer.
    pub(super) fn of(layer: &str) -> Self {
        Self {
            query: format!("{layer}.q_proj"),
            key: format!("{layer}.k_proj"),
            value: format!("{layer}.v_proj"),
            output: format!("{layer}.out_proj"),
            norm: format!("{layer}_layer_norm"),
        }
    }
}

/// The projection to the vocabulary; its names stand outside the recipe's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VocabularyHead {
    /// Matrix `(vocabulary, width)` by its full name, where it is not tied to the embeddings.
    #[schemars(regex(pattern = WEIGHT))]
    pub matrix: String,
    /// Bias `(1, vocabulary)` by its full name; `null` where the family has none.
    #[schemars(regex(pattern = WEIGHT))]
    pub bias: Option<String>,
    /// Whether the matrix is tied where config.json does not say.
    pub is_tied_by_default: bool,
    /// Whether a tied matrix is applied to states divided by the square root of their width.
    pub scales_when_tied: bool,
}

impl Default for VocabularyHead {
    fn default() -> Self {
        Self {
            matrix: "lm_head.weight".to_owned(),
            bias: Some("final_logits_bias".to_owned()),
            is_tied_by_default: true,
            scales_when_tied: false,
        }
    }
}
