//! A sound and what is asked of its transcript.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::catalog::UnknownName;
use crate::generation::GenerationOptions;
use crate::task::AudioInput;

/// A sound and what is asked of its transcript.
#[derive(Debug, Clone)]
pub struct SpeechInput {
    /// The sound.
    pub audio: AudioInput,
    /// What is asked of the transcript.
    pub options: SpeechOptions,
    /// What is asked of the generation.
    pub generation: GenerationOptions,
}

/// What is asked of a transcript; models that have no such choice refuse what is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeechOptions {
    /// The language spoken, by its code, such as `en`; heard where it is not given.
    #[serde(default)]
    pub language: Option<String>,
    /// What becomes of the speech; as the checkpoint says where it is not given.
    #[serde(default)]
    pub task: Option<SpeechTask>,
    /// Whether the transcript tells when things were said.
    #[serde(default)]
    pub has_timestamps: bool,
    /// Whether a sound is cut after the first window that the encoder hears, as transformers' feature extractor cuts it.
    #[serde(default)]
    pub is_cut: bool,
}

/// What becomes of speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpeechTask {
    /// It is written down in its language.
    Transcribe,
    /// It is written down in English.
    Translate,
}

impl SpeechTask {
    /// The name that checkpoints give it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transcribe => "transcribe",
            Self::Translate => "translate",
        }
    }
}

impl fmt::Display for SpeechTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SpeechTask {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "transcribe" => Ok(Self::Transcribe),
            "translate" => Ok(Self::Translate),
            _ => Err(UnknownName {
                kind: "speech task",
                found: text.to_owned(),
                allowed: "transcribe, translate".to_owned(),
            }),
        }
    }
}

impl SpeechInput {
    /// Whether two items can run together.
    pub(super) fn asks_the_same(&self, other: &Self) -> bool {
        self.options == other.options && self.generation == other.generation
    }
}

impl<A: Into<AudioInput>> From<A> for SpeechInput {
    fn from(audio: A) -> Self {
        Self {
            audio: audio.into(),
            options: SpeechOptions::default(),
            generation: GenerationOptions::default(),
        }
    }
}
