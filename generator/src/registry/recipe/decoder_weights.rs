//! Names of a decoder's weights; the defaults are LLaMA's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::registry::constraint::WEIGHT;

/// Names of a decoder's weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DecoderWeights {
    /// Table of token embeddings, `(vocabulary, hidden)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub embeddings: String,
    /// Normalisation that belongs to attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_norm: String,
    /// Projections to query, key and value: `{separate: …}` or `{fused: name}`.
    pub projections: Projections,
    /// Normalisation of queries and keys, where the family has it.
    pub head_norm: Option<HeadNorm>,
    /// Output projection of attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_output: String,
    /// Normalisation that belongs to the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub feed_forward_norm: String,
    /// Projection whose activation gates the other, where the feed-forward part is gated.
    #[schemars(regex(pattern = WEIGHT))]
    pub gate: Option<String>,
    /// First projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub up: String,
    /// Second projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub down: String,
    /// Final normalisation.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
    /// Projection to the vocabulary; outside the prefix.
    #[schemars(regex(pattern = WEIGHT))]
    pub head: String,
}

impl Default for DecoderWeights {
    fn default() -> Self {
        let name = |name: &str| format!("layers.{{layer}}.{name}");
        Self {
            embeddings: "embed_tokens.weight".to_owned(),
            attention_norm: name("input_layernorm"),
            projections: Projections::Separate {
                query: name("self_attn.q_proj"),
                key: name("self_attn.k_proj"),
                value: name("self_attn.v_proj"),
            },
            head_norm: None,
            attention_output: name("self_attn.o_proj"),
            feed_forward_norm: name("post_attention_layernorm"),
            gate: Some(name("mlp.gate_proj")),
            up: name("mlp.up_proj"),
            down: name("mlp.down_proj"),
            norm: "norm".to_owned(),
            head: "lm_head".to_owned(),
        }
    }
}

/// Projections to query, key and value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Projections {
    /// One each.
    Separate {
        /// Query projection.
        #[schemars(regex(pattern = WEIGHT))]
        query: String,
        /// Key projection.
        #[schemars(regex(pattern = WEIGHT))]
        key: String,
        /// Value projection.
        #[schemars(regex(pattern = WEIGHT))]
        value: String,
    },
    /// One for all, queries first, then keys, then values.
    Fused(#[schemars(regex(pattern = WEIGHT))] String),
}

/// Normalisation of queries and keys before they are rotated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadNorm {
    /// Weight for queries.
    #[schemars(regex(pattern = WEIGHT))]
    pub query: String,
    /// Weight for keys.
    #[schemars(regex(pattern = WEIGHT))]
    pub key: String,
    /// What is normalised together.
    pub over: HeadNormOver,
}

/// What the normalisation of queries and keys takes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HeadNormOver {
    /// Each head for itself.
    Head,
    /// All heads of a token.
    Token,
}
