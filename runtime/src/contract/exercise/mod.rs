//! What a task supplies for its checks: inputs good and bad, and how its outputs are compared. One file per task.

mod automatic_speech_recognition;
mod feature_extraction;
mod fill_mask;
mod generated;
mod image;
mod image_classification;
mod image_feature_extraction;
mod image_segmentation;
mod image_text_to_text;
mod mask_generation;
mod multimodal_feature_extraction;
mod object_detection;
mod sentence_similarity;
mod sound;
mod tensors;
mod text2text_generation;
mod text_generation;
mod text_to_audio;
mod zero_shot_audio_classification;
mod zero_shot_image_classification;
mod zero_shot_video_classification;

use export::recipe::Recipe;

use super::measure::{self, Measure};
use super::tolerance::Tolerance;
use crate::engine::Outlet;
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::Task;
use crate::tensor::Tensor;
use crate::verify::{self, Finding};

/// A task that can be put under test.
pub trait Exercise: Task {
    /// Items that differ in size, at least three; none where the task has no typed input.
    fn examples() -> Vec<Self::Input>;

    /// Items that must be refused because they hold nothing.
    fn empty() -> Vec<Self::Input>;

    /// Items that must be refused, or truncated where the checkpoint says so, because they hold too much.
    fn oversized() -> Vec<Self::Input>;

    /// Items that must be refused because they are not what they claim to be.
    fn malformed() -> Vec<Self::Input>;

    /// Whether the checkpoint says that oversized items are truncated.
    fn truncates(processor: &Self::Processor) -> bool;

    /// The numbers of an output that are compared and must be finite.
    fn values(output: &Self::Output) -> Vec<f32>;

    /// How far two outputs agree, by the kind of output: of their numbers where the task says nothing else.
    fn measures(expected: &Self::Output, got: &Self::Output, level: Tolerance) -> Vec<Measure> {
        measure::of_numbers(&Self::values(expected), &Self::values(got), level)
    }

    /// How many numbers the checkpoint's own files promise for an output.
    ///
    /// # Errors
    /// Files that do not say.
    fn promised(session: &Session<Self>) -> Result<usize, Error>;

    /// How many numbers are promised for this very output, for tasks whose outputs differ in size.
    ///
    /// # Errors
    /// Those of [`Self::promised`].
    fn promised_of(session: &Session<Self>, _output: &Self::Output) -> Result<usize, Error> {
        Self::promised(session)
    }

    /// The raw inputs of a reference case, where it was made from inputs as this task takes them.
    ///
    /// # Errors
    /// Inputs that cannot be read.
    fn reference_items(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<Self::Input>>, Error>;

    /// What an input of the graph takes that no reference stores, such as the memory of no token; `batch` is the number
    /// of rows.
    ///
    /// # Errors
    /// An input whose form is not known.
    fn unstored(_input: &Outlet, _batch: usize) -> Result<Option<Tensor>, Error> {
        Ok(None)
    }

    /// Name of the stored tensor that holds the outputs of a case, one row an item.
    fn reference_output() -> &'static str;

    /// Runs the raw inputs of a case and compares what comes out; tasks whose outputs are more than one row of numbers an
    /// item compare them in their own way.
    ///
    /// # Errors
    /// Inputs that cannot be read, or a run that fails.
    fn reference_findings(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Finding>, Error> {
        verify::from_raw_input(session, reference, case)
    }
}

/// Width of a hidden state, by the key of config.json that the family's recipe names.
fn hidden_size<T: Task>(session: &Session<T>) -> Result<usize, Error> {
    let architecture = session.skill().model.family.architecture;
    let key = match architecture.recipe {
        Some(Recipe::Decoder(recipe)) => recipe.config.hidden_size,
        Some(Recipe::EncoderDecoder(recipe)) => recipe.config.width,
        Some(Recipe::AudioEncoder(recipe)) => recipe.config.hidden_size,
        Some(Recipe::AudioTextTowers(_)) => "projection_dim",
        Some(Recipe::SpeechSynthesizer(recipe)) => recipe.config.hidden_size,
        Some(Recipe::TextEncoder(recipe)) => recipe.config.hidden_size,
        Some(Recipe::VisionTransformer(recipe)) => recipe.config.hidden_size,
        Some(
            Recipe::HierarchicalVision(_)
            | Recipe::Convolutional(_)
            | Recipe::Detector(_)
            | Recipe::PromptableSegmenter(_)
            | Recipe::MixTransformer(_),
        ) => {
            return Err(Error::InvalidInput(
                "the architecture's states differ in width".to_owned(),
            ));
        }
        Some(Recipe::DualTower(recipe)) => recipe.projection_size,
        Some(Recipe::VisionLanguage(_)) | None => {
            return Err(Error::NoBuilder {
                architecture: architecture.name,
            });
        }
    };
    let config = session.checkpoint().json("config.json")?;
    let width = config.as_ref().and_then(|config| config.get(key)?.as_u64());
    width
        .map(|width| width as usize)
        .ok_or_else(|| Error::InvalidCheckpoint {
            file: "config.json".to_owned(),
            reason: format!("`{key}` is no number"),
        })
}

/// A whole number of the checkpoint's config.json, by its JSON pointer.
fn config_number<T: Task>(session: &Session<T>, pointer: &str) -> Result<usize, Error> {
    let config = session.checkpoint().json("config.json")?;
    let number = config
        .as_ref()
        .and_then(|config| config.pointer(pointer)?.as_u64());
    number
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| Error::InvalidCheckpoint {
            file: "config.json".to_owned(),
            reason: format!("`{pointer}` is no whole number"),
        })
}

/// Number of tokens that a model gives scores for, by config.json.
fn vocabulary_size<T: Task>(session: &Session<T>) -> Result<usize, Error> {
    let config = session.checkpoint().json("config.json")?;
    let size = config
        .as_ref()
        .and_then(|config| config.get("vocab_size")?.as_u64());
    size.map(|size| size as usize)
        .ok_or_else(|| Error::InvalidCheckpoint {
            file: "config.json".to_owned(),
            reason: "`vocab_size` is no number".to_owned(),
        })
}
