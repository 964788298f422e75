//! Particulars of a tower that hears spectrograms as pictures of one channel; the names are ImageBind's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExtraKey, FeedForward, FusedLayer, NormEps, TowerConfig, TowerLayers, TowerWeights};
use crate::registry::constraint::WEIGHT;

/// A tower over patches of a spectrogram, beside those of texts and pictures (`AudioPreprocessor` and
/// its trunk in ImageBind, Girdhar et al., 2023, arXiv:2305.05665).
///
/// The tower reads a clip at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AudioTower {
    /// Section of config.json; `null` where its keys stand at the top.
    #[schemars(regex(pattern = WEIGHT))]
    pub section: Option<String>,
    /// Key with the side of a patch, in mel bins and frames.
    #[schemars(regex(pattern = WEIGHT))]
    pub kernel: String,
    /// Key with the distance between patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub stride: String,
    /// Key with the number of mel bins.
    #[schemars(regex(pattern = WEIGHT))]
    pub mel_bins: String,
    /// Key with the number of frames of a clip.
    #[schemars(regex(pattern = WEIGHT))]
    pub frames: String,
    /// Convolution without bias that embeds patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_projection: String,
    /// Normalisation of the embedded patches, with torch's epsilon.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_norm: String,
    /// Token that stands before the patches, `(1, 1, hidden)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub class_token: String,
    /// Table of positions, `(1, class token + patches, hidden)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub position_embeddings: String,
    /// Its blocks.
    pub layers: TowerLayers,
    /// Normalisation of the class token's state.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_after: String,
    /// Linear layer without bias into the common space.
    #[schemars(regex(pattern = WEIGHT))]
    pub projection: String,
}

impl Default for AudioTower {
    fn default() -> Self {
        Self {
            section: None,
            kernel: "audio_kernel_size".to_owned(),
            stride: "audio_stride".to_owned(),
            mel_bins: "audio_num_mel_bins".to_owned(),
            frames: "audio_target_len".to_owned(),
            patch_projection: "modality_preprocessors.audio.rgbt_stem.proj".to_owned(),
            patch_norm: "modality_preprocessors.audio.rgbt_stem.norm_layer".to_owned(),
            class_token: "modality_preprocessors.audio.cls_token".to_owned(),
            position_embeddings: "modality_preprocessors.audio.pos_embedding_helper.pos_embed"
                .to_owned(),
            layers: blocks(),
            norm_after: "modality_heads.audio.0".to_owned(),
            projection: "modality_heads.audio.2".to_owned(),
        }
    }
}

fn blocks() -> TowerLayers {
    TowerLayers {
        prefix: "modality_trunks.audio.blocks.{layer}.".to_owned(),
        config: TowerConfig {
            hidden_size: "audio_embed_dim".to_owned(),
            layers: "audio_num_blocks".to_owned(),
            heads: "audio_num_heads".to_owned(),
            feed_forward: FeedForward::Ratio("mlp_ratio".to_owned()),
            norm_eps: NormEps::Constant(1e-6),
            ..TowerConfig::default()
        },
        weights: TowerWeights {
            norm_before: "norm_1".to_owned(),
            fused: Some(FusedLayer {
                matrix: "attn.in_proj_weight".to_owned(),
                bias: "attn.in_proj_bias".to_owned(),
                extra: Some(ExtraKey {
                    key: "attn.bias_k".to_owned(),
                    value: "attn.bias_v".to_owned(),
                }),
            }),
            attention_output: "attn.out_proj".to_owned(),
            norm_after: "norm_2".to_owned(),
            ..TowerWeights::default()
        },
    }
}
