//! The architecture builders: a recipe and a config.json become a graph that names the weights it
//! needs.

mod activation;
mod attention;
mod audio_encoder;
mod audio_text_towers;
mod audio_tower;
mod batch_norm;
mod convolutional;
mod cross_attention;
mod decoder;
mod detector;
mod dual_tower;
mod encoder_decoder;
mod fixed_cache;
mod gated_bias;
mod heads;
mod hierarchical_vision;
mod image_pooling;
mod map;
mod mix_transformer;
mod net;
mod padding;
mod patch_merging;
mod projector;
mod promptable_segmenter;
mod query_transformer;
mod relative_bias;
mod resize;
mod spectrogram_fusion;
mod spectrogram_tower;
mod spectrogram_window;
mod speech_synthesizer;
mod text_encoder;
mod text_tower;
mod tower;
mod variant;
mod video_prompts;
mod video_tower;
mod vision_language;
mod vision_tower;
mod vision_transformer;
mod waveform_frames;
mod window;

pub use encoder_decoder::LONGEST_BY_DISTANCE;
pub use speech_synthesizer::{LONGEST_SPEECH_FRAMES, LONGEST_SPOKEN_TEXT};

use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Bindings, Element, Graph};
use crate::options::{Head, KvCache};
use crate::recipe::Recipe;
use crate::weights::Weights;

/// What the caller asks for besides the recipe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// Element type of weights and arithmetic.
    pub(crate) float: Element,
    /// Element type of token ids and masks.
    pub(crate) ids: Element,
    /// Height and width of images in pixels, where they are not the configuration's.
    pub(crate) image_size: Option<(u64, u64)>,
    /// What the graph ends in.
    pub(crate) head: Head,
    /// Numbers for axes that are symbolic otherwise.
    pub(crate) bindings: Bindings,
    /// Whether axes are to be bound, so that those which the checkpoint fixes need no name.
    pub(crate) is_static: bool,
    /// What a decoder remembers.
    pub(crate) cache: KvCache,
}

/// A graph and the stem of its file's name, as hub exports call it: `model`, `encoder_model`.
pub(crate) type NamedGraph = (&'static str, Graph);

/// Builds the graphs of a recipe; `weights` knows what the checkpoint has and learns which tensors
/// they need.
pub(crate) fn build(
    recipe: &Recipe,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    match recipe {
        Recipe::Convolutional(recipe) => convolutional::build(recipe, config, form, weights),
        Recipe::HierarchicalVision(recipe) => {
            hierarchical_vision::build(recipe, config, form, weights)
        }
        Recipe::Detector(recipe) => detector::build(recipe, config, form, weights),
        Recipe::MixTransformer(recipe) => mix_transformer::build(recipe, config, form, weights),
        Recipe::PromptableSegmenter(recipe) => {
            promptable_segmenter::build(recipe, config, form, weights)
        }
        Recipe::SpeechSynthesizer(recipe) => {
            speech_synthesizer::build(recipe, config, form, weights)
        }
        Recipe::AudioEncoder(recipe) => audio_encoder::build(recipe, config, form, weights),
        Recipe::AudioTextTowers(recipe) => audio_text_towers::build(recipe, config, form, weights),
        Recipe::EncoderDecoder(recipe) => encoder_decoder::build(recipe, config, form, weights),
        Recipe::Decoder(recipe) => decoder::build(recipe, config, form, weights),
        Recipe::TextEncoder(recipe) => text_encoder::build(recipe, config, form, weights),
        Recipe::VisionTransformer(recipe) => {
            vision_transformer::build(recipe, config, form, weights)
        }
        Recipe::DualTower(recipe) => dual_tower::build(recipe, config, form, weights),
        Recipe::VisionLanguage(recipe) => vision_language::build(recipe, config, form, weights),
    }
}

#[cfg(test)]
mod tests;
