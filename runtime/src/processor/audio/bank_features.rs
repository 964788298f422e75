//! Filter banks of clips at equal distances, as `load_and_transform_audio_data` of facebookresearch/ImageBind makes them.

use std::borrow::Cow;
use std::path::Path;

use ndarray::{Array4, ArrayViewMut2, s};

use super::kaldi_bank::KaldiBank;
use super::{Waveform, settings};
use crate::processor::ProcessorError;
use crate::processor::settings::Settings;

/// The class that the settings name.
const CLASS: &str = "ImageBindFeatureExtractor";
/// The most numbers that a sound becomes.
const MOST: usize = 1 << 24;

/// The feature extractor of a checkpoint.
#[derive(Debug, Clone)]
pub struct BankFeatures {
    rate: u32,
    /// Mel bins.
    bins: usize,
    /// Frames of a clip.
    frames: usize,
    /// Length of a clip in seconds.
    seconds: f64,
    /// Samples of a clip.
    samples: usize,
    /// Number of clips that a sound is cut into.
    clips: usize,
    mean: f64,
    deviation: f64,
    bank: KaldiBank,
}

impl BankFeatures {
    /// Reads `preprocessor_config.json` of a checkpoint folder; `absent` is what it says where there is none. The keys are
    /// the arguments of `load_and_transform_audio_data`, with `sampling_rate` for `sample_rate`.
    pub fn load(dir: &Path, absent: Option<&str>) -> Result<Self, ProcessorError> {
        let settings = settings::load_or(dir, CLASS, absent)?;
        let rate = settings::rate(&settings, 16_000)?;
        let bins = settings.count("num_mel_bins")?.unwrap_or(128);
        let frames = settings.count("target_length")?.unwrap_or(204);
        let clips = settings.count("clips_per_video")?.unwrap_or(3);
        let numbers = bins.checked_mul(frames).and_then(|n| n.checked_mul(clips));
        if numbers.is_none_or(|numbers| numbers > MOST) {
            let expected = "a number of clips that, times mel bins and frames, gives at most 2^24";
            return Err(settings.refuse("clips_per_video", &clips.into(), expected));
        }
        let bank = KaldiBank::new(bins, rate);
        let (seconds, samples) = clip(&settings, rate, &bank)?;
        let deviation = settings.number("std")?.unwrap_or(9.138);
        if deviation <= 0.0 {
            return Err(settings.refuse("std", &deviation.into(), "a positive number"));
        }
        Ok(Self {
            rate,
            bins,
            frames,
            seconds,
            samples,
            clips,
            mean: settings.number("mean")?.unwrap_or(-4.268),
            deviation,
            bank,
        })
    }

    /// Samples a second that the features are made from.
    #[must_use]
    pub const fn rate(&self) -> u32 {
        self.rate
    }

    /// Number of clips that every sound is cut into.
    #[must_use]
    pub const fn clips(&self) -> usize {
        self.clips
    }

    /// The samples of a sound at the extractor's rate.
    pub fn resampled<'w>(&self, waveform: &'w Waveform) -> Result<Cow<'w, [f32]>, ProcessorError> {
        waveform.at_rate(self.rate)
    }

    /// Features of the clips of every sound at the extractor's rate, one sound after the other: `(sounds × clips, 1, mel
    /// bins, frames)`.
    pub fn extract(&self, sounds: &[impl AsRef<[f32]>]) -> Result<Array4<f32>, ProcessorError> {
        if sounds.is_empty() {
            return Err(ProcessorError::EmptyBatch);
        }
        let needed = self.bank.frame_length();
        let shape = (sounds.len() * self.clips, 1, self.bins, self.frames);
        let mut features = Array4::zeros(shape);
        for (index, sound) in sounds.iter().enumerate() {
            let mut sound: Vec<f64> = sound.as_ref().iter().copied().map(f64::from).collect();
            if sound.len() < needed {
                return Err(ProcessorError::SoundTooShort {
                    index,
                    samples: sound.len(),
                    needed,
                });
            }
            for place in 0..self.clips {
                let start = self.start(sound.len(), place);
                let end = (start + self.samples).min(sound.len());
                // The mean is taken from the sound itself, as there: a clip that overlaps with the one before finds it
                // changed.
                let clip = &mut sound[start..end];
                let mean = clip.iter().sum::<f64>() / clip.len() as f64;
                for sample in clip.iter_mut() {
                    *sample -= mean;
                }
                let to = features.slice_mut(s![index * self.clips + place, 0, .., ..]);
                self.write(clip, to)?;
            }
        }
        Ok(features)
    }

    /// The first sample of a clip: clips begin at equal distances, the last one where the sound would end with it. As
    /// `ConstantClipsPerVideoSampler` of pytorchvideo computes it: the time left in double precision, then without rounding.
    fn start(&self, samples: usize, place: usize) -> usize {
        let left = (samples as f64 / f64::from(self.rate) - self.seconds).max(0.0);
        let distances = (self.clips - 1).max(1);
        whole_part(left, place as u64 * u64::from(self.rate), distances as u64)
    }

    /// Puts the normalised logarithms of a clip into `(mel bins, frames)`. What the clip does not fill is a logarithm of 0.
    fn write(&self, clip: &[f64], mut to: ArrayViewMut2<'_, f32>) -> Result<(), ProcessorError> {
        let normal = |logarithm: f64| ((logarithm - self.mean) / self.deviation) as f32;
        to.fill(normal(0.0));
        let logarithms = self.bank.of(clip)?;
        for (frame, mut column) in logarithms.rows().into_iter().zip(to.columns_mut()) {
            column.zip_mut_with(&frame, |to, &logarithm| *to = normal(logarithm));
        }
        Ok(())
    }
}

/// Length of a clip in seconds and in samples.
fn clip(settings: &Settings, rate: u32, bank: &KaldiBank) -> Result<(f64, usize), ProcessorError> {
    let seconds = settings.number("clip_duration")?.unwrap_or(2.0);
    let samples = seconds * f64::from(rate);
    if (bank.frame_length() as f64..MOST as f64).contains(&samples) {
        return Ok((seconds, samples as usize));
    }
    let expected = "seconds of at least a frame and at most 2^24 samples";
    Err(settings.refuse("clip_duration", &seconds.into(), expected))
}

/// The whole part of `number × times / over`, without rounding; `number` is below 2^52.
fn whole_part(number: f64, times: u64, over: u64) -> usize {
    // IEEE 754: a number is its mantissa of 53 bits times 2 to the power of its exponent less 1075.
    let bits = number.to_bits();
    let (exponent, fraction) = (bits >> 52 & 0x7ff, bits & ((1 << 52) - 1));
    let mantissa = u128::from(fraction | u64::from(exponent > 0) << 52);
    let shift = 1075 - exponent.clamp(1, 1075) as u32;
    let product = mantissa * u128::from(times) / u128::from(over);
    product.checked_shr(shift).unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use super::super::settings::FILE;
    use super::*;

    fn load(json: &str) -> Result<BankFeatures, ProcessorError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), json).unwrap();
        BankFeatures::load(dir.path(), None)
    }

    #[test]
    fn clips_begin_where_pytorchvideo_begins_them() {
        let features = load("{}").unwrap();
        let starts = |samples| [0, 1, 2].map(|place| features.start(samples, place));
        // `int(start * 16000)` of ConstantClipsPerVideoSampler(2, 3); the time left is rounded, so that some are one less.
        assert_eq!(starts(3_000), [0, 0, 0]);
        assert_eq!(starts(32_000), [0, 0, 0]);
        assert_eq!(starts(32_001), [0, 0, 0]);
        assert_eq!(starts(32_022), [0, 10, 21]);
        assert_eq!(starts(35_201), [0, 1_600, 3_201]);
        assert_eq!(starts(48_000), [0, 8_000, 16_000]);
        assert_eq!(starts(51_203), [0, 9_601, 19_203]);
    }

    #[test]
    fn silence_and_what_is_missing_have_their_own_values() {
        let features = load(r#"{"num_mel_bins": 8, "target_length": 5, "clips_per_video": 2}"#);
        let found = features.unwrap().extract(&[vec![0.25_f32; 720]]).unwrap();
        assert_eq!(found.dim(), (2, 1, 8, 5));
        let silent = (f64::from(f32::EPSILON).ln() + 4.268) / 9.138;
        let missing = 4.268 / 9.138;
        for (place, value) in found.indexed_iter() {
            let expected = if place.3 < 3 { silent } else { missing };
            assert!((f64::from(*value) - expected).abs() < 1e-6, "{place:?}");
        }
    }

    #[test]
    fn settings_and_sounds_that_cannot_be_are_refused() {
        let refused = [
            r#"{"feature_extractor_type": "ClapFeatureExtractor"}"#,
            r#"{"num_mel_bins": 70000, "target_length": 70000}"#,
            r#"{"clips_per_video": 0}"#,
            r#"{"clip_duration": 0.001}"#,
            r#"{"clip_duration": 1e9}"#,
            r#"{"std": 0}"#,
            r#"{"sampling_rate": 10}"#,
        ];
        for json in refused {
            assert!(load(json).is_err(), "{json}");
        }
        let features = load("{}").unwrap();
        let short = features.extract(&[vec![0.5_f32; 399]]).unwrap_err();
        assert!(matches!(
            short,
            ProcessorError::SoundTooShort { needed: 400, .. }
        ));
        let none: [Vec<f32>; 0] = [];
        assert!(features.extract(&none).is_err());
    }
}
