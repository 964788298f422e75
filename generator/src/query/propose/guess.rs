//! Task, group and modality guessed from the class a checkpoint was saved from.

use super::config::Config;
use crate::registry::{Group, Modality, TaskName};

/// What a model seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guess {
    /// What its skills perform.
    pub(super) task: TaskName,
    /// What grades go by.
    pub(super) group: Group,
    /// What goes in.
    pub(super) modality: Modality,
    /// Whether the class names the task, so that it is more than a guess.
    is_explicit: bool,
}

/// Endings of class names that name a task (transformers' auto classes).
const ENDINGS: &[(&str, TaskName, Group, Modality)] = &[
    (
        "ForCausalLM",
        TaskName::TextGeneration,
        Group::TextGeneration,
        Modality::Text,
    ),
    (
        "LMHeadModel",
        TaskName::TextGeneration,
        Group::TextGeneration,
        Modality::Text,
    ),
    (
        "ForImageClassification",
        TaskName::ImageClassification,
        Group::Vision,
        Modality::Vision,
    ),
    (
        "ForObjectDetection",
        TaskName::ObjectDetection,
        Group::Vision,
        Modality::Vision,
    ),
    (
        "ForSemanticSegmentation",
        TaskName::ImageSegmentation,
        Group::Vision,
        Modality::Vision,
    ),
    (
        "ForUniversalSegmentation",
        TaskName::ImageSegmentation,
        Group::Vision,
        Modality::Vision,
    ),
    (
        "ForInstanceSegmentation",
        TaskName::ImageSegmentation,
        Group::Vision,
        Modality::Vision,
    ),
    (
        "ForCTC",
        TaskName::AutomaticSpeechRecognition,
        Group::Audio,
        Modality::Audio,
    ),
    (
        "ForSpeechSeq2Seq",
        TaskName::AutomaticSpeechRecognition,
        Group::Audio,
        Modality::Audio,
    ),
    (
        "ForTextToWaveform",
        TaskName::TextToAudio,
        Group::Audio,
        Modality::Audio,
    ),
];

impl Guess {
    /// What a configuration's model seems to be.
    pub(super) fn of(config: &Config) -> Self {
        let class = config.class();
        if let Some((_, task, group, modality)) =
            ENDINGS.iter().find(|(ending, ..)| class.ends_with(ending))
        {
            return Self {
                task: *task,
                group: *group,
                modality: *modality,
                is_explicit: true,
            };
        }
        let has = |key: &str| config.content.contains_key(key);
        let guess = |task, group, modality| Self {
            task,
            group,
            modality,
            is_explicit: false,
        };
        let generates = class.ends_with("ForConditionalGeneration");
        if has("vision_config") && generates {
            guess(
                TaskName::ImageTextToText,
                Group::Multimodal,
                Modality::Multimodal,
            )
        } else if has("vision_config") {
            guess(
                TaskName::ZeroShotImageClassification,
                Group::Vision,
                Modality::Vision,
            )
        } else if has("audio_config") {
            guess(
                TaskName::ZeroShotAudioClassification,
                Group::Audio,
                Modality::Audio,
            )
        } else if has("num_mel_bins") || has("feat_extract_norm") {
            guess(
                TaskName::AutomaticSpeechRecognition,
                Group::Audio,
                Modality::Audio,
            )
        } else if generates {
            guess(
                TaskName::Text2TextGeneration,
                Group::TextGeneration,
                Modality::Text,
            )
        } else if has("image_size") || has("num_channels") {
            guess(
                TaskName::ImageFeatureExtraction,
                Group::Vision,
                Modality::Vision,
            )
        } else {
            guess(
                TaskName::FeatureExtraction,
                Group::Embedding,
                Modality::Text,
            )
        }
    }

    /// The task to write beside a family's, where the class names another one.
    pub(super) fn task_beside(self, of_family: TaskName) -> Option<TaskName> {
        (self.is_explicit && self.task != of_family).then_some(self.task)
    }

    /// Whether its input is prepared by a preprocessor.
    pub(super) fn needs_preprocessor(self) -> bool {
        self.modality != Modality::Text
    }
}
