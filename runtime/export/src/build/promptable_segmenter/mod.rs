//! Segmenters that points and boxes ask for masks: an image encoder, and a decoder of prompts (SAM).

mod decoder;
mod masks;
mod prompt;
mod relative;
mod vision;

use self::decoder::Decoder;
use self::vision::Vision;
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::recipe::PromptableSegmenter;
use crate::weights::Weights;

/// What the configuration classes of transformers (`configuration_sam`) say of absent keys.
const DEFAULTS: &str = r#"{
    "vision_config": {
        "hidden_size": 768, "output_channels": 256, "num_hidden_layers": 12, "num_attention_heads": 12, "num_channels": 3,
        "image_size": 1024, "patch_size": 16, "hidden_act": "gelu", "layer_norm_eps": 1e-6, "mlp_ratio": 4.0,
        "window_size": 14, "global_attn_indexes": [2, 5, 8, 11], "num_pos_feats": 128
    },
    "prompt_encoder_config": {"hidden_size": 256, "image_size": 1024},
    "mask_decoder_config": {
        "hidden_size": 256, "hidden_act": "relu", "mlp_dim": 2048, "num_hidden_layers": 2, "num_attention_heads": 8,
        "attention_downsample_rate": 2, "num_multimask_outputs": 3, "iou_head_depth": 3, "iou_head_hidden_dim": 256,
        "layer_norm_eps": 1e-6
    }
}"#;

/// Builds `vision_encoder`: `pixel_values` `(batch, channels, height, width)` to `image_embeddings` and
/// `image_positional_embeddings` `(batch, width, rows, columns)`; and `prompt_encoder_mask_decoder`, which takes these two,
/// `input_points` `(batch, prompts, points, 2)` in pixels of the prepared image as x and y, and `input_labels` `(batch,
/// prompts, points)`, to `iou_scores` `(batch, prompts, masks)` and `pred_masks` `(batch, prompts, masks, rows, columns)`.
///
/// Labels are those of hub exports (1 on the object, 0 beside it, -1 no point, -10 padding) and two more for boxes: 2 for
/// the first corner, 3 for the second.
pub(super) fn build(
    recipe: &PromptableSegmenter,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let config = config.or_defaults(DEFAULTS)?;
    let vision = Vision::new(recipe, &config)?;
    let decoder = Decoder::new(recipe, &config, vision.grid())?;
    let encoder = vision.build(form, weights)?;
    let decoder = decoder.build(form, weights)?;
    Ok(vec![
        ("vision_encoder", encoder),
        ("prompt_encoder_mask_decoder", decoder),
    ])
}

/// Sine and cosine of a place's angles, the sines first; `place` is x and y as shares of the image, `frequencies` `(2,
/// count)`. In single precision, as `SamPositionalEmbedding` of transformers has it.
fn embedded_place(place: [f32; 2], frequencies: &[f32]) -> Vec<f32> {
    let count = frequencies.len() / 2;
    let [x, y] = place.map(|share| 2.0 * share - 1.0);
    let angle = |index: usize| {
        std::f32::consts::TAU * (x * frequencies[index] + y * frequencies[count + index])
    };
    let sines = (0..count).map(|index| angle(index).sin());
    sines
        .chain((0..count).map(|index| angle(index).cos()))
        .collect()
}
