//! The one table from a task of the registry to the runtime's type that performs it.

use crate::registry::TaskName;

/// The name of the type in `runtime::task`.
#[must_use]
pub const fn task_type(task: TaskName) -> &'static str {
    match task {
        TaskName::AutomaticSpeechRecognition => "AutomaticSpeechRecognition",
        TaskName::FeatureExtraction => "FeatureExtraction",
        TaskName::FillMask => "FillMask",
        TaskName::ImageClassification => "ImageClassification",
        TaskName::ImageFeatureExtraction => "ImageFeatureExtraction",
        TaskName::ImageSegmentation => "ImageSegmentation",
        TaskName::ImageTextToText | TaskName::ImageToText => "ImageTextToText",
        TaskName::MaskGeneration => "MaskGeneration",
        TaskName::MultimodalFeatureExtraction => "MultimodalFeatureExtraction",
        TaskName::ObjectDetection => "ObjectDetection",
        TaskName::SentenceSimilarity => "SentenceSimilarity",
        TaskName::Text2TextGeneration => "Text2TextGeneration",
        TaskName::TextGeneration => "TextGeneration",
        TaskName::TextToAudio => "TextToAudio",
        TaskName::ZeroShotAudioClassification => "ZeroShotAudioClassification",
        TaskName::ZeroShotImageClassification => "ZeroShotImageClassification",
        TaskName::ZeroShotVideoClassification => "ZeroShotVideoClassification",
    }
}
