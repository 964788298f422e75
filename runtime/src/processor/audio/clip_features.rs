//! Spectrograms of clips of fixed length, as transformers' `ClapFeatureExtractor` makes them.

use std::borrow::Cow;
use std::path::Path;

use ndarray::{Array2, Array4, ArrayView2, Axis, s};

use super::log_mel::LogMel;
use super::mel_bank::{MelBank, MelScale};
use super::{Waveform, settings};
use crate::processor::ProcessorError;
use crate::processor::settings::Settings;

/// The most of a size: enough for any model, and countable in products.
const MOST: usize = 1 << 24;

/// What becomes of a sound that is longer than a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Longer {
    /// Its middle is taken, where transformers takes a random part: the same sound shall give the same features.
    Cut,
    /// Its whole spectrogram is shrunk to a clip's, and the middle clip of each third goes with it, where transformers takes
    /// random ones.
    Fuse,
}

/// What becomes of a sound that is shorter than a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shorter {
    /// It is repeated whole, and silence fills the rest.
    RepeatAndPad,
    /// It is repeated, the last time in part.
    Repeat,
    /// Silence fills the rest.
    Pad,
}

/// The feature extractor of a checkpoint.
#[derive(Debug, Clone)]
pub struct ClipFeatures {
    rate: u32,
    /// Samples of a clip.
    samples: usize,
    /// Frames of a clip's spectrogram.
    frames: usize,
    longer: Longer,
    shorter: Shorter,
    spectrogram: LogMel,
}

/// Spectrograms of a batch of sounds.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipBatch {
    /// `(batch, channels, frames, mel bins)`, in decibels; one channel, or where the checkpoint fuses four.
    pub features: Array4<f32>,
    /// Whether the model is to fuse, `(batch, 1)`.
    pub is_longer: Array2<bool>,
}

impl ClipFeatures {
    /// Reads `preprocessor_config.json` of a checkpoint folder.
    pub fn load(dir: &Path) -> Result<Self, ProcessorError> {
        let settings = settings::load(dir, "ClapFeatureExtractor")?;
        let size = |key: &str, default: usize| size(&settings, key, default);
        let rate = settings::rate(&settings, 48_000)?;
        let window = size("fft_window_size", 1024)?;
        let hop = size("hop_length", 480)?;
        let seconds = size("max_length_s", 10)?;
        let samples = seconds.saturating_mul(rate as usize);
        if samples <= window / 2 || samples > MOST {
            let expected = "a length of more samples than half a window, and at most 2^24";
            return Err(settings.refuse("max_length_s", &seconds.into(), expected));
        }
        let longer = choice(
            &settings,
            "truncation",
            &[("rand_trunc", Longer::Cut), ("fusion", Longer::Fuse)],
            Longer::Fuse,
        )?;
        let shorter = choice(
            &settings,
            "padding",
            &[
                ("repeatpad", Shorter::RepeatAndPad),
                ("repeat", Shorter::Repeat),
                ("pad", Shorter::Pad),
            ],
            Shorter::RepeatAndPad,
        )?;
        let scale = match longer {
            Longer::Cut => MelScale::Slaney,
            Longer::Fuse => MelScale::Htk,
        };
        let range = range(&settings, rate)?;
        let bins = size("feature_size", 64)?;
        let bank = MelBank::new(scale, bins, range, window / 2 + 1, rate);
        Ok(Self {
            rate,
            samples,
            frames: samples / hop + 1,
            longer,
            shorter,
            spectrogram: LogMel::new(window, hop, bank),
        })
    }

    /// Samples a second that the features are made from.
    #[must_use]
    pub const fn rate(&self) -> u32 {
        self.rate
    }

    /// Spectrograms of sounds at the extractor's rate.
    ///
    /// Where the checkpoint fuses, every sound is marked as longer: transformers marks one of a batch in which none is, so a
    /// sound on its own always, and a sound shall not depend on its batch.
    pub fn extract(&self, sounds: &[impl AsRef<[f32]>]) -> Result<ClipBatch, ProcessorError> {
        if sounds.is_empty() {
            return Err(ProcessorError::EmptyBatch);
        }
        let spectrograms = sounds
            .iter()
            .map(|sound| self.channels(sound.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        let channels = spectrograms[0].len();
        let bins = spectrograms[0][0].ncols();
        let shape = (sounds.len(), channels, self.frames, bins);
        let mut features = Array4::zeros(shape);
        for (mut clip, spectrograms) in features.outer_iter_mut().zip(&spectrograms) {
            for (mut channel, spectrogram) in clip.outer_iter_mut().zip(spectrograms) {
                channel.zip_mut_with(spectrogram, |to, from| *to = *from as f32);
            }
        }
        let is_fused = self.longer == Longer::Fuse;
        let is_longer = |sound: &[f32]| is_fused || sound.len() > self.samples;
        let is_longer = sounds.iter().map(|sound| is_longer(sound.as_ref()));
        let is_longer = Array2::from_shape_fn((sounds.len(), 1), {
            let flags: Vec<bool> = is_longer.collect();
            move |(row, _)| flags[row]
        });
        Ok(ClipBatch {
            features,
            is_longer,
        })
    }

    /// The samples of a sound at the extractor's rate.
    pub fn resampled<'w>(&self, waveform: &'w Waveform) -> Result<Cow<'w, [f32]>, ProcessorError> {
        waveform.at_rate(self.rate)
    }

    /// The spectrograms of a sound, one or four.
    fn channels(&self, sound: &[f32]) -> Result<Vec<Array2<f64>>, ProcessorError> {
        if sound.len() <= self.samples {
            let whole = self.spectrogram.of(&self.filled(sound))?;
            return Ok(match self.longer {
                Longer::Cut => vec![whole],
                Longer::Fuse => vec![whole; 4],
            });
        }
        if self.longer == Longer::Cut {
            let start = (sound.len() - self.samples) / 2;
            let middle = &sound[start..start + self.samples];
            return Ok(vec![self.spectrogram.of(middle)?]);
        }
        let whole = self.spectrogram.of(sound)?;
        if whole.nrows() == self.frames {
            return Ok(vec![whole; 4]);
        }
        let mut channels = vec![shrunk(&whole.view(), self.frames)];
        for start in middles(whole.nrows() - self.frames + 1) {
            channels.push(whole.slice(s![start..start + self.frames, ..]).to_owned());
        }
        Ok(channels)
    }

    /// A sound brought to the length of a clip.
    fn filled(&self, sound: &[f32]) -> Vec<f32> {
        let times = self.samples / sound.len().max(1);
        let mut filled = match self.shorter {
            Shorter::Pad => sound.to_vec(),
            Shorter::RepeatAndPad => sound.repeat(times),
            Shorter::Repeat => sound.repeat(times + 1),
        };
        filled.resize(self.samples, 0.0);
        filled
    }
}

/// A size from 1 to 2^24.
fn size(settings: &Settings, key: &str, default: usize) -> Result<usize, ProcessorError> {
    let size = settings.count(key)?.unwrap_or(default);
    if size <= MOST {
        return Ok(size);
    }
    Err(settings.refuse(key, &size.into(), "a whole number from 1 to 2^24"))
}

/// One of several words.
fn choice<T: Copy>(
    settings: &Settings,
    key: &str,
    known: &[(&str, T)],
    default: T,
) -> Result<T, ProcessorError> {
    let Some(found) = settings.text(key)? else {
        return Ok(default);
    };
    let choice = known.iter().find(|(name, _)| *name == found);
    choice.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        settings.refuse(key, &found.into(), &format!("one of: {}", names.join(", ")))
    })
}

/// The lowest and the highest frequency that is listened to, in hertz.
fn range(settings: &Settings, rate: u32) -> Result<(f64, f64), ProcessorError> {
    let lowest = settings.number("frequency_min")?.unwrap_or(0.0);
    let highest = settings.number("frequency_max")?.unwrap_or(14_000.0);
    if 0.0 <= lowest && lowest < highest && highest <= f64::from(rate) / 2.0 {
        return Ok((lowest, highest));
    }
    let expected = format!("more than `frequency_min`, {lowest}, and at most half of {rate}");
    Err(settings.refuse("frequency_max", &highest.into(), &expected))
}

/// Of so many places in thirds, the first thirds longer where they do not divide, the middle one of each; 0 for an empty
/// third.
fn middles(places: usize) -> [usize; 3] {
    let mut start = 0;
    [0, 1, 2].map(|third| {
        let length = places / 3 + usize::from(third < places % 3);
        let middle = if length == 0 { 0 } else { start + length / 2 };
        start += length;
        middle
    })
}

/// Rows mixed linearly to another number of them, as torch's `interpolate` does without aligned corners.
fn shrunk(rows: &ArrayView2<'_, f64>, count: usize) -> Array2<f64> {
    let scale = rows.nrows() as f64 / count as f64;
    let last = rows.nrows() - 1;
    let mut shrunk = Array2::zeros((count, rows.ncols()));
    for (place, mut row) in shrunk.axis_iter_mut(Axis(0)).enumerate() {
        let source = ((place as f64 + 0.5) * scale - 0.5).max(0.0);
        let below = (source as usize).min(last);
        let above = (below + 1).min(last);
        let share = source - below as f64;
        row.assign(&(&rows.row(below) * (1.0 - share) + &rows.row(above) * share));
    }
    shrunk
}
