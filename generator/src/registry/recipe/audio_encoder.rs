//! Particulars of a transformer over a waveform; the defaults are Wav2Vec2's, those of the gated bias WavLM's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NormEps;
use crate::registry::constraint::WEIGHT;

/// Particulars of a transformer over a waveform that convolutions cut into frames (Wav2Vec2, HuBERT and their like).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AudioEncoder {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `wav2vec2.`.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// Keys of config.json.
    pub config: AudioEncoderConfig,
    /// Names of the weights.
    pub weights: AudioEncoderWeights,
    /// A bias per head and relative distance, scaled by every layer's own gates, where the family has one.
    pub gated_bias: Option<GatedBias>,
    /// Linear layer that gives CTC's scores of the vocabulary; its name stands outside the prefix.
    #[schemars(regex(pattern = WEIGHT))]
    pub ctc_head: Option<String>,
}

impl Default for AudioEncoder {
    fn default() -> Self {
        Self {
            prefix: "wav2vec2.".to_owned(),
            config: AudioEncoderConfig::default(),
            weights: AudioEncoderWeights::default(),
            gated_bias: None,
            ctc_head: Some("lm_head".to_owned()),
        }
    }
}

/// Keys of config.json that a transformer over a waveform reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AudioEncoderConfig {
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
    /// Epsilon of layer normalisation.
    pub norm_eps: NormEps,
    /// Whether frames are normalised before they are projected; families without the key always do.
    #[schemars(regex(pattern = WEIGHT))]
    pub projection_norm: Option<String>,
}

impl Default for AudioEncoderConfig {
    fn default() -> Self {
        Self {
            hidden_size: "hidden_size".to_owned(),
            layers: "num_hidden_layers".to_owned(),
            heads: "num_attention_heads".to_owned(),
            intermediate_size: "intermediate_size".to_owned(),
            activation: "hidden_act".to_owned(),
            norm_eps: NormEps::Key("layer_norm_eps".to_owned()),
            projection_norm: None,
        }
    }
}

/// Names of the weights of a transformer over a waveform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AudioEncoderWeights {
    /// A convolution over the waveform.
    #[schemars(regex(pattern = WEIGHT))]
    pub convolution: String,
    /// Normalisation of a convolution's output.
    #[schemars(regex(pattern = WEIGHT))]
    pub convolution_norm: String,
    /// Normalisation of the frames before they are projected.
    #[schemars(regex(pattern = WEIGHT))]
    pub projection_norm: String,
    /// Projection of the frames to the hidden width.
    #[schemars(regex(pattern = WEIGHT))]
    pub projection: String,
    /// Convolution that embeds positions; its weight is stored as a direction and a length.
    #[schemars(regex(pattern = WEIGHT))]
    pub position_convolution: String,
    /// Normalisation of the embedded frames, or the final one of a stable encoder.
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
}

impl Default for AudioEncoderWeights {
    fn default() -> Self {
        Self {
            convolution: "feature_extractor.conv_layers.{layer}.conv".to_owned(),
            convolution_norm: "feature_extractor.conv_layers.{layer}.layer_norm".to_owned(),
            projection_norm: "feature_projection.layer_norm".to_owned(),
            projection: "feature_projection.projection".to_owned(),
            position_convolution: "encoder.pos_conv_embed.conv".to_owned(),
            norm: "encoder.layer_norm".to_owned(),
            query: "encoder.layers.{layer}.attention.q_proj".to_owned(),
            key: "encoder.layers.{layer}.attention.k_proj".to_owned(),
            value: "encoder.layers.{layer}.attention.v_proj".to_owned(),
            attention_output: "encoder.layers.{layer}.attention.out_proj".to_owned(),
            attention_norm: "encoder.layers.{layer}.layer_norm".to_owned(),
            intermediate: "encoder.layers.{layer}.feed_forward.intermediate_dense".to_owned(),
            output: "encoder.layers.{layer}.feed_forward.output_dense".to_owned(),
            output_norm: "encoder.layers.{layer}.final_layer_norm".to_owned(),
        }
    }
}

/// Gated relative position bias (Chen et al., 2022, arXiv:2110.13900, section 3.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GatedBias {
    /// Key of config.json with the number of buckets that distances fall into.
    #[schemars(regex(pattern = WEIGHT))]
    pub buckets: String,
    /// Key of config.json with the distance from which on everything falls into the last bucket.
    #[schemars(regex(pattern = WEIGHT))]
    pub max_distance: String,
    /// Table `(buckets, heads)` of the first layer, which all layers share.
    #[schemars(regex(pattern = WEIGHT))]
    pub table: String,
    /// Linear layer from a head's width to the eight numbers that two gates are made of.
    #[schemars(regex(pattern = WEIGHT))]
    pub gate: String,
    /// Scale of the second gate, `(1, heads, 1, 1)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub gate_scale: String,
}

impl Default for GatedBias {
    fn default() -> Self {
        Self {
            buckets: "num_buckets".to_owned(),
            max_distance: "max_bucket_distance".to_owned(),
            table: "encoder.layers.0.attention.rel_attn_embed.weight".to_owned(),
            gate: "encoder.layers.{layer}.attention.gru_rel_pos_linear".to_owned(),
            gate_scale: "encoder.layers.{layer}.attention.gru_rel_pos_const".to_owned(),
        }
    }
}
