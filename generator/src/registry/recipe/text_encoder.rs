//! Particulars of a bidirectional text encoder; the defaults are BERT's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NormEps;
use crate::registry::constraint::WEIGHT;

/// Particulars of a bidirectional text encoder (BERT, RoBERTa, DistilBERT, MPNet and their like).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TextEncoder {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `bert.`.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// Where a token's row of the position table comes from.
    pub positions: Positions,
    /// Whether the graph takes `token_type_ids`.
    pub token_types: TokenTypes,
    /// Where layer normalisation stands in a block.
    pub norm: NormPlace,
    /// Keys of config.json.
    pub config: TextEncoderConfig,
    /// Names of the weights.
    pub weights: TextEncoderWeights,
    /// A bias per head and relative distance that every layer adds to its attention scores.
    pub relative_bias: Option<RelativeBias>,
    /// The masked-language-model head; `null` where the family has none.
    pub mask_head: Option<MaskHead>,
}

impl Default for TextEncoder {
    fn default() -> Self {
        Self {
            prefix: "bert.".to_owned(),
            positions: Positions::Index,
            token_types: TokenTypes::Input,
            norm: NormPlace::Post,
            config: TextEncoderConfig::default(),
            weights: TextEncoderWeights::default(),
            relative_bias: None,
            mask_head: Some(MaskHead::default()),
        }
    }
}

/// Where a token's row of the position table comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// The token's index in the sequence.
    Index,
    /// `pad_token_id` plus the count of non-padding tokens so far; padding takes the row `pad_token_id`.
    AfterPadding,
}

/// How token types (segments) enter the embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenTypes {
    /// The graph takes `token_type_ids`.
    Input,
    /// Every token is of type 0; the row is added at export time.
    Zero,
    /// The family has none.
    Absent,
}

/// Where layer normalisation stands in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NormPlace {
    /// Before attention and before the feed-forward part, with a final normalisation.
    Pre,
    /// After each residual sum, with a normalisation of the embeddings.
    Post,
}

/// Keys of config.json that a text encoder reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TextEncoderConfig {
    /// Width of a hidden state.
    #[schemars(regex(pattern = WEIGHT))]
    pub hidden_size: String,
    /// Number of blocks.
    #[schemars(regex(pattern = WEIGHT))]
    pub layers: String,
    /// Number of attention heads.
    #[schemars(regex(pattern = WEIGHT))]
    pub heads: String,
    /// Width of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate_size: String,
    /// Activation of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// Epsilon of layer normalisation: a key, or a constant where the family's code has one.
    pub norm_eps: NormEps,
}

impl Default for TextEncoderConfig {
    fn default() -> Self {
        Self {
            hidden_size: "hidden_size".to_owned(),
            layers: "num_hidden_layers".to_owned(),
            heads: "num_attention_heads".to_owned(),
            intermediate_size: "intermediate_size".to_owned(),
            activation: "hidden_act".to_owned(),
            norm_eps: NormEps::Key("layer_norm_eps".to_owned()),
        }
    }
}

/// Names of a text encoder's weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TextEncoderWeights {
    /// Table of token embeddings, `(vocabulary, hidden)`.
    #[schemars(regex(pattern = WEIGHT))]
    pub word_embeddings: String,
    /// Table of positions, `(positions, hidden)`.
    #[schemars(regex(pattern = WEIGHT))]
    pub position_embeddings: String,
    /// Table of token types, `(types, hidden)`; `null` where the family has none.
    #[schemars(regex(pattern = WEIGHT))]
    pub token_type_embeddings: Option<String>,
    /// Normalisation of the embeddings, or the final one of a pre-norm encoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
    /// Query projection of a block.
    #[schemars(regex(pattern = WEIGHT))]
    pub query: String,
    /// Key projection of a block.
    #[schemars(regex(pattern = WEIGHT))]
    pub key: String,
    /// Value projection of a block.
    #[schemars(regex(pattern = WEIGHT))]
    pub value: String,
    /// Output projection of attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_output: String,
    /// Normalisation that belongs to attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_norm: String,
    /// First projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// Second projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Normalisation that belongs to the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output_norm: String,
    /// Dense layer of the pooler; `null` where the family has none.
    #[schemars(regex(pattern = WEIGHT))]
    pub pooler: Option<String>,
}

impl Default for TextEncoderWeights {
    fn default() -> Self {
        Self {
            word_embeddings: "embeddings.word_embeddings.weight".to_owned(),
            position_embeddings: "embeddings.position_embeddings.weight".to_owned(),
            token_type_embeddings: Some("embeddings.token_type_embeddings.weight".to_owned()),
            norm: "embeddings.LayerNorm".to_owned(),
            query: "encoder.layer.{layer}.attention.self.query".to_owned(),
            key: "encoder.layer.{layer}.attention.self.key".to_owned(),
            value: "encoder.layer.{layer}.attention.self.value".to_owned(),
            attention_output: "encoder.layer.{layer}.attention.output.dense".to_owned(),
            attention_norm: "encoder.layer.{layer}.attention.output.LayerNorm".to_owned(),
            intermediate: "encoder.layer.{layer}.intermediate.dense".to_owned(),
            output: "encoder.layer.{layer}.output.dense".to_owned(),
            output_norm: "encoder.layer.{layer}.output.LayerNorm".to_owned(),
            pooler: Some("pooler.dense".to_owned()),
        }
    }
}

/// Relative position bias in T5's bidirectional buckets (Raffel et al., 2020, arXiv:1910.10683).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RelativeBias {
    /// Table `(buckets, heads)`.
    #[schemars(regex(pattern = WEIGHT))]
    pub weight: String,
    /// Number of buckets, both directions together.
    #[schemars(range(min = 2, max = 4096))]
    pub buckets: u32,
    /// Distance from which on everything falls into the last bucket.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub max_distance: u32,
}

impl Default for RelativeBias {
    fn default() -> Self {
        Self {
            weight: "encoder.relative_attention_bias.weight".to_owned(),
            buckets: 32,
            max_distance: 128,
        }
    }
}

/// Names of a masked-language-model head's weights; they stand outside the recipe's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MaskHead {
    /// Dense layer before the vocabulary projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub dense: String,
    /// Normalisation after the activation.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
    /// Matrix of the vocabulary projection; tied to the word embeddings where the checkpoint has none.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder: String,
    /// Bias of the vocabulary projection, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub bias: String,
}

impl Default for MaskHead {
    fn default() -> Self {
        Self {
            dense: "cls.predictions.transform.dense".to_owned(),
            norm: "cls.predictions.transform.LayerNorm".to_owned(),
            decoder: "cls.predictions.decoder.weight".to_owned(),
            bias: "cls.predictions.bias".to_owned(),
        }
    }
}
