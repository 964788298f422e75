//! Particulars of models that speak a text; the defaults are VITS's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NormEps;
use crate::registry::constraint::WEIGHT;

/// Particulars of a model that speaks a text: a text encoder, a predictor of durations, a flow and a vocoder (VITS; Kim et
/// al., 2021, arXiv:2106.06103).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpeechSynthesizer {
    /// Keys of config.json.
    pub config: SpeechSynthesizerConfig,
    /// Names of the weights.
    pub weights: SpeechSynthesizerWeights,
}

/// Keys of config.json that the builder reads; those of duration predictor, flow and vocoder are `VitsConfig`'s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpeechSynthesizerConfig {
    /// Width of a hidden state of the text encoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub hidden_size: String,
    /// Number of its blocks.
    #[schemars(regex(pattern = WEIGHT))]
    pub layers: String,
    /// Number of its attention heads.
    #[schemars(regex(pattern = WEIGHT))]
    pub heads: String,
    /// Distance up to which its attention knows positions.
    #[schemars(regex(pattern = WEIGHT))]
    pub window: String,
    /// Width of its feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate_size: String,
    /// Kernel of the convolutions of its feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub kernel: String,
    /// Activation of its feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// Epsilon of layer normalisation.
    pub norm_eps: NormEps,
    /// Number of channels of the spectrogram that the vocoder is given.
    #[schemars(regex(pattern = WEIGHT))]
    pub channels: String,
}

impl Default for SpeechSynthesizerConfig {
    fn default() -> Self {
        Self {
            hidden_size: "hidden_size".to_owned(),
            layers: "num_hidden_layers".to_owned(),
            heads: "num_attention_heads".to_owned(),
            window: "window_size".to_owned(),
            intermediate_size: "ffn_dim".to_owned(),
            kernel: "ffn_kernel_size".to_owned(),
            activation: "hidden_act".to_owned(),
            norm_eps: NormEps::Key("layer_norm_eps".to_owned()),
            channels: "flow_size".to_owned(),
        }
    }
}

/// Names of the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpeechSynthesizerWeights {
    /// Table of the letters' embeddings, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub embeddings: String,
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
    /// What a key is added to for its distance, `(1, distances, head width)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub relative_key: String,
    /// What a value is added to for its distance, likewise.
    #[schemars(regex(pattern = WEIGHT))]
    pub relative_value: String,
    /// Normalisation after attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_norm: String,
    /// First convolution of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// Second convolution of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Normalisation after the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output_norm: String,
    /// Convolution that gives means and logarithms of deviations of what is spoken.
    #[schemars(regex(pattern = WEIGHT))]
    pub prior: String,
    /// The predictor of durations.
    #[schemars(regex(pattern = WEIGHT))]
    pub durations: String,
    /// A layer of the flow.
    #[schemars(regex(pattern = WEIGHT))]
    pub flow: String,
    /// The vocoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub vocoder: String,
    /// Table of the speakers' embeddings, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub speakers: String,
}

impl Default for SpeechSynthesizerWeights {
    fn default() -> Self {
        Self {
            embeddings: "text_encoder.embed_tokens.weight".to_owned(),
            query: "text_encoder.encoder.layers.{layer}.attention.q_proj".to_owned(),
            key: "text_encoder.encoder.layers.{layer}.attention.k_proj".to_owned(),
            value: "text_encoder.encoder.layers.{layer}.attention.v_proj".to_owned(),
            attention_output: "text_encoder.encoder.layers.{layer}.attention.out_proj".to_owned(),
            relative_key: "text_encoder.encoder.layers.{layer}.attention.emb_rel_k".to_owned(),
            relative_value: "text_encoder.encoder.layers.{layer}.attention.emb_rel_v".to_owned(),
            attention_norm: "text_encoder.encoder.layers.{layer}.layer_norm".to_owned(),
            intermediate: "text_encoder.encoder.layers.{layer}.feed_forward.conv_1".to_owned(),
            output: "text_encoder.encoder.layers.{layer}.feed_forward.conv_2".to_owned(),
            output_norm: "text_encoder.encoder.layers.{layer}.final_layer_norm".to_owned(),
            prior: "text_encoder.project".to_owned(),
            durations: "duration_predictor".to_owned(),
            flow: "flow.flows.{layer}".to_owned(),
            vocoder: "decoder".to_owned(),
            speakers: "embed_speaker.weight".to_owned(),
        }
    }
}
