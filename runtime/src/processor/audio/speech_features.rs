//! Log-mel features of a window of speech, as transformers' `WhisperFeatureExtractor` computes them (Radford et al., 2022,
//! arXiv:2212.04356, section 2.2).

use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;
use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use super::mel_bank::{MelBank, MelScale};
use crate::processor::ProcessorError;
use crate::processor::settings::Settings;

/// The highest frequency that is listened to, in hertz.
const HIGHEST_HZ: f64 = 8_000.0;
/// Powers below this count as this.
const LEAST_POWER: f32 = 1e-10;
/// Values further below the loudest, in powers of ten, count as this far below.
const RANGE: f32 = 8.0;
/// The most of each: enough for any model, and countable in products.
const MOST: usize = 1 << 24;

/// The feature extractor of a checkpoint.
#[derive(Clone)]
pub struct SpeechFeatures {
    rate: u32,
    samples: usize,
    padding: f32,
    hop: usize,
    window: Vec<f32>,
    filters: MelBank<f32>,
    transform: Arc<dyn RealToComplex<f32>>,
}

impl std::fmt::Debug for SpeechFeatures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpeechFeatures")
            .field("rate", &self.rate)
            .field("samples", &self.samples)
            .field("hop", &self.hop)
            .field("fft", &self.window.len())
            .field("mels", &self.filters.count())
            .finish_non_exhaustive()
    }
}

impl SpeechFeatures {
    /// Reads `preprocessor_config.json` of a checkpoint folder.
    pub fn load(dir: &Path) -> Result<Self, ProcessorError> {
        const FILE: &str = "preprocessor_config.json";
        let Some(settings) = Settings::load(dir, FILE)? else {
            return Err(ProcessorError::Read {
                path: dir.join(FILE),
                source: std::io::ErrorKind::NotFound.into(),
            });
        };
        let count = |key: &str, default: usize| -> Result<usize, ProcessorError> {
            let count = settings.count(key)?.unwrap_or(default);
            if count <= MOST {
                return Ok(count);
            }
            let expected = "a whole number from 1 to 2^24";
            Err(settings.refuse(key, &count.into(), expected))
        };
        let rate = count("sampling_rate", 16_000)?;
        let fft = count("n_fft", 400)?;
        let seconds = count("chunk_length", 30)?;
        let samples = seconds.saturating_mul(rate);
        // Frames at the edges are completed by reflection, which needs that many samples.
        if samples <= fft / 2 || samples > MOST {
            let expected =
                "a number of seconds with more samples than half of `n_fft`, and at most 2^24";
            return Err(settings.refuse("chunk_length", &seconds.into(), expected));
        }
        if let Some(dither) = settings.number("dither")?.filter(|dither| *dither != 0.0) {
            return Err(settings.refuse("dither", &dither.into(), "0: noise is not repeatable"));
        }
        let rate = u32::try_from(rate).unwrap_or(u32::MAX);
        let bins = fft / 2 + 1;
        let turn = std::f64::consts::TAU / fft as f64;
        let hann = |at: usize| (0.5 - 0.5 * (turn * at as f64).cos()) as f32;
        Ok(Self {
            rate,
            samples,
            padding: settings.number("padding_value")?.unwrap_or(0.0) as f32,
            hop: count("hop_length", 160)?,
            window: (0..fft).map(hann).collect(),
            filters: MelBank::new(
                MelScale::Slaney,
                count("feature_size", 80)?,
                (0.0, HIGHEST_HZ),
                bins,
                rate,
            )
            .single(),
            transform: RealFftPlanner::new().plan_fft_forward(fft),
        })
    }

    /// Samples a second that the features are computed from.
    #[must_use]
    pub const fn rate(&self) -> u32 {
        self.rate
    }

    /// Number of samples of the window.
    #[must_use]
    pub const fn samples(&self) -> usize {
        self.samples
    }

    /// Number of features of a frame.
    #[must_use]
    pub fn mels(&self) -> usize {
        self.filters.count()
    }

    /// Seconds from a frame to the next.
    #[must_use]
    pub fn frame_s(&self) -> f64 {
        self.hop as f64 / f64::from(self.rate)
    }

    /// Seconds of the window.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.rate)
    }

    /// Number of frames of the window.
    #[must_use]
    pub const fn frames(&self) -> usize {
        self.samples / self.hop
    }

    /// Features `(mels, frames)` of the first window of samples; what is missing is silence.
    pub fn extract(&self, samples: &[f32]) -> Result<Array2<f32>, ProcessorError> {
        let given = &samples[..samples.len().min(self.samples)];
        self.features(given, self.samples)
    }

    /// Features `(mels, frames)` of a sound that is longer than the window, of which windows can be cut.
    pub fn extract_whole(&self, samples: &[f32]) -> Result<Array2<f32>, ProcessorError> {
        self.features(samples, samples.len().max(self.samples))
    }

    /// Features of samples that silence completes to `total`.
    fn features(&self, given: &[f32], total: usize) -> Result<Array2<f32>, ProcessorError> {
        let frames = total / self.hop;
        let mut features = Array2::from_elem((self.filters.count(), frames), LEAST_POWER.log10());
        let mut frame = vec![0.0; self.window.len()];
        let mut spectrum = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let mut power = vec![0.0; spectrum.len()];
        for place in 0..frames {
            if !self.cut(given, total, place, &mut frame) {
                continue;
            }
            self.transform
                .process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .map_err(|source| ProcessorError::Spectrum { source })?;
            for (power, value) in power.iter_mut().zip(&spectrum) {
                *power = Complex32::norm_sqr(value);
            }
            for (mel, value) in self.filters.apply(&power).enumerate() {
                features[[mel, place]] = value.max(LEAST_POWER).log10();
            }
        }
        let loudest = features.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        features.mapv_inplace(|value| (value.max(loudest - RANGE) + 4.0) / 4.0);
        Ok(features)
    }

    /// Fills a windowed frame, centred at its place, the edges reflected; `false` where there is nothing but silence.
    fn cut(&self, samples: &[f32], total: usize, place: usize, frame: &mut [f32]) -> bool {
        let half = frame.len() / 2;
        let start = place * self.hop;
        let is_inside = start >= half && start - half + frame.len() <= samples.len();
        if is_inside {
            let part = &samples[start - half..];
            for ((frame, sample), weight) in frame.iter_mut().zip(part).zip(&self.window) {
                *frame = sample * weight;
            }
            return true;
        }
        let mut is_heard = false;
        for (offset, (frame, weight)) in frame.iter_mut().zip(&self.window).enumerate() {
            let at = (start + offset).abs_diff(half);
            let at = if start + offset >= half && at >= total {
                2 * (total - 1) - at
            } else {
                at
            };
            let sample = samples.get(at).copied().unwrap_or(self.padding);
            is_heard |= sample != 0.0;
            *frame = sample * weight;
        }
        is_heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(settings: &str) -> Result<SpeechFeatures, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("preprocessor_config.json"), settings).unwrap();
        SpeechFeatures::load(dir.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn settings_that_cannot_be_followed_are_named() {
        for (settings, key) in [
            (r#"{"chunk_length": 1, "n_fft": 40000}"#, "`chunk_length`"),
            (r#"{"chunk_length": 4000000000}"#, "`chunk_length`"),
            (r#"{"feature_size": 0}"#, "`feature_size`"),
            (r#"{"hop_length": "fast"}"#, "`hop_length`"),
            (r#"{"dither": 0.5}"#, "`dither`"),
        ] {
            let error = load(settings).unwrap_err();
            assert!(error.contains(key), "{settings}: {error}");
        }
        assert!(SpeechFeatures::load(Path::new("/nonexistent")).is_err());
    }

    #[test]
    fn silence_is_the_least_there_is_and_windows_have_one_form() {
        let extractor = load(r#"{"feature_size": 128, "chunk_length": 2}"#).unwrap();
        assert_eq!((extractor.mels(), extractor.frames()), (128, 200));
        let silent = extractor.extract(&[0.0; 100]).unwrap();
        assert_eq!(silent.dim(), (128, 200));
        // log10 of 1e-10, plus 4, divided by 4.
        assert!(silent.iter().all(|value| (value + 1.5).abs() < 1e-6));
        let tone: Vec<f32> = (0..48_000).map(|at| (at as f32 * 0.3).sin()).collect();
        assert_eq!(extractor.extract(&tone).unwrap().dim(), (128, 200));
        assert_eq!(extractor.extract_whole(&tone).unwrap().dim(), (128, 300));
    }
}
