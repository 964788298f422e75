//! The noise that makes a reading vary: normal numbers from a seed.

use ndarray::Array3;

use crate::generation::Random;

/// What tells the noise of sounds from that of their lengths under the same seed.
const OTHER_SEQUENCE: u64 = 0x6e6f_6973_6500_0001;

/// Which noise of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of the lengths of its sounds.
    Duration,
    /// Of the sounds themselves.
    Sound,
}

/// Noise of a scale for a row of channels, `(1, channels, length)`. More of it begins with the same numbers. Without a scale
/// it is one zero a channel, which graphs repeat.
pub(super) fn noise(
    seed: u64,
    kind: Kind,
    scale: f32,
    (channels, length): (usize, usize),
) -> Array3<f32> {
    if scale == 0.0 {
        return Array3::zeros((1, channels, 1));
    }
    let mut normal = Normal::new(match kind {
        Kind::Duration => seed,
        Kind::Sound => seed ^ OTHER_SEQUENCE,
    });
    let mut noise = Array3::zeros((1, channels, length));
    for place in 0..length {
        for channel in 0..channels {
            noise[[0, channel, place]] = normal.next() * scale;
        }
    }
    noise
}

/// Normal numbers in pairs (Box and Muller, 1958).
struct Normal {
    random: Random,
    second: Option<f64>,
}

impl Normal {
    const fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            second: None,
        }
    }

    fn next(&mut self) -> f32 {
        if let Some(second) = self.second.take() {
            return second as f32;
        }
        // A share is below 1, so that the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.random.next_share()).ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * self.random.next_share()).sin_cos();
        self.second = Some(radius * sine);
        (radius * cosine) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_normal_and_scaled() {
        let drawn = noise(7, Kind::Sound, 0.5, (8, 20_000));
        let count = drawn.len() as f32;
        let mean = drawn.sum() / count;
        let variance = drawn.mapv(|number| (number - mean).powi(2)).sum() / count;
        let fourth = drawn.mapv(|number| (number - mean).powi(4)).sum() / count;
        assert!(mean.abs() < 0.005, "{mean}");
        assert!((variance - 0.25).abs() < 0.005, "{variance}");
        assert!((fourth / variance.powi(2) - 3.0).abs() < 0.1, "{fourth}");
        assert!(drawn.iter().all(|number| number.is_finite()));
    }

    #[test]
    fn seed_and_kind_decide_and_more_begins_alike() {
        let draw = |seed, kind, length| noise(seed, kind, 1.0, (2, length));
        let short = draw(1, Kind::Sound, 3);
        let long = draw(1, Kind::Sound, 5);
        assert_eq!(long.slice(ndarray::s![.., .., ..3]), short);
        assert_ne!(draw(2, Kind::Sound, 3), short);
        assert_ne!(draw(1, Kind::Duration, 3), short);
        assert_eq!(
            noise(1, Kind::Sound, 0.0, (2, 9)),
            Array3::<f32>::zeros((1, 2, 1))
        );
    }
}
