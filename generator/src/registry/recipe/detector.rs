//! Particulars of a detector: a residual network, a transformer, heads for classes and boxes; the defaults are DETR's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NormEps;
use crate::registry::constraint::WEIGHT;

/// Particulars of a detector of a residual network, a transformer over its map, and heads for classes and boxes (DETR;
/// Carion et al., 2020, arXiv:2005.12872). `{stage}` stands for a stage of the backbone, `{layer}` for a block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Detector {
    /// Keys of config.json.
    pub config: DetectorConfig,
    /// Names of the weights.
    pub weights: DetectorWeights,
}

/// Keys of config.json that the builder reads, and constants of the family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DetectorConfig {
    /// Section about the backbone, a ResNet of transformers.
    #[schemars(regex(pattern = WEIGHT))]
    pub backbone: String,
    /// Width of a hidden state.
    #[schemars(regex(pattern = WEIGHT))]
    pub width: String,
    /// Number of objects that are looked for.
    #[schemars(regex(pattern = WEIGHT))]
    pub queries: String,
    /// Number of encoder blocks.
    #[schemars(regex(pattern = WEIGHT))]
    pub encoder_layers: String,
    /// Number of attention heads of the encoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub encoder_heads: String,
    /// Width of the encoder's feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub encoder_feed_forward: String,
    /// Number of decoder blocks.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder_layers: String,
    /// Number of attention heads of the decoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder_heads: String,
    /// Width of the decoder's feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder_feed_forward: String,
    /// Activation of the feed-forward parts.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// Epsilon of layer normalisation and of the frozen batch normalisation.
    pub norm_eps: NormEps,
}

impl Default for DetectorConfig {
    fn default() -> Self {
        Self {
            backbone: "backbone_config".to_owned(),
            width: "d_model".to_owned(),
            queries: "num_queries".to_owned(),
            encoder_layers: "encoder_layers".to_owned(),
            encoder_heads: "encoder_attention_heads".to_owned(),
            encoder_feed_forward: "encoder_ffn_dim".to_owned(),
            decoder_layers: "decoder_layers".to_owned(),
            decoder_heads: "decoder_attention_heads".to_owned(),
            decoder_feed_forward: "decoder_ffn_dim".to_owned(),
            activation: "activation_function".to_owned(),
            norm_eps: NormEps::Constant(1e-5),
        }
    }
}

/// Names of the weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DetectorWeights {
    /// First convolution of the backbone with its normalisation.
    #[schemars(regex(pattern = WEIGHT))]
    pub stem: String,
    /// A block of the backbone: convolutions `layer.0`, `layer.1` … and `shortcut`.
    #[schemars(regex(pattern = WEIGHT))]
    pub residual_block: String,
    /// Convolution from the backbone's map to the transformer's width.
    #[schemars(regex(pattern = WEIGHT))]
    pub input_projection: String,
    /// Table of the queries' positions, `(queries, width)`.
    #[schemars(regex(pattern = WEIGHT))]
    pub queries: String,
    /// A block of the encoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub encoder_block: String,
    /// A block of the decoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder_block: String,
    /// Attention of a block to itself, within the block.
    #[schemars(regex(pattern = WEIGHT))]
    pub self_attention: String,
    /// Normalisation after it, within the block.
    #[schemars(regex(pattern = WEIGHT))]
    pub self_norm: String,
    /// Attention of a decoder block to the encoder, within the block.
    #[schemars(regex(pattern = WEIGHT))]
    pub cross_attention: String,
    /// Normalisation after it, within the block.
    #[schemars(regex(pattern = WEIGHT))]
    pub cross_norm: String,
    /// First projection of the feed-forward part, within the block.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// Second projection of the feed-forward part, within the block.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Normalisation after the feed-forward part, within the block.
    #[schemars(regex(pattern = WEIGHT))]
    pub output_norm: String,
    /// Normalisation after the decoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
    /// Classifier of the queries; the last class is no object.
    #[schemars(regex(pattern = WEIGHT))]
    pub classifier: String,
    /// The three layers that give a query's box.
    #[schemars(regex(pattern = WEIGHT))]
    pub boxes: String,
}

impl Default for DetectorWeights {
    fn default() -> Self {
        Self {
            stem: "model.backbone.conv_encoder.model.embedder.embedder".to_owned(),
            residual_block:
                "model.backbone.conv_encoder.model.encoder.stages.{stage}.layers.{layer}".to_owned(),
            input_projection: "model.input_projection".to_owned(),
            queries: "model.query_position_embeddings.weight".to_owned(),
            encoder_block: "model.encoder.layers.{layer}".to_owned(),
            decoder_block: "model.decoder.layers.{layer}".to_owned(),
            self_attention: "self_attn".to_owned(),
            self_norm: "self_attn_layer_norm".to_owned(),
            cross_attention: "encoder_attn".to_owned(),
            cross_norm: "encoder_attn_layer_norm".to_owned(),
            intermediate: "fc1".to_owned(),
            output: "fc2".to_owned(),
            output_norm: "final_layer_norm".to_owned(),
            norm: "model.decoder.layernorm".to_owned(),
            classifier: "class_labels_classifier".to_owned(),
            boxes: "bbox_predictor.layers.{layer}".to_owned(),
        }
    }
}
