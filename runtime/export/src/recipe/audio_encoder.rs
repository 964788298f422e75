//! Particulars of transformers over a waveform.

use super::NormEps;

/// Particulars of a transformer over a waveform that convolutions cut into frames (Wav2Vec2, HuBERT and their like).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AudioEncoder {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `wav2vec2.`.
    pub prefix: &'static str,
    /// Keys of config.json.
    pub config: AudioEncoderConfig,
    /// Names of the weights.
    pub weights: AudioEncoderWeights,
    /// A bias per head and relative distance, scaled by every layer's own gates, where the family has one.
    pub gated_bias: Option<GatedBias>,
    /// Linear layer that gives CTC's scores of the vocabulary; its name stands outside the prefix.
    pub ctc_head: Option<&'static str>,
}

/// Keys of config.json that a transformer over a waveform reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AudioEncoderConfig {
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
    /// Epsilon of layer normalisation.
    pub norm_eps: NormEps,
    /// Whether frames are normalised before they are projected; families without the key always do.
    pub projection_norm: Option<&'static str>,
}

/// Names of the weights of a transformer over a waveform.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AudioEncoderWeights {
    /// A convolution over the waveform.
    pub convolution: &'static str,
    /// Normalisation of a convolution's output.
    pub convolution_norm: &'static str,
    /// Normalisation of the frames before they are projected.
    pub projection_norm: &'static str,
    /// Projection of the frames to the hidden width.
    pub projection: &'static str,
    /// Convolution that embeds positions; its weight is stored as a direction and a length.
    pub position_convolution: &'static str,
    /// Normalisation of the embedded frames, or the final one of a stable encoder.
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
}

/// Gated relative position bias (Chen et al., 2022, arXiv:2110.13900, section 3.2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GatedBias {
    /// Key of config.json with the number of buckets that distances fall into.
    pub buckets: &'static str,
    /// Key of config.json with the distance from which on everything falls into the last bucket.
    pub max_distance: &'static str,
    /// Table `(buckets, heads)` of the first layer, which all layers share.
    pub table: &'static str,
    /// Linear layer from a head's width to the eight numbers that two gates are made of.
    pub gate: &'static str,
    /// Scale of the second gate, `(1, heads, 1, 1)`, by its full name.
    pub gate_scale: &'static str,
}
