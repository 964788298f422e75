//! Particulars of a decoder-only language model; the defaults are LLaMA's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NormEps;
use super::decoder_weights::DecoderWeights;
use crate::registry::constraint::{TEXT, WEIGHT};

/// Particulars of a decoder-only language model (LLaMA, Qwen, GPT-2, Gemma, `OLMo` and their like).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Decoder {
    /// Prefix of the weights in checkpoints that carry the head, such as `model.`.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// How hidden states are normalised.
    pub norm: DecoderNorm,
    /// Which side of a block's parts is normalised.
    pub norm_place: DecoderNormPlace,
    /// How a token's place enters: `rotary`, or `{learned: table}`.
    pub positions: DecoderPositions,
    /// What token embeddings are multiplied by.
    pub embedding_scale: EmbeddingScale,
    /// How the matrices of the blocks are stored.
    pub storage: MatrixStorage,
    /// Keys of config.json.
    pub config: DecoderConfig,
    /// Names of the weights.
    pub weights: DecoderWeights,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            prefix: "model.".to_owned(),
            norm: DecoderNorm::RootMeanSquare,
            norm_place: DecoderNormPlace::Before,
            positions: DecoderPositions::Rotary,
            embedding_scale: EmbeddingScale::One,
            storage: MatrixStorage::OutIn,
            config: DecoderConfig::default(),
            weights: DecoderWeights::default(),
        }
    }
}

/// How a decoder normalises hidden states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecoderNorm {
    /// Division by the root mean square, then a weight.
    RootMeanSquare,
    /// The same with one added to the weight.
    RootMeanSquarePlusOne,
    /// Layer normalisation with weight and bias.
    Layer,
    /// Layer normalisation without weights.
    PlainLayer,
}

/// Which side of a block's parts is normalised; the last hidden state always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecoderNormPlace {
    /// What goes into attention and into the feed-forward part.
    Before,
    /// What comes out of them, before it is added.
    After,
}

/// How a token's place enters a decoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DecoderPositions {
    /// Queries and keys are rotated by halves.
    Rotary,
    /// A row of this table, `(positions, hidden)`, is added to the embedding.
    Learned(#[schemars(regex(pattern = WEIGHT))] String),
}

/// What token embeddings are multiplied by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EmbeddingScale {
    /// Nothing.
    One,
    /// The square root of the hidden width.
    RootOfWidth,
}

/// How a block's matrices are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MatrixStorage {
    /// `(out, in)`, as linear layers do.
    OutIn,
    /// `(in, out)`, as GPT-2's one-dimensional convolutions do.
    InOut,
}

/// Keys of config.json that a decoder reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DecoderConfig {
    /// Width of a hidden state.
    #[schemars(regex(pattern = WEIGHT))]
    pub hidden_size: String,
    /// Number of blocks.
    #[schemars(regex(pattern = WEIGHT))]
    pub layers: String,
    /// Number of attention heads.
    #[schemars(regex(pattern = WEIGHT))]
    pub heads: String,
    /// Number of heads that keys and values have; as many as queries where the family has no such key.
    #[schemars(regex(pattern = WEIGHT))]
    pub key_value_heads: Option<String>,
    /// Width of a head; the hidden width divided by the heads where the family has no such key.
    #[schemars(regex(pattern = WEIGHT))]
    pub head_width: Option<String>,
    /// Width of the feed-forward part; four times the hidden width where its value is null.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate_size: String,
    /// Activation of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// Number of positions.
    #[schemars(regex(pattern = WEIGHT))]
    pub positions: String,
    /// Epsilon of normalisation.
    pub norm_eps: NormEps,
    /// Whether query, key and value have a bias: a truth value, or the key that says so.
    pub qkv_bias: Bias,
    /// Whether attention's output projection has a bias.
    pub output_bias: Bias,
    /// Whether the feed-forward part has biases.
    pub feed_forward_bias: Bias,
    /// Whether the head is the table of embeddings where `tie_word_embeddings` is absent.
    pub is_tied: bool,
    /// The window that attention is limited to, where the family has one.
    pub window: Option<Window>,
    /// Keys with the only values implemented.
    pub only: Vec<Only>,
}

impl Default for DecoderConfig {
    fn default() -> Self {
        let key = |name: &str| Bias::Key(name.to_owned());
        Self {
            hidden_size: "hidden_size".to_owned(),
            layers: "num_hidden_layers".to_owned(),
            heads: "num_attention_heads".to_owned(),
            key_value_heads: Some("num_key_value_heads".to_owned()),
            head_width: Some("head_dim".to_owned()),
            intermediate_size: "intermediate_size".to_owned(),
            activation: "hidden_act".to_owned(),
            positions: "max_position_embeddings".to_owned(),
            norm_eps: NormEps::Key("rms_norm_eps".to_owned()),
            qkv_bias: key("attention_bias"),
            output_bias: key("attention_bias"),
            feed_forward_bias: key("mlp_bias"),
            is_tied: false,
            window: None,
            only: Vec::new(),
        }
    }
}

/// Whether linear layers have a bias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Bias {
    /// They have, or have not.
    Fixed(bool),
    /// This key of config.json says so; they have none where it is absent.
    Key(#[schemars(regex(pattern = WEIGHT))] String),
}

/// Keys of config.json about a window of tokens that attention is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Number of tokens; no window where it is absent.
    #[schemars(regex(pattern = WEIGHT))]
    pub size: String,
    /// Whether there is one; it is where no key is named.
    #[serde(default)]
    #[schemars(regex(pattern = WEIGHT))]
    pub switch: Option<String>,
    /// The first block that has one; all have where no key is named.
    #[serde(default)]
    #[schemars(regex(pattern = WEIGHT))]
    pub first_layer: Option<String>,
}

/// A key of config.json with the only value implemented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// The key.
    #[schemars(regex(pattern = WEIGHT))]
    pub key: String,
    /// The value, as JSON.
    #[schemars(regex(pattern = TEXT))]
    pub value: String,
}
