//! Tasks: typed input and output of what a model does, a file each.

mod audio_input;
mod bilinear;
mod bounds;
mod cached_decoder;
mod candidates;
mod embedder;
mod encoded_decoder;
mod feature_extraction;
mod fill_mask;
mod fixed_decoder;
mod image_classification;
mod image_feature_extraction;
mod image_input;
mod image_segmentation;
mod image_text_to_text;
mod mask_generation;
mod multimodal_feature_extraction;
mod object_detection;
mod output;
mod sentence_similarity;
mod similarity_table;
mod speech;
mod tensors;
mod text2text_generation;
mod text_generation;
mod text_input;
mod text_to_audio;
mod video_input;
mod zero_shot_audio_classification;
mod zero_shot_image_classification;
mod zero_shot_video_classification;

use std::fmt::Debug;
use std::path::PathBuf;

pub use audio_input::AudioInput;
pub use bounds::{Bounds, PromptPoint};
pub(crate) use cached_decoder::empty_memory;
pub use candidates::Candidates;
pub use feature_extraction::{Embedding, FeatureExtraction, FeatureProcessor};
pub use fill_mask::{FillMask, Mask, MaskToken};
pub use image_classification::{
    Classification, ClassificationProcessor, ImageClassification, Label,
};
pub use image_feature_extraction::{ImageFeatureExtraction, ImageFeatures};
pub use image_input::ImageInput;
pub use image_segmentation::{ImageSegmentation, LabelArea, LabelMap, SegmentationProcessor};
pub use image_text_to_text::{ImageTextToText, VisualProcessor, VisualPrompt};
pub use mask_generation::{MaskGeneration, MaskPrompt, MaskRequest, Masks, ObjectMask};
pub use multimodal_feature_extraction::{
    Medium, MultimodalEmbedding, MultimodalFeatureExtraction, MultimodalItem, MultimodalProcessor,
};
pub use object_detection::{DetectedObject, DetectionProcessor, Detections, ObjectDetection};
pub use sentence_similarity::{Comparand, SentenceSimilarity};
pub use speech::{
    AutomaticSpeechRecognition, FrameSpeech, Segment, SequenceSpeech, SpeechInput, SpeechOptions,
    SpeechProcessor, SpeechTask, Transcript,
};
pub use tensors::Tensors;
pub use text_generation::{
    Content, Ending, Generation, GenerationProcessor, Prompt, TextGeneration,
};
pub use text_input::TextItem;
pub use text_to_audio::{SpeakingProcessor, Speech, SpokenText, TextToAudio, VoiceOptions};
pub use text2text_generation::{
    GeneratedText, Text2TextGeneration, Text2TextInput, Text2TextProcessor,
};
pub use video_input::VideoInput;
pub use zero_shot_audio_classification::{
    LabelledSound, SoundProcessor, ZeroShotAudioClassification,
};
pub use zero_shot_image_classification::{
    LabelledImage, ZeroShot, ZeroShotImageClassification, ZeroShotProcessor,
};
pub use zero_shot_video_classification::{LabelledVideo, ZeroShotVideoClassification};

use export::Head;

use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::generation::Listener;
use crate::session::Call;
use crate::skill::{Answer, Ask};

/// What a model does, from raw input to typed output. Platforms and models are not its concern.
pub trait Task: Copy + Debug + Send + Sync + 'static {
    /// One item as users have it.
    type Input: Clone + Debug + Send + Sync;
    /// What one item gives.
    type Output: Clone + Debug + PartialEq + Send + Sync;
    /// What the checkpoint says about preparing input and reading output.
    type Processor: Send + Sync;

    /// Sets of graphs that the task can run, by the stems of their files, the preferred one first.
    const GRAPHS: &'static [&'static [&'static str]] = &[&["model"]];

    /// What the graph of this task ends in, whatever head the checkpoint was saved with.
    const HEAD: Head;

    /// Whether the outputs can be written to files.
    const IS_SAVED: bool = false;

    /// Reads the checkpoint's own files.
    ///
    /// # Errors
    /// A file that is missing, malformed or of a kind that is not supported.
    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<Self::Processor, Error>;

    /// Height and width in pixels of the images that the processor makes, for graphs whose position tables depend on it.
    fn image_size(_processor: &Self::Processor) -> Option<(usize, usize)> {
        None
    }

    /// Runs the task on a batch of at least one item; outputs come in the order of the items.
    ///
    /// # Errors
    /// Items that cannot be decoded, are empty or exceed what the model takes, a run that fails, or outputs of another form
    /// than the task reads.
    fn run(call: &Call<'_, Self>, items: &[Self::Input]) -> Result<Vec<Self::Output>, Error>;

    /// Reads the items of a batch from what a user asks on the command line.
    ///
    /// # Errors
    /// Arguments that cannot be read as items.
    fn parse(ask: &Ask) -> Result<Vec<Self::Input>, Error>;

    /// Hands what the items give to a listener as soon as it is there; tasks whose output comes at once have nothing to
    /// hand over.
    fn listen(_items: &mut [Self::Input], _listener: &Listener) {}

    /// Writes the outputs of a batch to files, where a user asks for it, and tells which.
    ///
    /// # Errors
    /// A file that cannot be written.
    fn save(_ask: &Ask, _outputs: &[Self::Output]) -> Result<Vec<PathBuf>, Error> {
        Ok(Vec::new())
    }

    /// Presents the outputs of a batch.
    fn present(ask: &Ask, outputs: &[Self::Output]) -> Answer;
}
