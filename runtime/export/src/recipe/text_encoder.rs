//! Particulars of bidirectional text encoders.

use super::NormEps;

/// Particulars of a bidirectional text encoder (BERT, RoBERTa, DistilBERT, MPNet and their like).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextEncoder {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `bert.`.
    pub prefix: &'static str,
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
    /// The masked-language-model head, where the family has one.
    pub mask_head: Option<MaskHead>,
}

/// Where a token's row of the position table comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Positions {
    /// The token's index in the sequence.
    Index,
    /// `pad_token_id` plus the count of non-padding tokens so far; padding takes the row
    /// `pad_token_id`.
    AfterPadding,
}

/// How token types (segments) enter the embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTypes {
    /// The graph takes `token_type_ids`.
    Input,
    /// Every token is of type 0; the row is added at export time.
    Zero,
    /// The family has none.
    Absent,
}

/// Where layer normalisation stands in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormPlace {
    /// Before attention and before the feed-forward part, with a final normalisation.
    Pre,
    /// After each residual sum, with a normalisation of the embeddings.
    Post,
}

/// Keys of config.json that a text encoder reads, besides those that have one name in every family:
/// `vocab_size`, `max_position_embeddings`, `type_vocab_size`, `pad_token_id`,
/// `tie_word_embeddings`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextEncoderConfig {
    /// Width of a hidden state.
    pub hidden_size: &'static str,
    /// Number of blocks.
    pub layers: &'static str,
    /// Number of attention heads.
    pub heads: &'static str,
    /// Width of the feed-forward part.
    pub intermediate_size: &'static str,
    /// Activation of the feed-forward part.
    pub activation: &'static str,
    /// Epsilon of layer normalisation: a key, or a constant where the family's code has one.
    pub norm_eps: NormEps,
}

/// Names of a text encoder's weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextEncoderWeights {
    /// Table of token embeddings, `(vocabulary, hidden)`, by its full name like all tables.
    pub word_embeddings: &'static str,
    /// Table of positions, `(positions, hidden)`.
    pub position_embeddings: &'static str,
    /// Table of token types, `(types, hidden)`.
    pub token_type_embeddings: Option<&'static str>,
    /// Normalisation of the embeddings, or the final one of a pre-norm encoder.
    pub norm: &'static str,
    /// Query projection of a block.
    pub query: &'static str,
    /// Key projection of a block.
    pub key: &'static str,
    /// Value projection of a block.
    pub value: &'static str,
    /// Output projection of attention.
    pub attention_output: &'static str,
    /// Normalisation that belongs to attention.
    pub attention_norm: &'static str,
    /// First projection of the feed-forward part.
    pub intermediate: &'static str,
    /// Second projection of the feed-forward part.
    pub output: &'static str,
    /// Normalisation that belongs to the feed-forward part.
    pub output_norm: &'static str,
    /// Dense layer of the pooler, where the family has one.
    pub pooler: Option<&'static str>,
}

/// Relative position bias in T5's bidirectional buckets (Raffel et al., 2020, arXiv:1910.10683).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelativeBias {
    /// Table `(buckets, heads)`.
    pub weight: &'static str,
    /// Number of buckets, both directions together.
    pub buckets: u32,
    /// Distance from which on everything falls into the last bucket.
    pub max_distance: u32,
}

/// Names of a masked-language-model head's weights; they stand outside the recipe's prefix. Its
/// activation and epsilon are the encoder's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaskHead {
    /// Dense layer before the vocabulary projection.
    pub dense: &'static str,
    /// Normalisation after the activation.
    pub norm: &'static str,
    /// Matrix of the vocabulary projection, by its full name; tied to the word embeddings where the
    /// checkpoint has none.
    pub decoder: &'static str,
    /// Bias of the vocabulary projection, by its full name.
    pub bias: &'static str,
}
