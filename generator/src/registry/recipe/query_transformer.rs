//! Particulars of trained queries that attend to each other and to a picture; the defaults are BLIP-2's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TowerConfig;
use crate::registry::constraint::WEIGHT;

/// Trained queries that attend to each other and to a picture (BLIP-2's Q-Former). The keys are
/// those of its section; a name is relative to its prefix where it has `{layer}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QueryTransformer {
    /// Section of config.json.
    #[schemars(regex(pattern = WEIGHT))]
    pub section: String,
    /// Key of config.json with the number of queries.
    #[schemars(regex(pattern = WEIGHT))]
    pub count: String,
    /// Key of the section: in every so many blocks, from the first on, queries see the picture.
    #[schemars(regex(pattern = WEIGHT))]
    pub frequency: String,
    /// Table of queries, `(1, queries, hidden)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub queries: String,
    /// Normalisation of the queries.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
    /// Keys of the section about its blocks.
    pub config: TowerConfig,
    /// What the names of a block's weights begin with.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// Attention of the queries to each other.
    pub attention: QueryAttention,
    /// Attention of the queries to the picture.
    pub cross_attention: QueryAttention,
    /// First projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// Second projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Normalisation after the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output_norm: String,
    /// Linear layer into the language model's space, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub projection: String,
}

impl Default for QueryTransformer {
    fn default() -> Self {
        Self {
            section: "qformer_config".to_owned(),
            count: "num_query_tokens".to_owned(),
            frequency: "cross_attention_frequency".to_owned(),
            queries: "query_tokens".to_owned(),
            norm: "qformer.layernorm".to_owned(),
            config: TowerConfig::default(),
            prefix: "qformer.encoder.layer.{layer}.".to_owned(),
            attention: QueryAttention::default(),
            cross_attention: QueryAttention::named("crossattention"),
            intermediate: "intermediate_query.dense".to_owned(),
            output: "output_query.dense".to_owned(),
            output_norm: "output_query.LayerNorm".to_owned(),
            projection: "language_projection".to_owned(),
        }
    }
}

/// Names of an attention layer that is normalised after the residual sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QueryAttention {
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
    /// Normalisation after the residual sum.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
}

impl QueryAttention {
    /// The usual names inside of a part.
    fn named(part: &str) -> Self {
        Self {
            query: format!("{part}.attention.query"),
            key: format!("{part}.attention.key"),
            value: format!("{part}.attention.value"),
            output: format!("{part}.output.dense"),
            norm: format!("{part}.output.LayerNorm"),
        }
    }
}

impl Default for QueryAttention {
    fn default() -> Self {
        Self::named("attention")
    }
}
