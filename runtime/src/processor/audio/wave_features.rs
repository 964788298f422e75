//! Normalised waveforms, as transformers' `Wav2Vec2FeatureExtractor` makes them.

use std::borrow::Cow;
use std::path::Path;

use ndarray::Array2;

use super::Waveform;
use super::settings;
use crate::processor::ProcessorError;

/// What is added to the variance before its root is taken.
const EPSILON: f64 = 1e-7;

/// The feature extractor of a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct WaveFeatures {
    rate: u32,
    is_normalised: bool,
    padding: f32,
    has_mask: bool,
}

/// A batch of waveforms, padded on the right.
#[derive(Debug, Clone, PartialEq)]
pub struct WaveBatch {
    /// `(batch, samples)`.
    pub values: Array2<f32>,
    /// 1 where there is sound, 0 where there is padding, `(batch, samples)`; `None` where the checkpoint's model was
    /// trained without.
    pub mask: Option<Array2<i64>>,
}

impl WaveFeatures {
    /// Reads `preprocessor_config.json` of a checkpoint folder.
    pub fn load(dir: &Path) -> Result<Self, ProcessorError> {
        let settings = settings::load(dir, "Wav2Vec2FeatureExtractor")?;
        if settings
            .count("feature_size")?
            .is_some_and(|size| size != 1)
        {
            let found = settings.find("feature_size").cloned().unwrap_or_default();
            return Err(settings.refuse("feature_size", &found, "1: a sample at a time"));
        }
        if settings
            .text("padding_side")?
            .is_some_and(|side| side != "right")
        {
            let found = settings.find("padding_side").cloned().unwrap_or_default();
            return Err(settings.refuse("padding_side", &found, "\"right\""));
        }
        Ok(Self {
            rate: settings::rate(&settings, 16_000)?,
            is_normalised: settings.flag("do_normalize")?.unwrap_or(true),
            padding: settings.number("padding_value")?.unwrap_or(0.0) as f32,
            has_mask: settings.flag("return_attention_mask")?.unwrap_or(false),
        })
    }

    /// Samples a second that the model takes.
    #[must_use]
    pub const fn rate(&self) -> u32 {
        self.rate
    }

    /// The samples of a sound at the model's rate.
    pub fn samples<'w>(&self, waveform: &'w Waveform) -> Result<Cow<'w, [f32]>, ProcessorError> {
        waveform.at_rate(self.rate)
    }

    /// Pads sounds at the model's rate to the longest, and brings each to mean 0 and variance 1: over its own length where
    /// the model takes a mask, else over the padded one, as the model was trained.
    pub fn extract(&self, sounds: &[impl AsRef<[f32]>]) -> Result<WaveBatch, ProcessorError> {
        let longest = sounds.iter().map(|sound| sound.as_ref().len()).max();
        let longest = longest.ok_or(ProcessorError::EmptyBatch)?;
        let shape = (sounds.len(), longest);
        let mut values = Array2::from_elem(shape, self.padding);
        let mut mask = Array2::zeros(shape);
        for ((sound, mut row), mut mask) in
            sounds.iter().zip(values.rows_mut()).zip(mask.rows_mut())
        {
            let sound = sound.as_ref();
            row.iter_mut().zip(sound).for_each(|(to, from)| *to = *from);
            mask.iter_mut().take(sound.len()).for_each(|bit| *bit = 1);
            if self.is_normalised {
                let length = if self.has_mask { sound.len() } else { longest };
                let part = row.slice_mut(ndarray::s![..length]);
                normalise(part);
            }
        }
        Ok(WaveBatch {
            values,
            mask: self.has_mask.then_some(mask),
        })
    }
}

/// Brings numbers to mean 0 and variance 1.
fn normalise(mut numbers: ndarray::ArrayViewMut1<'_, f32>) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
    let squares = numbers.iter().map(|&x| (f64::from(x) - mean).powi(2));
    let scale = (squares.sum::<f64>() / count + EPSILON).sqrt();
    numbers.mapv_inplace(|x| ((f64::from(x) - mean) / scale) as f32);
}

#[cfg(test)]
mod tests {
    use super::super::settings::FILE;
    use super::*;

    fn load(json: &str) -> Result<WaveFeatures, ProcessorError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), json).unwrap();
        WaveFeatures::load(dir.path())
    }

    fn moments(row: &[f32]) -> (f32, f32) {
        let mean = row.iter().sum::<f32>() / row.len() as f32;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / row.len() as f32;
        (mean, variance)
    }

    #[test]
    fn a_mask_decides_what_is_averaged_over() {
        let sounds = [vec![0.5, -0.25, 0.75, 0.0, 1.0, -1.0], vec![0.5, 0.25]];
        let check = |has_mask: bool, length: usize| {
            let json = format!(r#"{{"return_attention_mask": {has_mask}}}"#);
            let batch = load(&json).unwrap().extract(&sounds).unwrap();
            assert_eq!(batch.values.dim(), (2, 6));
            let row = batch.values.row(1).to_vec();
            let (mean, variance) = moments(&row[..length]);
            assert!(
                mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-4,
                "{row:?}"
            );
            assert!(row[length..].iter().all(|&x| x == 0.0));
            let mask = batch.mask.map(|mask| mask.row(1).to_vec());
            assert_eq!(mask, has_mask.then(|| vec![1, 1, 0, 0, 0, 0]));
        };
        check(true, 2);
        check(false, 6);
    }

    #[test]
    fn other_extractors_and_forms_are_refused() {
        let refused = [
            r#"{"feature_extractor_type": "WhisperFeatureExtractor"}"#,
            r#"{"feature_size": 80}"#,
            r#"{"padding_side": "left"}"#,
            r#"{"sampling_rate": 0}"#,
            r#"{"sampling_rate": 99000000}"#,
            r#"{"do_normalize": 1}"#,
        ];
        for json in refused {
            assert!(load(json).is_err(), "{json}");
        }
        assert!(load(r#"{"do_normalize": false}"#).is_ok());
        let dir = tempfile::tempdir().unwrap();
        assert!(WaveFeatures::load(dir.path()).is_err());
    }
}
