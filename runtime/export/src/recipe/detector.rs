//! Particulars of a detector: a residual network, a transformer, heads for classes and boxes.

use super::NormEps;

/// Particulars of a detector of a residual network, a transformer over its map, and heads for classes and boxes (DETR;
/// Carion et al., 2020, arXiv:2005.12872). `{stage}` stands for a stage of the backbone, `{layer}` for a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detector {
    /// Keys of config.json.
    pub config: DetectorConfig,
    /// Names of the weights.
    pub weights: DetectorWeights,
}

/// Keys of config.json that the builder reads, and constants of the family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorConfig {
    /// Section about the backbone, a ResNet of transformers.
    pub backbone: &'static str,
    /// Width of a hidden state.
    pub width: &'static str,
    /// Number of objects that are looked for.
    pub queries: &'static str,
    /// Number of encoder blocks.
    pub encoder_layers: &'static str,
    /// Number of attention heads of the encoder.
    pub encoder_heads: &'static str,
    /// Width of the encoder's feed-forward part.
    pub encoder_feed_forward: &'static str,
    /// Number of decoder blocks.
    pub decoder_layers: &'static str,
    /// Number of attention heads of the decoder.
    pub decoder_heads: &'static str,
    /// Width of the decoder's feed-forward part.
    pub decoder_feed_forward: &'static str,
    /// Activation of the feed-forward parts.
    pub activation: &'static str,
    /// Epsilon of layer normalisation and of the frozen batch normalisation.
    pub norm_eps: NormEps,
}

/// Names of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorWeights {
    /// First convolution of the backbone with its normalisation.
    pub stem: &'static str,
    /// A block of the backbone: convolutions `layer.0`, `layer.1` … and `shortcut`.
    pub residual_block: &'static str,
    /// Convolution from the backbone's map to the transformer's width.
    pub input_projection: &'static str,
    /// Table of the queries' positions, `(queries, width)`.
    pub queries: &'static str,
    /// A block of the encoder.
    pub encoder_block: &'static str,
    /// A block of the decoder.
    pub decoder_block: &'static str,
    /// Attention of a block to itself, within the block.
    pub self_attention: &'static str,
    /// Normalisation after it, within the block.
    pub self_norm: &'static str,
    /// Attention of a decoder block to the encoder, within the block.
    pub cross_attention: &'static str,
    /// Normalisation after it, within the block.
    pub cross_norm: &'static str,
    /// First projection of the feed-forward part, within the block.
    pub intermediate: &'static str,
    /// Second projection of the feed-forward part, within the block.
    pub output: &'static str,
    /// Normalisation after the feed-forward part, within the block.
    pub output_norm: &'static str,
    /// Normalisation after the decoder.
    pub norm: &'static str,
    /// Classifier of the queries; the last class is no object.
    pub classifier: &'static str,
    /// The three layers that give a query's box.
    pub boxes: &'static str,
}
