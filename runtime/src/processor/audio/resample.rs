//! Changes the sampling rate by a windowed sinc (Smith, Digital Audio Resampling Home Page, 2002).

use std::f64::consts::PI;

/// Zero crossings of the sinc to either side.
const CROSSINGS: f64 = 6.0;

/// Where the low-pass cuts off, as a share of the lower rate's Nyquist frequency.
const ROLLOFF: f64 = 0.99;

/// How many samples [`resample`] gives.
pub(super) fn length(samples: usize, from: u32, to: u32) -> usize {
    (samples as u128 * u128::from(to)).div_ceil(u128::from(from)) as usize
}

/// The weights that mix one output sample, and the input sample the first of them belongs to.
struct Phase {
    first: i64,
    weights: Vec<f64>,
}

/// The samples at another rate; beyond their ends there is silence.
pub(super) fn resample(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
    let common = greatest_common_divisor(from, to);
    let (from, to) = (from / common, to / common);
    let phases: Vec<Phase> = (0..to).map(|place| phase(place, from, to)).collect();
    let count = length(samples.len(), from, to);
    let mut resampled = Vec::with_capacity(count);
    for start in (0_i64..).step_by(from as usize) {
        for phase in &phases {
            if resampled.len() == count {
                return resampled;
            }
            resampled.push(mix(samples, start + phase.first, &phase.weights));
        }
    }
    resampled
}

/// The weights of the output sample that lies `place / to` periods of `from` samples in.
fn phase(place: u32, from: u32, to: u32) -> Phase {
    let (from, to) = (f64::from(from), f64::from(to));
    let cutoff = from.min(to) * ROLLOFF;
    let centre = f64::from(place) / to;
    let reach = CROSSINGS / cutoff;
    let first = ((centre - reach) * from).ceil() as i64;
    let last = ((centre + reach) * from).floor() as i64;
    let weight = |sample: i64| {
        let distance = (sample as f64 / from - centre) * cutoff;
        let window = (distance * PI / CROSSINGS / 2.0).cos().powi(2);
        let angle = distance * PI;
        let sinc = if angle == 0.0 {
            1.0
        } else {
            angle.sin() / angle
        };
        sinc * window * cutoff / from
    };
    Phase {
        first,
        weights: (first..=last).map(weight).collect(),
    }
}

fn mix(samples: &[f32], first: i64, weights: &[f64]) -> f32 {
    let skipped = (-first).clamp(0, weights.len() as i64) as usize;
    let begin = first.max(0) as usize;
    let inside = samples.get(begin..).unwrap_or_default();
    let products = inside.iter().zip(&weights[skipped..]);
    products
        .map(|(&sample, weight)| f64::from(sample) * weight)
        .sum::<f64>() as f32
}

fn greatest_common_divisor(mut one: u32, mut other: u32) -> u32 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sine of `hertz` at `rate`.
    fn sine(hertz: f64, rate: u32, count: usize) -> Vec<f32> {
        let angle = |place: usize| 2.0 * PI * hertz * place as f64 / f64::from(rate);
        (0..count).map(|place| angle(place).sin() as f32).collect()
    }

    #[test]
    fn a_tone_stays_the_same_tone() {
        for (from, to) in [
            (44_100, 16_000),
            (8_000, 16_000),
            (48_000, 44_100),
            (11_025, 48_000),
        ] {
            let count = from as usize / 10;
            let resampled = resample(&sine(440.0, from, count), from, to);
            assert_eq!(resampled.len(), length(count, from, to));
            let expected = sine(440.0, to, resampled.len());
            // The first and last crossings mix in the silence around the tone.
            let edge = to as usize / 500;
            let inner = edge..resampled.len() - edge;
            for place in inner {
                let difference = (resampled[place] - expected[place]).abs();
                assert!(difference < 5e-3, "{from} to {to}, {place}: {difference}");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_removed() {
        let resampled = resample(&sine(15_000.0, 48_000, 4_800), 48_000, 16_000);
        let loudest = resampled[100..1_500]
            .iter()
            .fold(0.0_f32, |loudest, x| loudest.max(x.abs()));
        assert!(loudest < 0.01, "{loudest}");
    }

    #[test]
    fn the_shortest_sound_has_samples_left() {
        assert_eq!(resample(&[0.5], 48_000, 16_000).len(), 1);
        assert_eq!(resample(&[0.5; 7], 44_100, 44_101).len(), 8);
        assert_eq!(
            length(1 << 40, 768_000, 1_000),
            (1_usize << 40).div_ceil(768)
        );
    }
}
