//! Resampling filters and their fixed-point coefficients.
//!
//! Kernels, supports and the rounding of coefficients are those of Pillow's `src/libImaging/Resample.c`
//! (`precompute_coeffs`, `normalize_coeffs_8bpc`), so that results agree bit for bit.

use std::f64::consts::PI;
use std::ops::Range;

/// Bits behind the binary point of a coefficient: 32 minus 8 for the pixel and 2 for overshoot.
pub(super) const PRECISION_BITS: u32 = 22;

/// How pixels are weighted, by the numbers that Pillow and `preprocessor_config.json` use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// 0: the nearest pixel.
    Nearest,
    /// 1: windowed sinc over three lobes.
    Lanczos,
    /// 2: triangle.
    Bilinear,
    /// 3: Catmull-Rom like cubic with a = -0.5.
    Bicubic,
    /// 4: mean of the covered pixels.
    Box,
    /// 5: windowed sinc over one lobe.
    Hamming,
}

impl Filter {
    /// The filter of a `resample` value.
    #[must_use]
    pub fn from_pillow(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::Nearest,
            1 => Self::Lanczos,
            2 => Self::Bilinear,
            3 => Self::Bicubic,
            4 => Self::Box,
            5 => Self::Hamming,
            _ => return None,
        })
    }

    /// Half the width of the kernel at scale 1, in source pixels.
    fn support(self) -> f64 {
        match self {
            Self::Nearest | Self::Box => 0.5,
            Self::Bilinear | Self::Hamming => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    /// Weight of a pixel whose centre is `x` away.
    fn weight(self, x: f64) -> f64 {
        match self {
            Self::Nearest | Self::Box => f64::from(u8::from(x > -0.5 && x <= 0.5)),
            Self::Bilinear => (1.0 - x.abs()).max(0.0),
            Self::Hamming => hamming(x.abs()),
            Self::Bicubic => cubic(x.abs()),
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            Self::Lanczos => 0.0,
        }
    }
}

/// Keys' cubic convolution with a = -0.5, for `x >= 0`.
fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

/// Hamming-windowed sinc, for `x >= 0`; Pillow writes the window's constants in single precision.
fn hamming(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else if x >= 1.0 {
        0.0
    } else {
        let x = x * PI;
        x.sin() / x * (f64::from(0.54_f32) + f64::from(0.46_f32) * x.cos())
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        let x = x * PI;
        x.sin() / x
    }
}

/// For every output position of a window: which source positions count, and how much.
pub(super) struct Coefficients {
    spans: Vec<Span>,
    weights: Vec<i32>,
}

/// The source positions of one output position, and where their weights start.
struct Span {
    source: usize,
    length: usize,
    weights: usize,
}

impl Coefficients {
    /// Coefficients that map `source` positions to the `window` of `target` positions.
    ///
    /// The support grows with the shrink factor, so that every source pixel counts.
    pub(super) fn new(filter: Filter, source: usize, target: usize, window: Range<usize>) -> Self {
        let scale = source as f64 / target as f64;
        let filter_scale = scale.max(1.0);
        let support = filter.support() * filter_scale;
        let step = 1.0 / filter_scale;
        let mut spans = Vec::with_capacity(window.len());
        let mut weights = Vec::new();
        let mut exact = Vec::new();
        for position in window {
            let centre = (position as f64 + 0.5) * scale;
            // Casts saturate at zero, as Pillow clamps.
            let start = (centre - support + 0.5) as usize;
            let end = ((centre + support + 0.5) as usize).min(source);
            exact.clear();
            exact.extend((start..end).map(|x| filter.weight((x as f64 - centre + 0.5) * step)));
            let sum: f64 = exact.iter().sum();
            spans.push(Span {
                source: start,
                length: exact.len(),
                weights: weights.len(),
            });
            weights.extend(
                exact
                    .iter()
                    .map(|&weight| fixed_point(if sum == 0.0 { weight } else { weight / sum })),
            );
        }
        Self { spans, weights }
    }

    /// The number of output positions.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// First source position and weights of each output position, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[i32])> {
        self.spans.iter().map(|span| {
            (
                span.source,
                &self.weights[span.weights..span.weights + span.length],
            )
        })
    }

    /// The source positions that any output position needs.
    pub(super) fn source_range(&self) -> Range<usize> {
        match (self.spans.first(), self.spans.last()) {
            (Some(first), Some(last)) => first.source..last.source + last.length,
            _ => 0..0,
        }
    }
}

/// Rounds half away from zero, as C's conversion after adding or subtracting one half does.
fn fixed_point(weight: f64) -> i32 {
    let scaled = weight * f64::from(1 << PRECISION_BITS);
    (if weight < 0.0 {
        scaled - 0.5
    } else {
        scaled + 0.5
    }) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_every_position_sum_to_one() {
        for filter in [
            Filter::Lanczos,
            Filter::Bilinear,
            Filter::Bicubic,
            Filter::Box,
            Filter::Hamming,
        ] {
            for (source, target) in [(1, 7), (7, 1), (96, 32), (32, 96), (20_000, 3)] {
                let coefficients = Coefficients::new(filter, source, target, 0..target);
                for (start, weights) in coefficients.iter() {
                    let sum: i64 = weights.iter().copied().map(i64::from).sum();
                    let off = (sum - (1 << PRECISION_BITS)).unsigned_abs() as usize;
                    assert!(
                        off <= weights.len(),
                        "{filter:?} {source}->{target} at {start}: {sum}"
                    );
                    assert!(start + weights.len() <= source);
                }
            }
        }
    }

    #[test]
    fn a_window_has_the_weights_of_the_whole() {
        let whole = Coefficients::new(Filter::Bicubic, 50, 20, 0..20);
        let window = Coefficients::new(Filter::Bicubic, 50, 20, 4..9);
        let expected: Vec<_> = whole.iter().skip(4).take(5).collect();
        assert_eq!(window.iter().collect::<Vec<_>>(), expected);
    }
}
