//! Particulars of a segmenter of an image that is asked by points and boxes; the defaults are SAM's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NormEps;
use crate::registry::constraint::WEIGHT;

/// Particulars of a segmenter that points and boxes ask for masks (SAM; Kirillov et al., 2023, arXiv:2304.02643).
/// `{layer}` stands for a block's number, a point's label or a mask's number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PromptableSegmenter {
    /// Keys of config.json.
    pub config: PromptableSegmenterConfig,
    /// Names of the weights.
    pub weights: PromptableSegmenterWeights,
}

/// Keys of config.json that the builder reads, and constants of the family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PromptableSegmenterConfig {
    /// Section about the image encoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub vision: String,
    /// Section about the prompt encoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub prompt: String,
    /// Section about the mask decoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder: String,
    /// Width of a hidden state, in each section.
    #[schemars(regex(pattern = WEIGHT))]
    pub width: String,
    /// Number of blocks, in the sections about image encoder and decoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub layers: String,
    /// Number of attention heads, in the same sections.
    #[schemars(regex(pattern = WEIGHT))]
    pub heads: String,
    /// Width of the feed-forward part, in the same sections.
    #[schemars(regex(pattern = WEIGHT))]
    pub feed_forward: String,
    /// Activation of the feed-forward part, in the same sections.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// Epsilon of the blocks' normalisation, in the same sections.
    pub norm_eps: NormEps,
    /// Epsilon of the normalisations of maps.
    pub stage_norm_eps: f64,
    /// Epsilon of the normalisation that ends the decoder's transformer.
    pub final_norm_eps: f64,
}

impl Default for PromptableSegmenterConfig {
    fn default() -> Self {
        Self {
            vision: "vision_config".to_owned(),
            prompt: "prompt_encoder_config".to_owned(),
            decoder: "mask_decoder_config".to_owned(),
            width: "hidden_size".to_owned(),
            layers: "num_hidden_layers".to_owned(),
            heads: "num_attention_heads".to_owned(),
            feed_forward: "mlp_dim".to_owned(),
            activation: "hidden_act".to_owned(),
            norm_eps: NormEps::Key("layer_norm_eps".to_owned()),
            stage_norm_eps: 1e-6,
            final_norm_eps: 1e-5,
        }
    }
}

/// Names of the weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PromptableSegmenterWeights {
    /// Convolution that embeds patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_projection: String,
    /// Table of positions, `(1, rows, columns, width)`.
    #[schemars(regex(pattern = WEIGHT))]
    pub position_embeddings: String,
    /// A block of the image encoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub vision_block: String,
    /// The two convolutions that end the image encoder, with their normalisations.
    #[schemars(regex(pattern = WEIGHT))]
    pub neck: String,
    /// Random frequencies that embed places, `(2, frequencies)`.
    #[schemars(regex(pattern = WEIGHT))]
    pub shared_positions: String,
    /// What is added to a point: of the background, of the object, first and second corner of a box.
    #[schemars(regex(pattern = WEIGHT))]
    pub point: String,
    /// The point that stands for none.
    #[schemars(regex(pattern = WEIGHT))]
    pub no_point: String,
    /// What is added to every place where no mask is given.
    #[schemars(regex(pattern = WEIGHT))]
    pub no_mask: String,
    /// The token that gives the scores.
    #[schemars(regex(pattern = WEIGHT))]
    pub score_token: String,
    /// The tokens that give the masks.
    #[schemars(regex(pattern = WEIGHT))]
    pub mask_tokens: String,
    /// A block of the decoder.
    #[schemars(regex(pattern = WEIGHT))]
    pub decoder_block: String,
    /// Attention of the tokens to the image after the blocks.
    #[schemars(regex(pattern = WEIGHT))]
    pub final_attention: String,
    /// Normalisation after it.
    #[schemars(regex(pattern = WEIGHT))]
    pub final_norm: String,
    /// The two transposed convolutions that enlarge the map.
    #[schemars(regex(pattern = WEIGHT))]
    pub enlargement: String,
    /// Normalisation between them.
    #[schemars(regex(pattern = WEIGHT))]
    pub enlargement_norm: String,
    /// Layers that turn a mask's token into its weights.
    #[schemars(regex(pattern = WEIGHT))]
    pub mask_head: String,
    /// Layers that give the scores.
    #[schemars(regex(pattern = WEIGHT))]
    pub score_head: String,
}

impl Default for PromptableSegmenterWeights {
    fn default() -> Self {
        Self {
            patch_projection: "vision_encoder.patch_embed.projection".to_owned(),
            position_embeddings: "vision_encoder.pos_embed".to_owned(),
            vision_block: "vision_encoder.layers.{layer}".to_owned(),
            neck: "vision_encoder.neck".to_owned(),
            shared_positions: "shared_image_embedding.positional_embedding".to_owned(),
            point: "prompt_encoder.point_embed.{layer}.weight".to_owned(),
            no_point: "prompt_encoder.not_a_point_embed.weight".to_owned(),
            no_mask: "prompt_encoder.no_mask_embed.weight".to_owned(),
            score_token: "mask_decoder.iou_token.weight".to_owned(),
            mask_tokens: "mask_decoder.mask_tokens.weight".to_owned(),
            decoder_block: "mask_decoder.transformer.layers.{layer}".to_owned(),
            final_attention: "mask_decoder.transformer.final_attn_token_to_image".to_owned(),
            final_norm: "mask_decoder.transformer.layer_norm_final_attn".to_owned(),
            enlargement: "mask_decoder.upscale_conv{layer}".to_owned(),
            enlargement_norm: "mask_decoder.upscale_layer_norm".to_owned(),
            mask_head: "mask_decoder.output_hypernetworks_mlps.{layer}".to_owned(),
            score_head: "mask_decoder.iou_prediction_head".to_owned(),
        }
    }
}
