//! Particulars of a convolutional network in stages of depthwise blocks; the defaults are ConvNeXt's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NormEps;
use crate::registry::constraint::WEIGHT;

/// Particulars of a convolutional network in stages of depthwise blocks (ConvNeXt; Liu et al., 2022,
/// arXiv:2201.03545). `{stage}` stands for a stage's number, `{layer}` for a block's within it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Convolutional {
    /// Prefix of the encoder's weights in checkpoints that carry a task head, such as `convnext.`.
    #[schemars(regex(pattern = WEIGHT))]
    pub prefix: String,
    /// Keys of config.json.
    pub config: ConvolutionalConfig,
    /// Names of the weights.
    pub weights: ConvolutionalWeights,
    /// Classifier over the normalised mean; it stands outside the prefix.
    #[schemars(regex(pattern = WEIGHT))]
    pub classifier: Option<String>,
}

impl Default for Convolutional {
    fn default() -> Self {
        Self {
            prefix: "convnext.".to_owned(),
            config: ConvolutionalConfig::default(),
            weights: ConvolutionalWeights::default(),
            classifier: Some("classifier".to_owned()),
        }
    }
}

/// Keys of config.json that the builder reads, and constants of the family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConvolutionalConfig {
    /// Side of the image in pixels, or height and width.
    #[schemars(regex(pattern = WEIGHT))]
    pub image_size: String,
    /// Side of a square patch, in pixels.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_size: String,
    /// Number of colour channels.
    #[schemars(regex(pattern = WEIGHT))]
    pub channels: String,
    /// Number of channels of each stage.
    #[schemars(regex(pattern = WEIGHT))]
    pub widths: String,
    /// Number of blocks of each stage.
    #[schemars(regex(pattern = WEIGHT))]
    pub depths: String,
    /// Activation between the pointwise layers.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// First value of the layer scale; 0 where blocks have none.
    #[schemars(regex(pattern = WEIGHT))]
    pub layer_scale: String,
    /// Epsilon of the final normalisation.
    pub norm_eps: NormEps,
    /// Epsilon of all other normalisations.
    pub stage_norm_eps: f64,
}

impl Default for ConvolutionalConfig {
    fn default() -> Self {
        Self {
            image_size: "image_size".to_owned(),
            patch_size: "patch_size".to_owned(),
            channels: "num_channels".to_owned(),
            widths: "hidden_sizes".to_owned(),
            depths: "depths".to_owned(),
            activation: "hidden_act".to_owned(),
            layer_scale: "layer_scale_init_value".to_owned(),
            norm_eps: NormEps::Key("layer_norm_eps".to_owned()),
            stage_norm_eps: 1e-6,
        }
    }
}

/// Names of the weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConvolutionalWeights {
    /// Convolution that embeds patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_projection: String,
    /// Normalisation of the embedded patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub embedding_norm: String,
    /// Normalisation before a stage halves the map.
    #[schemars(regex(pattern = WEIGHT))]
    pub reduction_norm: String,
    /// Convolution that halves the map.
    #[schemars(regex(pattern = WEIGHT))]
    pub reduction: String,
    /// Depthwise convolution of a block.
    #[schemars(regex(pattern = WEIGHT))]
    pub depthwise: String,
    /// Normalisation before the pointwise layers.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_before: String,
    /// First pointwise layer.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// Second pointwise layer.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Scale of a block's contribution, `(channels)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub scale: String,
    /// Final normalisation, of the mean over the map.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
}

impl Default for ConvolutionalWeights {
    fn default() -> Self {
        Self {
            patch_projection: "embeddings.patch_embeddings".to_owned(),
            embedding_norm: "embeddings.layernorm".to_owned(),
            reduction_norm: "encoder.stages.{stage}.downsampling_layer.0".to_owned(),
            reduction: "encoder.stages.{stage}.downsampling_layer.1".to_owned(),
            depthwise: "encoder.stages.{stage}.layers.{layer}.dwconv".to_owned(),
            norm_before: "encoder.stages.{stage}.layers.{layer}.layernorm".to_owned(),
            intermediate: "encoder.stages.{stage}.layers.{layer}.pwconv1".to_owned(),
            output: "encoder.stages.{stage}.layers.{layer}.pwconv2".to_owned(),
            scale: "encoder.stages.{stage}.layers.{layer}.layer_scale_parameter".to_owned(),
            norm: "layernorm".to_owned(),
        }
    }
}
