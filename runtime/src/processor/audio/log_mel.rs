//! Spectrograms on the mel scale in decibels, in double precision, as transformers' `spectrogram` makes them.

use std::f64::consts::TAU;
use std::sync::Arc;

use ndarray::Array2;
use realfft::num_complex::Complex64;
use realfft::{RealFftPlanner, RealToComplex};

use super::mel_bank::MelBank;
use crate::processor::ProcessorError;

/// Powers below this count as this.
const LEAST_POWER: f64 = 1e-10;

/// A transform from samples to mel bins over time.
#[derive(Clone)]
pub(super) struct LogMel {
    /// Periodic window of Hann.
    window: Vec<f64>,
    hop: usize,
    bank: MelBank<f64>,
    transform: Arc<dyn RealToComplex<f64>>,
}

impl std::fmt::Debug for LogMel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogMel")
            .field("window", &self.window.len())
            .field("hop", &self.hop)
            .field("bank", &self.bank)
            .finish_non_exhaustive()
    }
}

impl LogMel {
    pub(super) fn new(window: usize, hop: usize, bank: MelBank<f64>) -> Self {
        let weight = |place: usize| 0.5 - 0.5 * (TAU * place as f64 / window as f64).cos();
        Self {
            window: (0..window).map(weight).collect(),
            hop,
            bank,
            transform: RealFftPlanner::new().plan_fft_forward(window),
        }
    }

    /// Decibels `(frames, mel bins)` of more samples than half a window: a frame is centred on every `hop`-th sample, and
    /// beyond the ends the sound is reflected.
    pub(super) fn of(&self, samples: &[f32]) -> Result<Array2<f64>, ProcessorError> {
        let frames = samples.len() / self.hop + 1;
        let mut decibels = Array2::zeros((frames, self.bank.count()));
        let mut frame = self.transform.make_input_vec();
        let mut spectrum = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        for (place, row) in decibels.rows_mut().into_iter().enumerate() {
            self.cut(samples, place * self.hop, &mut frame);
            self.transform
                .process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .map_err(|source| ProcessorError::Spectrum { source })?;
            let power: Vec<f64> = spectrum.iter().map(Complex64::norm_sqr).collect();
            for (value, power) in row.into_iter().zip(self.bank.apply(&power)) {
                *value = 10.0 * power.max(LEAST_POWER).log10();
            }
        }
        Ok(decibels)
    }

    /// The windowed samples around a centre.
    fn cut(&self, samples: &[f32], centre: usize, frame: &mut [f64]) {
        let half = frame.len() / 2;
        let last = samples.len() - 1;
        for (place, (value, weight)) in frame.iter_mut().zip(&self.window).enumerate() {
            let from_start = (centre + place).abs_diff(half);
            let is_beyond = centre + place > half + last;
            let source = if is_beyond {
                (2 * last).saturating_sub(from_start)
            } else {
                from_start
            };
            *value = f64::from(samples[source.min(last)]) * weight;
        }
    }
}
