//! Particulars of an encoder–decoder transformer; the defaults are BART's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NormEps, NormPlace};
use crate::registry::constraint::WEIGHT;

mod weights;

pub use weights::{AttentionWeights, StackWeights, VocabularyHead};

/// Particulars of an encoder–decoder transformer (T5, Whisper, BART and their like). Both stacks go by the same
/// names: `{stack}` stands for `encoder` or `decoder`, `{last}` for the number of a block's last part, 1 or 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EncoderDecoder {
    /// Prefix of the weights in checkpoints that carry the vocabulary head, such as `model.`.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// The convolutions before an encoder of audio features; `null` where the encoder reads token ids.
    pub features: Option<FeatureStem>,
    /// What a normalisation computes.
    pub norm: StackNorm,
    /// Where normalisation stands in a block.
    pub norm_place: NormPlace,
    /// Which linear layers of a block have a bias.
    pub biases: StackBiases,
    /// Whether attention scores are divided by the square root of a head's width.
    pub scales_scores: bool,
    /// How positions enter: `{buckets: …}` or `{table: …}`.
    pub positions: StackPositions,
    /// Keys of config.json.
    pub config: EncoderDecoderConfig,
    /// Table of token embeddings, `(vocabulary, width)`, which both stacks share.
    #[schemars(regex(pattern = WEIGHT))]
    pub tokens: String,
    /// Key of config.json that says whether token embeddings are multiplied by the square root of their width;
    /// `null` where they never are.
    #[schemars(regex(pattern = WEIGHT))]
    pub token_scale: Option<String>,
    /// Names of the weights of either stack.
    pub stack: StackWeights,
    /// Names of the weights of the decoder's attention to the encoder.
    pub cross: AttentionWeights,
    /// The projection to the vocabulary.
    pub head: VocabularyHead,
}

impl Default for EncoderDecoder {
    fn default() -> Self {
        Self {
            prefix: "model.".to_owned(),
            features: None,
            norm: StackNorm::Layer,
            norm_place: NormPlace::Post,
            biases: StackBiases::All,
            scales_scores: true,
            positions: StackPositions::Table(PositionTables::default()),
            config: EncoderDecoderConfig::default(),
            tokens: "shared.weight".to_owned(),
            token_scale: Some("scale_embedding".to_owned()),
            stack: StackWeights::default(),
            cross: AttentionWeights::of("decoder.layers.{layer}.encoder_attn"),
            head: VocabularyHead::default(),
        }
    }
}

/// The convolutions between audio features and an encoder; kernel 3, padding 1, GELU after each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeatureStem {
    /// Key of config.json with the number of features of a frame.
    #[schemars(regex(pattern = WEIGHT))]
    pub channels: String,
    /// The convolutions in order.
    pub convolutions: Vec<StemConvolution>,
}

/// One convolution over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StemConvolution {
    /// Its name.
    #[schemars(regex(pattern = WEIGHT))]
    pub name: String,
    /// Its stride.
    #[schemars(range(min = 1, max = 16))]
    pub stride: u32,
}

/// What a normalisation computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StackNorm {
    /// Layer normalisation with scale and shift.
    Layer,
    /// Division by the root of the mean square, with a scale.
    RootMeanSquare,
}

/// Which linear layers of a block have a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StackBiases {
    /// None of them.
    Absent,
    /// All but the key projections.
    AllButKey,
    /// All of them.
    All,
}

/// How positions enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StackPositions {
    /// A bias per head and bucket of distances (Raffel et al., 2020, arXiv:1910.10683).
    Buckets(DistanceBuckets),
    /// A row of a table is added to each embedding.
    Table(PositionTables),
}

/// Keys of config.json about buckets of distances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DistanceBuckets {
    /// Number of buckets.
    #[schemars(regex(pattern = WEIGHT))]
    pub buckets: String,
    /// Distance from which on everything falls into the last bucket; 128 where the key is absent.
    #[schemars(regex(pattern = WEIGHT))]
    pub max_distance: String,
}

/// Tables of positions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PositionTables {
    /// Key of config.json with the most positions of the encoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub encoder: String,
    /// Key of config.json with the most positions of the decoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder: String,
    /// Number of rows at the table's beginning that no position uses.
    #[schemars(range(min = 0, max = 4096))]
    pub unused_rows: u32,
}

impl Default for PositionTables {
    fn default() -> Self {
        Self {
            encoder: "max_position_embeddings".to_owned(),
            decoder: "max_position_embeddings".to_owned(),
            unused_rows: 2,
        }
    }
}

/// Keys of config.json that an encoder–decoder reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EncoderDecoderConfig {
    /// Width of a hidden state.
    #[schemars(regex(pattern = WEIGHT))]
    pub width: String,
    /// Width of an attention head; `null` where it is the hidden width divided by the heads.
    #[schemars(regex(pattern = WEIGHT))]
    pub head_width: Option<String>,
    /// Number of the encoder's blocks.
    #[schemars(regex(pattern = WEIGHT))]
    pub encoder_layers: String,
    /// Number of the decoder's blocks; as many as the encoder's where the key is absent.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder_layers: String,
    /// Number of the encoder's attention heads.
    #[schemars(regex(pattern = WEIGHT))]
    pub encoder_heads: String,
    /// Number of the decoder's attention heads.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder_heads: String,
    /// Width of the encoder's feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub encoder_intermediate: String,
    /// Width of the decoder's feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder_intermediate: String,
    /// Activation of the feed-forward part; `gated-` before its name asks for a gate.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// The activation where the key is absent.
    #[schemars(regex(pattern = WEIGHT))]
    pub default_activation: String,
    /// Epsilon of normalisation: a key, or a constant where the family's code has one.
    pub norm_eps: NormEps,
}

impl Default for EncoderDecoderConfig {
    fn default() -> Self {
        Self {
            width: "d_model".to_owned(),
            head_width: None,
            encoder_layers: "encoder_layers".to_owned(),
            decoder_layers: "decoder_layers".to_owned(),
            encoder_heads: "encoder_attention_heads".to_owned(),
            decoder_heads: "decoder_attention_heads".to_owned(),
            encoder_intermediate: "encoder_ffn_dim".to_owned(),
            decoder_intermediate: "decoder_ffn_dim".to_owned(),
            activation: "activation_function".to_owned(),
            default_activation: "gelu".to_owned(),
            norm_eps: NormEps::Constant(1e-5),
        }
    }
}
