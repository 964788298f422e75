//! How far a value on a platform lies from the same value on the CPU.

use ndarray::{ArrayD, Dimension};
use serde_json::json;

use crate::tensor::Tensor;

/// From here on, single precision stands for "infinitely far away": masks add numbers of this kind to scores.
const BOUNDLESS: f64 = 1e30;
/// The same of half precision, whose largest number is 65504.
const BOUNDLESS_HALF: f64 = 6e4;

/// What counts as equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Bound on `|cpu − platform| ÷ max(1, largest |cpu|)`, as the contract of cells has it.
    pub bound: f64,
    /// What the platform's own arithmetic may add to `|cpu − platform|`.
    pub addition: f64,
}

/// The largest difference between two computations of one value.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Element type by its ONNX name.
    pub dtype: &'static str,
    /// Size of each axis on the CPU.
    pub shape: Vec<usize>,
    /// `|cpu − platform| ÷ max(1, largest |cpu|)` of floats, `|cpu − platform|` of whole numbers and truth values;
    /// infinite where one is not a number, or where types or shapes differ.
    pub deviation: f64,
    /// The largest that counts as equal; 0 for whole numbers and truth values.
    pub tolerance: f64,
    /// Where the largest is, with the numbers there; `None` for a value without elements, or of another type or shape.
    pub at: Option<Place>,
    /// How types or shapes differ, where they do.
    pub mismatch: Option<String>,
}

/// One position of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Index on each axis.
    pub index: Vec<usize>,
    /// The number on the CPU.
    pub cpu: f64,
    /// The number on the platform.
    pub platform: f64,
}

impl Difference {
    /// Compares a value with the CPU's. Not a number is never equal, not even to itself.
    #[must_use]
    pub fn between(cpu: &Tensor, platform: &Tensor, tolerance: Tolerance) -> Self {
        let mut found = Self {
            dtype: cpu.dtype(),
            shape: cpu.shape().to_vec(),
            deviation: 0.0,
            tolerance: 0.0,
            at: None,
            mismatch: None,
        };
        match (cpu, platform) {
            _ if cpu.shape() != platform.shape() => found.mismatched(platform),
            (Tensor::I64(cpu), Tensor::I64(other)) => found.exact(cpu, other, |it| it as f64),
            (Tensor::I32(cpu), Tensor::I32(other)) => found.exact(cpu, other, f64::from),
            (Tensor::U8(cpu), Tensor::U8(other)) => found.exact(cpu, other, f64::from),
            (Tensor::Bool(cpu), Tensor::Bool(other)) => found.exact(cpu, other, f64::from),
            _ => match (cpu.to_f32(), platform.to_f32()) {
                (Some(a), Some(b)) if cpu.dtype() == platform.dtype() => {
                    let boundless = match cpu {
                        Tensor::F16(_) => BOUNDLESS_HALF,
                        _ => BOUNDLESS,
                    };
                    found.close(&a, &b, tolerance, boundless);
                }
                _ => found.mismatched(platform),
            },
        }
        found
    }

    /// A value that the platform did not give.
    #[must_use]
    pub fn missing(cpu: &Tensor) -> Self {
        Self {
            dtype: cpu.dtype(),
            shape: cpu.shape().to_vec(),
            deviation: f64::INFINITY,
            tolerance: 0.0,
            at: None,
            mismatch: Some("the platform did not give it".to_owned()),
        }
    }

    /// Whether it is more than counts as equal.
    #[must_use]
    pub fn diverges(&self) -> bool {
        // Written so that what is not a number diverges.
        !matches!(self.deviation.partial_cmp(&self.tolerance), Some(order) if order.is_le())
    }

    fn mismatched(&mut self, platform: &Tensor) {
        self.deviation = f64::INFINITY;
        self.mismatch = Some(format!(
            "{} {:?} on cpu, {} {:?} on the platform",
            self.dtype,
            self.shape,
            platform.dtype(),
            platform.shape()
        ));
    }

    fn note(&mut self, deviation: f64, index: &ndarray::IxDyn, cpu: f64, platform: f64) {
        if self.at.is_none() || deviation > self.deviation {
            self.deviation = deviation;
            self.at = Some(Place {
                index: index.slice().to_vec(),
                cpu,
                platform,
            });
        }
    }

    fn exact<E: Copy + PartialEq>(
        &mut self,
        cpu: &ArrayD<E>,
        platform: &ArrayD<E>,
        number: impl Fn(E) -> f64,
    ) {
        for ((index, &a), &b) in cpu.indexed_iter().zip(platform) {
            let (x, y) = (number(a), number(b));
            // Large numbers that differ may be the same in double precision.
            let deviation = if a == b { 0.0 } else { (x - y).abs().max(1.0) };
            self.note(deviation, &index, x, y);
        }
    }

    fn close(
        &mut self,
        cpu: &ArrayD<f32>,
        platform: &ArrayD<f32>,
        tolerance: Tolerance,
        boundless: f64,
    ) {
        let sizes = cpu.iter().map(|&value| f64::from(value).abs());
        let scale = sizes.filter(|size| *size < boundless).fold(1.0, f64::max);
        self.tolerance = tolerance.bound + tolerance.addition / scale;
        for ((index, &a), &b) in cpu.indexed_iter().zip(platform) {
            let (a, b) = (f64::from(a), f64::from(b));
            let are_boundless = a.abs() >= boundless && b.abs() >= boundless;
            let deviation = if are_boundless && a.signum() == b.signum() {
                0.0
            } else if (a - b).is_nan() {
                f64::INFINITY
            } else {
                (a - b).abs() / scale
            };
            self.note(deviation, &index, a, b);
        }
    }

    /// The same for programs. What is no finite number is text, for JSON has no such numbers.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let number = |value: f64| match serde_json::Number::from_f64(value) {
            Some(number) => serde_json::Value::Number(number),
            None => serde_json::Value::String(value.to_string()),
        };
        let place = |at: &Place| json!({ "index": at.index, "cpu": number(at.cpu), "platform": number(at.platform) });
        json!({
            "dtype": self.dtype,
            "shape": self.shape,
            "deviation": number(self.deviation),
            "tolerance": self.tolerance,
            "diverges": self.diverges(),
            "at": self.at.as_ref().map(place),
            "mismatch": self.mismatch,
        })
    }
}

#[cfg(test)]
mod tests {
    use half::f16;
    use ndarray::{Array1, arr1, arr2};

    use super::*;

    const LEVEL: Tolerance = Tolerance {
        bound: 1e-4,
        addition: 0.0,
    };

    fn check(cpu: impl Into<Tensor>, platform: impl Into<Tensor>) -> Difference {
        Difference::between(&cpu.into(), &platform.into(), LEVEL)
    }

    #[test]
    fn floats_may_differ_by_a_share_of_the_largest() {
        let cpu = arr2(&[[100.0_f32, 1.0], [0.0, 2.0]]);
        let mut platform = cpu.clone();
        platform[[1, 1]] = 2.009;
        let near = check(cpu.clone(), platform.clone());
        assert!(!near.diverges(), "{near:?}");
        platform[[1, 1]] = 2.02;
        let far = check(cpu, platform);
        assert!(far.diverges());
        assert_eq!(far.at.unwrap().index, [1, 1]);
    }

    #[test]
    fn what_is_not_a_number_diverges_on_either_side_and_on_both() {
        for (cpu, platform) in [(1.0, f32::NAN), (f32::NAN, 1.0), (f32::NAN, f32::NAN)] {
            let found = check(arr1(&[0.0, cpu]), arr1(&[0.0, platform]));
            assert!(found.diverges(), "{cpu} {platform}");
            assert_eq!(found.at.unwrap().index, [1]);
        }
    }

    #[test]
    fn the_numbers_of_masks_do_not_hide_what_stands_beside_them() {
        let (least, infinite) = (f32::MIN, f32::NEG_INFINITY);
        assert!(!check(arr1(&[least, 1.0]), arr1(&[infinite, 1.0])).diverges());
        assert!(check(arr1(&[least, 1.0]), arr1(&[least, 1.1])).diverges());
        assert!(check(arr1(&[least, 1.0]), arr1(&[0.0, 1.0])).diverges());
        assert!(check(arr1(&[infinite]), arr1(&[f32::INFINITY])).diverges());
        let half = |values: &[f32]| Array1::from_iter(values.iter().map(|&it| f16::from_f32(it)));
        assert!(!check(half(&[-65504.0, 1.0]), half(&[f32::NEG_INFINITY, 1.0])).diverges());
        assert!(check(half(&[-65504.0, 1.0]), half(&[-65504.0, 1.5])).diverges());
    }

    #[test]
    fn whole_numbers_types_and_shapes_must_be_equal() {
        assert!(!check(arr1(&[3_i64, 4]), arr1(&[3_i64, 4])).diverges());
        assert!(check(arr1(&[i64::MAX]), arr1(&[i64::MAX - 1])).diverges());
        assert!(check(arr1(&[true]), arr1(&[false])).diverges());
        assert!(check(arr1(&[1.0_f32]), arr2(&[[1.0_f32]])).diverges());
        assert!(check(arr1(&[1_i32]), arr1(&[1_i64])).diverges());
        let nothing = Array1::<f32>::zeros(0);
        assert!(!check(nothing.clone(), nothing).diverges());
    }

    #[test]
    fn an_addition_is_absolute() {
        let allowed = Tolerance {
            bound: 0.0,
            addition: 0.1,
        };
        let found = |by: f32| {
            let (cpu, platform) = (arr1(&[10.0_f32]).into(), arr1(&[10.0 + by]).into());
            Difference::between(&cpu, &platform, allowed)
        };
        assert!(!found(0.09).diverges());
        assert!(found(0.2).diverges());
    }
}
