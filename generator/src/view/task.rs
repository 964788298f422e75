//! The one table from a task of the registry to the runtime's type that performs it.

use crate::registry::TaskName;

/// The name of the type in `runtime::task`; a task without a typed interface yet takes and gives plain tensors.
#[must_use]
pub const fn task_type(task: TaskName) -> &'static str {
    match task {
        TaskName::FeatureExtraction => "FeatureExtraction",
        TaskName::ImageClassification => "ImageClassification",
        TaskName::ImageFeatureExtraction => "ImageFeatureExtraction",
        TaskName::ZeroShotImageClassification => "ZeroShotImageClassification",
        TaskName::ZeroShotVideoClassification => "ZeroShotVideoClassification",
        TaskName::ImageTextToText | TaskName::ImageToText => "ImageTextToText",
        TaskName::TextGeneration => "TextGeneration",
        TaskName::AutomaticSpeechRecognition
        | TaskName::FillMask
        | TaskName::ImageSegmentation
        | TaskName::MaskGeneration
        | TaskName::ObjectDetection
        | TaskName::SentenceSimilarity
        | TaskName::Text2TextGeneration
        | TaskName::TextToAudio
        | TaskName::ZeroShotAudioClassification => "Tensors",
    }
}
