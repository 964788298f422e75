//! A decoded sound: one channel of samples with their rate, and the bounds within which one is taken at all.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use super::{decode, resample};
use crate::processor::ProcessorError;

/// The most samples a sound may have, all channels mixed to one: four and a half hours at 16 kHz.
pub const MAX_SAMPLES: usize = 1 << 28;

/// The lowest sampling rate that is taken, in hertz.
pub const MIN_RATE: u32 = 1_000;

/// The highest sampling rate that is taken, in hertz.
pub const MAX_RATE: u32 = 768_000;

/// The most a sound's file may have.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// A sound of one channel, at least one sample long, every sample a finite number.
#[derive(Debug, Clone, PartialEq)]
pub struct Waveform {
    samples: Vec<f32>,
    rate: u32,
}

impl Waveform {
    /// Decodes a WAV, FLAC or MP3 file; see [`Waveform::decode`].
    pub fn open(path: &Path) -> Result<Self, ProcessorError> {
        let failed = |source| ProcessorError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = fs::metadata(path).map_err(failed)?.len();
        if bytes > MAX_FILE_BYTES {
            return Err(ProcessorError::FileTooLarge {
                path: path.to_owned(),
                bytes,
                limit: MAX_FILE_BYTES,
            });
        }
        let bytes = fs::read(path).map_err(failed)?;
        decode::decode(&path.display().to_string(), bytes.into())
    }

    /// Decodes the content of a WAV, FLAC or MP3 file. Integers are divided by the largest magnitude of their width
    /// (16 bits: 32768), and several channels are averaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProcessorError> {
        decode::decode("sound", bytes.into())
    }

    /// A sound from samples between -1 and 1 at `rate` samples a second.
    pub fn from_samples(samples: Vec<f32>, rate: u32) -> Result<Self, ProcessorError> {
        Self::named("sound", samples, rate)
    }

    /// Checks the bounds; `name` stands for the sound in errors.
    pub(super) fn named(name: &str, samples: Vec<f32>, rate: u32) -> Result<Self, ProcessorError> {
        check_rate(name, rate)?;
        check_length(name, samples.len())?;
        if samples.is_empty() {
            return Err(ProcessorError::EmptySound {
                name: name.to_owned(),
            });
        }
        match samples.iter().position(|sample| !sample.is_finite()) {
            Some(position) => Err(ProcessorError::NotFinite {
                name: name.to_owned(),
                position,
            }),
            None => Ok(Self { samples, rate }),
        }
    }

    /// The samples.
    #[must_use]
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// Samples a second.
    #[must_use]
    pub const fn rate(&self) -> u32 {
        self.rate
    }

    /// How many samples there are at another rate.
    #[must_use]
    pub fn length_at(&self, rate: u32) -> usize {
        resample::length(self.samples.len(), self.rate, rate)
    }

    /// The samples at another rate, `ceil(length · rate / own rate)` of them: a sinc of six zero crossings to either side
    /// in a Hann window, cut off at 0.99 of the lower rate's Nyquist frequency, in double precision, as
    /// `torchaudio.functional.resample` has it by default. At its own rate they are the samples themselves.
    pub fn at_rate(&self, rate: u32) -> Result<Cow<'_, [f32]>, ProcessorError> {
        check_rate("resampling", rate)?;
        if rate == self.rate {
            return Ok(Cow::Borrowed(&self.samples));
        }
        check_length("resampling", self.length_at(rate))?;
        Ok(Cow::Owned(resample::resample(
            &self.samples,
            self.rate,
            rate,
        )))
    }
}

/// Refuses a sound that is longer than any that is taken.
pub(super) fn check_length(name: &str, samples: usize) -> Result<(), ProcessorError> {
    if samples > MAX_SAMPLES {
        return Err(ProcessorError::TooManySamples {
            name: name.to_owned(),
            limit: MAX_SAMPLES,
        });
    }
    Ok(())
}

/// Refuses a rate that no recording has.
pub(super) fn check_rate(name: &str, rate: u32) -> Result<(), ProcessorError> {
    if (MIN_RATE..=MAX_RATE).contains(&rate) {
        return Ok(());
    }
    Err(ProcessorError::SampleRate {
        name: name.to_owned(),
        rate,
        least: MIN_RATE,
        most: MAX_RATE,
    })
}
