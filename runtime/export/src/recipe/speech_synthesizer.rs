//! Particulars of models that speak a text.

use super::NormEps;

/// Particulars of a model that speaks a text: a text encoder, a predictor of durations, a flow and a vocoder (VITS; Kim et
/// al., 2021, arXiv:2106.06103).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeechSynthesizer {
    /// Keys of config.json.
    pub config: SpeechSynthesizerConfig,
    /// Names of the weights.
    pub weights: SpeechSynthesizerWeights,
}

/// Keys of config.json that the builder reads; those of duration predictor, flow and vocoder are `VitsConfig`'s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeechSynthesizerConfig {
    /// Width of a hidden state of the text encoder.
    pub hidden_size: &'static str,
    /// Number of its blocks.
    pub layers: &'static str,
    /// Number of its attention heads.
    pub heads: &'static str,
    /// Distance up to which its attention knows positions.
    pub window: &'static str,
    /// Width of its feed-forward part.
    pub intermediate_size: &'static str,
    /// Kernel of the convolutions of its feed-forward part.
    pub kernel: &'static str,
    /// Activation of its feed-forward part.
    pub activation: &'static str,
    /// Epsilon of layer normalisation.
    pub norm_eps: NormEps,
    /// Number of channels of the spectrogram that the vocoder is given.
    pub channels: &'static str,
}

/// Names of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeechSynthesizerWeights {
    /// Table of the letters' embeddings, by its full name.
    pub embeddings: &'static str,
    /// Query projection of a block.
    pub query: &'static str,
    /// Key projection of a block.
    pub key: &'static str,
    /// Value projection of a block.
    pub value: &'static str,
    /// Output projection of attention.
    pub attention_output: &'static str,
    /// What a key is added to for its distance, `(1, distances, head width)`, by its full name.
    pub relative_key: &'static str,
    /// What a value is added to for its distance, likewise.
    pub relative_value: &'static str,
    /// Normalisation after attention.
    pub attention_norm: &'static str,
    /// First convolution of the feed-forward part.
    pub intermediate: &'static str,
    /// Second convolution of the feed-forward part.
    pub output: &'static str,
    /// Normalisation after the feed-forward part.
    pub output_norm: &'static str,
    /// Convolution that gives means and logarithms of deviations of what is spoken.
    pub prior: &'static str,
    /// The predictor of durations.
    pub durations: &'static str,
    /// A layer of the flow.
    pub flow: &'static str,
    /// The vocoder.
    pub vocoder: &'static str,
    /// Table of the speakers' embeddings, by its full name.
    pub speakers: &'static str,
}
