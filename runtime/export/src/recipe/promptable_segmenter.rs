//! Particulars of a segmenter of an image that is asked by points and boxes.

use super::NormEps;

/// Particulars of a segmenter that points and boxes ask for masks (SAM; Kirillov et al., 2023, arXiv:2304.02643).
/// `{layer}` stands for a block's number, a point's label or a mask's number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PromptableSegmenter {
    /// Keys of config.json.
    pub config: PromptableSegmenterConfig,
    /// Names of the weights.
    pub weights: PromptableSegmenterWeights,
}

/// Keys of config.json that the builder reads, and constants of the family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PromptableSegmenterConfig {
    /// Section about the image encoder.
    pub vision: &'static str,
    /// Section about the prompt encoder.
    pub prompt: &'static str,
    /// Section about the mask decoder.
    pub decoder: &'static str,
    /// Width of a hidden state, in each section.
    pub width: &'static str,
    /// Number of blocks, in the sections about image encoder and decoder.
    pub layers: &'static str,
    /// Number of attention heads, in the same sections.
    pub heads: &'static str,
    /// Width of the feed-forward part, in the same sections.
    pub feed_forward: &'static str,
    /// Activation of the feed-forward part, in the same sections.
    pub activation: &'static str,
    /// Epsilon of the blocks' normalisation, in the same sections.
    pub norm_eps: NormEps,
    /// Epsilon of the normalisations of maps.
    pub stage_norm_eps: f64,
    /// Epsilon of the normalisation that ends the decoder's transformer.
    pub final_norm_eps: f64,
}

/// Names of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PromptableSegmenterWeights {
    /// Convolution that embeds patches.
    pub patch_projection: &'static str,
    /// Table of positions, `(1, rows, columns, width)`.
    pub position_embeddings: &'static str,
    /// A block of the image encoder.
    pub vision_block: &'static str,
    /// The two convolutions that end the image encoder, with their normalisations.
    pub neck: &'static str,
    /// Random frequencies that embed places, `(2, frequencies)`.
    pub shared_positions: &'static str,
    /// What is added to a point: of the background, of the object, first and second corner of a box.
    pub point: &'static str,
    /// The point that stands for none.
    pub no_point: &'static str,
    /// What is added to every place where no mask is given.
    pub no_mask: &'static str,
    /// The token that gives the scores.
    pub score_token: &'static str,
    /// The tokens that give the masks.
    pub mask_tokens: &'static str,
    /// A block of the decoder.
    pub decoder_block: &'static str,
    /// Attention of the tokens to the image after the blocks.
    pub final_attention: &'static str,
    /// Normalisation after it.
    pub final_norm: &'static str,
    /// The two transposed convolutions that enlarge the map.
    pub enlargement: &'static str,
    /// Normalisation between them.
    pub enlargement_norm: &'static str,
    /// Layers that turn a mask's token into its weights.
    pub mask_head: &'static str,
    /// Layers that give the scores.
    pub score_head: &'static str,
}
