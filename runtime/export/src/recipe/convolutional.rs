//! Particulars of a convolutional network in stages of depthwise blocks.

use super::NormEps;

/// Particulars of a convolutional network in stages of depthwise blocks (ConvNeXt; Liu et al., 2022,
/// arXiv:2201.03545). `{stage}` stands for a stage's number, `{layer}` for a block's within it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convolutional {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `convnext.`.
    pub prefix: &'static str,
    /// Keys of config.json.
    pub config: ConvolutionalConfig,
    /// Names of the weights.
    pub weights: ConvolutionalWeights,
    /// Classifier over the normalised mean; it stands outside the prefix.
    pub classifier: Option<&'static str>,
}

/// Keys of config.json that the builder reads, and constants of the family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConvolutionalConfig {
    /// Side of the image in pixels, or height and width.
    pub image_size: &'static str,
    /// Side of a square patch, in pixels.
    pub patch_size: &'static str,
    /// Number of colour channels.
    pub channels: &'static str,
    /// Number of channels of each stage.
    pub widths: &'static str,
    /// Number of blocks of each stage.
    pub depths: &'static str,
    /// Activation between the pointwise layers.
    pub activation: &'static str,
    /// First value of the layer scale; 0 where blocks have none.
    pub layer_scale: &'static str,
    /// Epsilon of the final normalisation.
    pub norm_eps: NormEps,
    /// Epsilon of all other normalisations.
    pub stage_norm_eps: f64,
}

/// Names of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConvolutionalWeights {
    /// Convolution that embeds patches.
    pub patch_projection: &'static str,
    /// Normalisation of the embedded patches.
    pub embedding_norm: &'static str,
    /// Normalisation before a stage halves the map.
    pub reduction_norm: &'static str,
    /// Convolution that halves the map.
    pub reduction: &'static str,
    /// Depthwise convolution of a block.
    pub depthwise: &'static str,
    /// Normalisation before the pointwise layers.
    pub norm_before: &'static str,
    /// First pointwise layer.
    pub intermediate: &'static str,
    /// Second pointwise layer.
    pub output: &'static str,
    /// Scale of a block's contribution, `(channels)`, by its full name.
    pub scale: &'static str,
    /// Final normalisation, of the mean over the map.
    pub norm: &'static str,
}
