//! Logarithms of Kaldi's filter banks (Povey et al., ASRU 2011; `feat/feature-fbank.cc`, `feat/feature-window.cc`), with
//! the options that ImageBind takes: no dither, no energy, a symmetric window of Hann.

use std::f64::consts::TAU;
use std::sync::Arc;

use ndarray::Array2;
use realfft::num_complex::Complex64;
use realfft::{RealFftPlanner, RealToComplex};

use super::mel_bank::MelBank;
use crate::processor::ProcessorError;

/// Length of a frame and distance between frames, in milliseconds.
const FRAME_MS: usize = 25;
const SHIFT_MS: usize = 10;
/// The lowest frequency that is listened to, in hertz; the highest is half of the rate.
const LOWEST_HZ: f64 = 20.0;
/// What each sample loses of the one before it.
const PREEMPHASIS: f64 = 0.97;
/// Powers below this count as this: the distance from 1 to the next number in single precision.
const LEAST_POWER: f64 = f32::EPSILON as f64;

/// A transform from samples to the logarithms of mel powers over time.
#[derive(Clone)]
pub(super) struct KaldiBank {
    /// Symmetric window of Hann.
    window: Vec<f64>,
    shift: usize,
    bank: MelBank<f64>,
    transform: Arc<dyn RealToComplex<f64>>,
}

impl std::fmt::Debug for KaldiBank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KaldiBank")
            .field("window", &self.window.len())
            .field("shift", &self.shift)
            .field("bank", &self.bank)
            .finish_non_exhaustive()
    }
}

impl KaldiBank {
    /// A bank of `bins` filters for sounds of a rate of at least 1000 samples a second.
    pub(super) fn new(bins: usize, rate: u32) -> Self {
        let samples = |ms: usize| rate as usize * ms / 1000;
        let length = samples(FRAME_MS);
        let padded = length.next_power_of_two();
        let weight =
            |place: usize| 0.5 - 0.5 * (TAU * place as f64 / (length.max(2) - 1) as f64).cos();
        let range = (LOWEST_HZ, f64::from(rate) / 2.0);
        Self {
            window: (0..length).map(weight).collect(),
            shift: samples(SHIFT_MS),
            bank: MelBank::over_mels(bins, range, padded / 2 + 1, rate),
            transform: RealFftPlanner::new().plan_fft_forward(padded),
        }
    }

    /// The samples that make one frame.
    pub(super) const fn frame_length(&self) -> usize {
        self.window.len()
    }

    /// Logarithms `(frames, mel bins)`; frames that the samples do not fill are left out.
    pub(super) fn of(&self, samples: &[f64]) -> Result<Array2<f64>, ProcessorError> {
        let length = self.frame_length();
        let frames = match samples.len().checked_sub(length) {
            Some(rest) => rest / self.shift + 1,
            None => 0,
        };
        let mut logarithms = Array2::zeros((frames, self.bank.count()));
        let mut frame = self.transform.make_input_vec();
        let mut spectrum = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        for (place, row) in logarithms.rows_mut().into_iter().enumerate() {
            let start = place * self.shift;
            self.cut(&samples[start..start + length], &mut frame);
            self.transform
                .process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .map_err(|source| ProcessorError::Spectrum { source })?;
            let power: Vec<f64> = spectrum.iter().map(Complex64::norm_sqr).collect();
            for (value, power) in row.into_iter().zip(self.bank.apply(&power)) {
                *value = power.max(LEAST_POWER).ln();
            }
        }
        Ok(logarithms)
    }

    /// A frame around its mean, its higher frequencies raised, under the window, with zeros after it.
    fn cut(&self, samples: &[f64], frame: &mut [f64]) {
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;
        let before = samples.first().into_iter().chain(samples);
        let pairs = samples.iter().zip(before).zip(&self.window);
        frame.fill(0.0);
        for (value, ((sample, before), weight)) in frame.iter_mut().zip(pairs) {
            *value = (sample - mean - PREEMPHASIS * (before - mean)) * weight;
        }
    }
}
