//! Triangular filters over a power spectrum, evenly spaced on the mel scale of Slaney's Auditory Toolbox (1998), each of
//! the same area, as transformers' `mel_filter_bank` has them with `slaney` for scale and norm.

/// Below this the scale is linear, in hertz.
const LINEAR_BELOW_HZ: f64 = 1000.0;
/// Hertz of a mel where the scale is linear.
const HZ_PER_MEL: f64 = 200.0 / 3.0;
/// Number of mels in which the frequency grows by [`LOG_RATIO`] where the scale is logarithmic.
const LOG_MELS: f64 = 27.0;
const LOG_RATIO: f64 = 6.4;

/// A filter bank: every filter with the first bin it weighs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MelFilters {
    filters: Vec<(usize, Vec<f32>)>,
}

impl MelFilters {
    /// `count` filters from 0 hertz to `highest_hz` over the `bins` of a spectrum that ends at half of `rate`.
    pub(super) fn new(count: usize, bins: usize, rate: u32, highest_hz: f64) -> Self {
        let top = to_mel(highest_hz);
        let edges: Vec<f64> = (0..count + 2)
            .map(|edge| to_hz(top * edge as f64 / (count + 1) as f64))
            .collect();
        let last = f64::from(rate / 2);
        let bin_hz = last / (bins.max(2) - 1) as f64;
        let filters = edges.windows(3).map(|edges| {
            let (low, centre, high) = (edges[0], edges[1], edges[2]);
            let weight = |bin: usize| {
                let hz = bin as f64 * bin_hz;
                let rising = (hz - low) / (centre - low);
                let falling = (high - hz) / (high - centre);
                rising.min(falling).max(0.0) * 2.0 / (high - low)
            };
            let first = (0..bins).find(|bin| weight(*bin) > 0.0).unwrap_or(0);
            let weights = (first..bins).map(weight).take_while(|weight| *weight > 0.0);
            (first, weights.map(|weight| weight as f32).collect())
        });
        Self {
            filters: filters.collect(),
        }
    }

    /// Number of filters.
    pub(super) fn count(&self) -> usize {
        self.filters.len()
    }

    /// What each filter lets through of a power spectrum.
    pub(super) fn apply<'a>(&'a self, power: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        self.filters.iter().map(|(first, weights)| {
            let bins = power[*first..].iter();
            bins.zip(weights)
                .map(|(power, weight)| power * weight)
                .sum()
        })
    }
}

fn to_mel(hz: f64) -> f64 {
    if hz < LINEAR_BELOW_HZ {
        return hz / HZ_PER_MEL;
    }
    LINEAR_BELOW_HZ / HZ_PER_MEL + (hz / LINEAR_BELOW_HZ).ln() * LOG_MELS / LOG_RATIO.ln()
}

fn to_hz(mel: f64) -> f64 {
    let linear = LINEAR_BELOW_HZ / HZ_PER_MEL;
    if mel < linear {
        return mel * HZ_PER_MEL;
    }
    LINEAR_BELOW_HZ * ((mel - linear) * LOG_RATIO.ln() / LOG_MELS).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_linear_and_then_logarithmic() {
        for (hz, mel) in [(0.0, 0.0), (200.0, 3.0), (1000.0, 15.0), (6400.0, 42.0)] {
            assert!((to_mel(hz) - mel).abs() < 1e-12, "{hz}");
            assert!((to_hz(mel) - hz).abs() < 1e-9, "{mel}");
        }
    }

    #[test]
    fn filters_overlap_and_have_equal_areas() {
        let filters = MelFilters::new(80, 201, 16_000, 8_000.0);
        assert_eq!(filters.count(), 80);
        let flat = vec![1.0; 201];
        let wide: Vec<f32> = filters.apply(&flat).skip(70).collect();
        // Bins are 40 hertz apart: the sum over bins approaches the area over 40.
        for area in wide {
            assert!((area * 40.0 - 1.0).abs() < 0.02, "{area}");
        }
    }
}
