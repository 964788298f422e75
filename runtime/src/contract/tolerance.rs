//! How far two computations of the same thing may lie apart, by named level.

use crate::catalog::{Platform, Precision};
use crate::engine::Evidence;

/// A bound on `|a − b| ÷ max(1, largest |b|)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Its name in messages.
    pub name: &'static str,
    /// The bound.
    pub bound: f32,
}

/// The same numbers by another order of summation, as another batch size or padding brings it.
pub(crate) const fn reordered(precision: Precision) -> Tolerance {
    match precision {
        Precision::Fp32 => level("reordered fp32", 2e-5),
        Precision::Fp16 => level("reordered fp16", 5e-3),
        Precision::Bf16 => level("reordered bf16", 4e-2),
    }
}

/// The same numbers by another provider, whose kernels sum in another order and approximate functions in other ways.
pub(crate) const fn other_provider(precision: Precision) -> Tolerance {
    match precision {
        Precision::Fp32 => level("other provider fp32", 1e-4),
        Precision::Fp16 => level("other provider fp16", 1e-2),
        Precision::Bf16 => level("other provider bf16", 8e-2),
    }
}

const fn level(name: &'static str, bound: f32) -> Tolerance {
    Tolerance { name, bound }
}

/// What a platform's own arithmetic may add to the difference from a reference, for graphs with these operators.
///
/// Shaders compute sine and cosine, which some graphs make positions of, with an absolute error of up to 2^-11 (W3C WebGPU
/// Shading Language, floating point accuracy; Vulkan, precision of individual operations). Adapters in software use it up.
pub(crate) fn addition<'o>(
    platform: Platform,
    mut operators: impl Iterator<Item = &'o str>,
) -> f64 {
    let has_waves = operators.any(|operator| operator == "Sin" || operator == "Cos");
    match platform {
        Platform::WebGpu if has_waves => 1.0 / 2048.0,
        _ => 0.0,
    }
}

/// The same for graphs that ran with this evidence.
pub(super) fn addition_of(evidence: &Evidence) -> f64 {
    let nodes = evidence.shares().iter().flat_map(|share| &share.operators);
    addition(
        evidence.platform(),
        nodes.map(|(operator, _)| operator.as_str()),
    )
}

impl Tolerance {
    /// The largest deviation of `got` from `expected`, or the text of a failure.
    pub(crate) fn compare(self, what: &str, expected: &[f32], got: &[f32]) -> Result<f32, String> {
        if expected.len() != got.len() {
            return Err(format!(
                "{what}: expected {} values, got {}",
                expected.len(),
                got.len()
            ));
        }
        let scale = expected
            .iter()
            .fold(1.0_f32, |largest, value| largest.max(value.abs()));
        let mut worst = (0, 0.0);
        for (index, (a, b)) in expected.iter().zip(got).enumerate() {
            let deviation = (a - b).abs() / scale;
            if deviation > worst.1 || deviation.is_nan() {
                worst = (index, deviation);
            }
            if deviation.is_nan() {
                break;
            }
        }
        let (index, deviation) = worst;
        if deviation <= self.bound {
            return Ok(deviation);
        }
        Err(format!(
            "{what}: value {index}: expected {:e}, got {:e}; deviation {deviation:.1e} of scale {scale:.3}, tolerance {:.0e} ({})",
            expected[index], got[index], self.bound, self.name
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_relative_to_the_largest_value_but_never_tighter_than_absolute() {
        let level = reordered(Precision::Fp32);
        assert!(level.compare("v", &[100.0, 1.0], &[100.0, 1.001]).is_ok());
        assert!(level.compare("v", &[0.001], &[0.00101]).is_ok());
        assert!(level.compare("v", &[1.0], &[1.0001]).is_err());
    }

    #[test]
    fn nan_and_missing_values_never_pass() {
        let level = reordered(Precision::Fp16);
        assert!(level.compare("v", &[1.0], &[f32::NAN]).is_err());
        assert!(level.compare("v", &[f32::NAN], &[1.0]).is_err());
        assert!(level.compare("v", &[1.0, 2.0], &[1.0]).is_err());
    }
}
