//! Banks of triangular filters on the mel scale, as transformers' `mel_filter_bank` makes them.

use std::iter::Sum;
use std::ops::Mul;

/// How hertz become mels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MelScale {
    /// Logarithmic throughout (O'Shaughnessy, Speech Communication, 1987; the HTK book); filters of equal height.
    Htk,
    /// Linear below 1000 Hz and logarithmic above (Slaney, Auditory Toolbox, 1998); filters of equal area.
    Slaney,
}

/// Where Slaney's scale becomes logarithmic, in hertz, and what a mel is below.
const LINEAR_HZ: f64 = 1000.0;
const HZ_PER_MEL: f64 = 200.0 / 3.0;
/// Mels of Kaldi's scale for every e-fold of frequency.
const KALDI_MELS: f64 = 1127.0;
/// Above, this ratio of frequencies takes so many mels.
const LOG_RATIO: f64 = 6.4;
const MELS_PER_RATIO: f64 = 27.0;

impl MelScale {
    fn mels(self, hertz: f64) -> f64 {
        match self {
            Self::Htk => 2595.0 * (1.0 + hertz / 700.0).log10(),
            Self::Slaney if hertz < LINEAR_HZ => hertz / HZ_PER_MEL,
            Self::Slaney => {
                LINEAR_HZ / HZ_PER_MEL + (hertz / LINEAR_HZ).ln() * MELS_PER_RATIO / LOG_RATIO.ln()
            }
        }
    }

    fn hertz(self, mels: f64) -> f64 {
        let linear = LINEAR_HZ / HZ_PER_MEL;
        match self {
            Self::Htk => 700.0 * (10.0_f64.powf(mels / 2595.0) - 1.0),
            Self::Slaney if mels < linear => mels * HZ_PER_MEL,
            Self::Slaney => LINEAR_HZ * ((mels - linear) * LOG_RATIO.ln() / MELS_PER_RATIO).exp(),
        }
    }
}

/// A bank of filters, each with the bins it lets through.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MelBank<T>(Vec<(usize, Vec<T>)>);

impl MelBank<f64> {
    /// `count` filters between two frequencies in hertz, over `bins` of a spectrum up to half of `rate`.
    pub(super) fn new(
        scale: MelScale,
        count: usize,
        (lowest, highest): (f64, f64),
        bins: usize,
        rate: u32,
    ) -> Self {
        let (first, last) = (scale.mels(lowest), scale.mels(highest));
        let step = (last - first) / (count + 1) as f64;
        let edges: Vec<f64> = (0..count + 2)
            .map(|edge| scale.hertz(first + step * edge as f64))
            .collect();
        let bin_hz = f64::from(rate / 2) / (bins.max(2) - 1) as f64;
        let filter = |edges: &[f64]| {
            let (low, centre, high) = (edges[0], edges[1], edges[2]);
            let area = match scale {
                MelScale::Htk => 1.0,
                MelScale::Slaney => 2.0 / (high - low),
            };
            let weight = |bin: usize| {
                let hertz = bin as f64 * bin_hz;
                let rising = (hertz - low) / (centre - low);
                let falling = (high - hertz) / (high - centre);
                rising.min(falling).max(0.0) * area
            };
            trimmed(&(0..bins).map(weight).collect::<Vec<_>>())
        };
        Self(edges.windows(3).map(filter).collect())
    }

    /// `count` filters of equal height between two frequencies in hertz, over `bins` of a spectrum up to half of `rate`:
    /// triangles over mels, where others are triangles over hertz (Kaldi, `feat/mel-computations.cc`).
    pub(super) fn over_mels(
        count: usize,
        (lowest, highest): (f64, f64),
        bins: usize,
        rate: u32,
    ) -> Self {
        let mels = |hertz: f64| KALDI_MELS * (hertz / 700.0).ln_1p();
        let (first, last) = (mels(lowest), mels(highest));
        let step = (last - first) / (count + 1) as f64;
        let bin_hz = f64::from(rate) / 2.0 / (bins.max(2) - 1) as f64;
        let filter = |place: usize| {
            let low = first + step * place as f64;
            let weight = |bin: usize| {
                let rising = (mels(bin as f64 * bin_hz) - low) / step;
                rising.min(2.0 - rising).max(0.0)
            };
            trimmed(&(0..bins).map(weight).collect::<Vec<_>>())
        };
        Self((0..count).map(filter).collect())
    }

    /// The same filters in single precision.
    pub(super) fn single(&self) -> MelBank<f32> {
        let narrow = |weights: &[f64]| weights.iter().map(|&weight| weight as f32).collect();
        let filters = self.0.iter();
        MelBank(
            filters
                .map(|(begin, weights)| (*begin, narrow(weights)))
                .collect(),
        )
    }
}

/// A filter without the bins before and after that it does not let through.
fn trimmed(weights: &[f64]) -> (usize, Vec<f64>) {
    let begin = weights.iter().position(|w| *w > 0.0).unwrap_or(0);
    let end = weights
        .iter()
        .rposition(|w| *w > 0.0)
        .map_or(0, |end| end + 1);
    (begin, weights[begin.min(end)..end].to_vec())
}

impl<T: Copy + Mul<Output = T> + Sum> MelBank<T> {
    /// Number of filters.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// What each filter lets through of a power spectrum.
    pub(super) fn apply<'a>(&'a self, power: &'a [T]) -> impl Iterator<Item = T> + 'a {
        self.0.iter().map(|(begin, weights)| {
            let bins = power[*begin..].iter();
            bins.zip(weights)
                .map(|(&power, &weight)| power * weight)
                .sum()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_go_both_ways() {
        // Values of transformers' `hertz_to_mel`.
        let check = |scale: MelScale, hertz: f64, mels: f64| {
            assert!((scale.mels(hertz) - mels).abs() < 1e-9, "{hertz}");
            assert!((scale.hertz(mels) - hertz).abs() < 1e-6, "{mels}");
        };
        check(MelScale::Slaney, 500.0, 7.5);
        check(MelScale::Slaney, 1_000.0, 15.0);
        check(MelScale::Slaney, 6_400.0, 42.0);
        check(MelScale::Htk, 1_000.0, 999.985_537_139_624_4);
    }

    #[test]
    fn slaneys_filters_have_equal_areas() {
        let bank = MelBank::new(MelScale::Slaney, 80, (0.0, 8_000.0), 201, 16_000).single();
        assert_eq!(bank.count(), 80);
        // Bins are 40 hertz apart: where filters are wide, the sum over bins approaches the area over 40.
        for area in bank.apply(&[1.0; 201]).skip(70) {
            assert!((area * 40.0 - 1.0).abs() < 0.02, "{area}");
        }
    }

    #[test]
    fn a_filter_is_where_its_frequency_is() {
        for scale in [MelScale::Htk, MelScale::Slaney] {
            let bank = MelBank::new(scale, 8, (0.0, 8_000.0), 257, 16_000);
            let mut spectrum = vec![0.0; 257];
            let centre = scale.hertz(scale.mels(8_000.0) / 9.0 * 3.0);
            spectrum[(centre / 31.25).round() as usize] = 1.0;
            let heard: Vec<f64> = bank.apply(&spectrum).collect();
            let loudest = (0..8).max_by(|a, b| heard[*a].total_cmp(&heard[*b]));
            assert_eq!(loudest, Some(2), "{scale:?} {heard:?}");
        }
    }
}
