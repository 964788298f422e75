//! A sound as users have it: a file, its content, or samples.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::processor::ProcessorError;
use crate::processor::audio::Waveform;
use crate::skill::Ask;

/// A sound as users have it.
#[derive(Debug, Clone)]
pub enum AudioInput {
    /// A WAV, FLAC or MP3 file.
    File(PathBuf),
    /// The content of a WAV, FLAC or MP3 file.
    Encoded(Arc<[u8]>),
    /// Samples with their rate.
    Samples(Arc<Waveform>),
}

impl AudioInput {
    /// The samples, all channels mixed to one.
    pub(super) fn waveform(&self) -> Result<Arc<Waveform>, ProcessorError> {
        match self {
            Self::File(path) => Waveform::open(path).map(Arc::new),
            Self::Encoded(bytes) => Waveform::decode(bytes).map(Arc::new),
            Self::Samples(waveform) => Ok(Arc::clone(waveform)),
        }
    }
}

impl From<&Path> for AudioInput {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<PathBuf> for AudioInput {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<Vec<u8>> for AudioInput {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Encoded(bytes.into())
    }
}

impl From<Waveform> for AudioInput {
    fn from(waveform: Waveform) -> Self {
        Self::Samples(Arc::new(waveform))
    }
}

/// The sounds of a batch.
pub(super) fn waveforms(items: &[AudioInput]) -> Result<Vec<Arc<Waveform>>, ProcessorError> {
    items.iter().map(AudioInput::waveform).collect()
}

/// The arguments as files.
pub(super) fn files(ask: &Ask) -> Vec<AudioInput> {
    let files = ask.arguments.iter();
    files
        .map(|file| AudioInput::from(Path::new(file)))
        .collect()
}
