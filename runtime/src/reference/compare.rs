//! Compares a tensor with a stored one, position by position.

use std::fmt;

use ndarray::{ArrayD, Dimension, IxDyn};

use super::ReferenceError;
use crate::tensor::Tensor;

/// The largest difference between a tensor and the stored one.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Full name of the tensor.
    pub name: String,
    /// The largest absolute difference; infinite where a value is not a number.
    pub max_abs_diff: f64,
    /// The largest that counts as equal.
    pub atol: f64,
    /// Where it is.
    pub at: Vec<usize>,
    /// The stored value there.
    pub expected: f64,
    /// The value there.
    pub got: f64,
    /// How many positions were compared.
    pub compared: usize,
    /// Cosine of the angle between the compared values; 1 where both are all 0.
    pub cosine: f64,
}

impl Comparison {
    /// Whether the tensors are equal within the tolerance, and anything was compared at all.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.compared > 0 && self.max_abs_diff <= self.atol
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            max_abs_diff,
            atol,
            at,
            expected,
            got,
            compared,
            cosine: _,
        } = self;
        write!(
            f,
            "{name}: largest difference {max_abs_diff:.2e} at {at:?} (expected {expected}, got {got}), \
             tolerance {atol:.0e}, {compared} values compared"
        )
    }
}

/// The largest difference where `mask`, whose axes are the first of the tensors', is not 0.
pub(super) fn compare(
    name: &str,
    atol: f64,
    expected: &Tensor,
    mask: Option<&Tensor>,
    got: &Tensor,
) -> Result<Comparison, ReferenceError> {
    let mismatch = || ReferenceError::Mismatch {
        name: name.to_owned(),
        expected: described(expected),
        got: described(got),
    };
    let (expected, got) = match (expected, got) {
        (Tensor::I64(_), Tensor::I64(_) | Tensor::I32(_))
        | (Tensor::F32(_), Tensor::F32(_) | Tensor::F16(_)) => (numbers(expected), numbers(got)),
        _ => return Err(mismatch()),
    };
    let (Some(expected), Some(got)) = (expected, got) else {
        return Err(mismatch());
    };
    if expected.shape() != got.shape() {
        return Err(mismatch());
    }
    let mask = mask.and_then(numbers);
    let is_compared = |at: &IxDyn| {
        mask.as_ref().is_none_or(|mask| {
            let leading = at.slice().get(..mask.ndim());
            leading
                .and_then(|leading| mask.get(leading))
                .is_some_and(|&bit| bit != 0.0)
        })
    };
    let mut comparison = Comparison {
        name: name.to_owned(),
        max_abs_diff: 0.0,
        atol,
        at: vec![0; expected.ndim()],
        expected: expected.first().copied().unwrap_or_default(),
        got: got.first().copied().unwrap_or_default(),
        compared: 0,
        cosine: 1.0,
    };
    let (mut dot, mut expected_square, mut got_square) = (0.0, 0.0, 0.0);
    for ((at, &expected), &got) in expected.indexed_iter().zip(&got) {
        if !is_compared(&at) {
            continue;
        }
        comparison.compared += 1;
        dot += expected * got;
        expected_square += expected * expected;
        got_square += got * got;
        let difference = if (expected - got).is_nan() {
            f64::INFINITY
        } else {
            (expected - got).abs()
        };
        if difference > comparison.max_abs_diff {
            comparison.max_abs_diff = difference;
            comparison.at = at.slice().to_vec();
            comparison.expected = expected;
            comparison.got = got;
        }
    }
    if expected_square > 0.0 || got_square > 0.0 {
        comparison.cosine = dot / (expected_square * got_square).sqrt();
    }
    Ok(comparison)
}

/// The share of positions where masks or label maps differ, in place of the largest difference.
pub(super) fn compare_maps(
    name: &str,
    share: f64,
    expected: &Tensor,
    got: &Tensor,
) -> Result<Comparison, ReferenceError> {
    let mismatch = || ReferenceError::Mismatch {
        name: name.to_owned(),
        expected: described(expected),
        got: described(got),
    };
    let (Some(expected), Some(got)) = (numbers(expected), numbers(got)) else {
        return Err(mismatch());
    };
    if expected.shape() != got.shape() {
        return Err(mismatch());
    }
    let pairs = expected.indexed_iter().zip(&got);
    let mut different = pairs.filter(|((_, expected), got)| (*expected - **got).abs() > 0.5);
    let first = different.next();
    let count = different.count() + usize::from(first.is_some());
    let ((at, expected_there), got_there) = match first {
        Some(((at, expected), got)) => ((at.slice().to_vec(), *expected), *got),
        None => ((vec![0; expected.ndim()], 0.0), 0.0),
    };
    let product = |left: &ArrayD<f64>, right: &ArrayD<f64>| -> f64 {
        left.iter()
            .zip(right)
            .map(|(left, right)| left * right)
            .sum()
    };
    let squares = product(&expected, &expected) * product(&got, &got);
    let cosine = if squares > 0.0 {
        product(&expected, &got) / squares.sqrt()
    } else {
        1.0
    };
    Ok(Comparison {
        name: format!("{name} (share of different values)"),
        max_abs_diff: count as f64 / expected.len().max(1) as f64,
        atol: share,
        at,
        expected: expected_there,
        got: got_there,
        compared: expected.len(),
        cosine,
    })
}

/// The values in double precision, which holds every token id exactly.
fn numbers(tensor: &Tensor) -> Option<ArrayD<f64>> {
    match tensor {
        Tensor::I64(values) => Some(values.mapv(|value| value as f64)),
        Tensor::I32(values) => Some(values.mapv(f64::from)),
        Tensor::U8(values) => Some(values.mapv(f64::from)),
        Tensor::Bool(values) => Some(values.mapv(f64::from)),
        other => other.to_f32().map(|values| values.mapv(f64::from)),
    }
}

fn described(tensor: &Tensor) -> String {
    format!("{} {:?}", tensor.dtype(), tensor.shape())
}

#[cfg(test)]
mod tests {
    use ndarray::{arr1, arr2};

    use super::*;

    fn check(
        expected: impl Into<Tensor>,
        mask: Option<&Tensor>,
        got: impl Into<Tensor>,
    ) -> Comparison {
        compare("case.name", 0.1, &expected.into(), mask, &got.into()).unwrap()
    }

    #[test]
    fn the_largest_difference_is_found_where_the_mask_says() {
        let expected = arr2(&[[1.0_f32, 2.0], [3.0, 4.0]]);
        let got = arr2(&[[1.0_f32, 2.05], [9.0, 4.0]]);
        let whole = check(expected.clone(), None, got.clone());
        assert_eq!(
            (whole.at.as_slice(), whole.compared, whole.holds()),
            ([1, 0].as_slice(), 4, false)
        );
        let masked = check(
            expected.clone(),
            Some(&arr1(&[1_i64, 0]).into()),
            got.clone(),
        );
        assert_eq!(
            (masked.at.as_slice(), masked.compared, masked.holds()),
            ([0, 1].as_slice(), 2, true)
        );
        let nothing = check(expected, Some(&arr1(&[0_i64, 0]).into()), got);
        assert!(!nothing.holds());
    }

    #[test]
    fn values_that_are_not_numbers_never_hold() {
        for (expected, got) in [
            (1.0, f32::NAN),
            (f32::NAN, 1.0),
            (f32::INFINITY, f32::INFINITY),
        ] {
            assert!(
                !check(arr1(&[expected]), None, arr1(&[got])).holds(),
                "{expected} {got}"
            );
        }
    }

    #[test]
    fn maps_are_compared_by_the_share_that_differs() {
        let expected = Tensor::from(arr2(&[[true, false], [true, true]]));
        let got = Tensor::from(arr2(&[[true, true], [true, true]]));
        let compared = compare_maps("case.mask", 0.3, &expected, &got).unwrap();
        assert_eq!(
            (compared.max_abs_diff, compared.at.as_slice()),
            (0.25, [0, 1].as_slice())
        );
        assert!(compared.holds());
        assert!(
            !compare_maps("case.mask", 0.2, &expected, &got)
                .unwrap()
                .holds()
        );
        let other = Tensor::from(arr1(&[true]));
        assert!(compare_maps("case.mask", 0.2, &expected, &other).is_err());
    }

    #[test]
    fn shapes_and_element_types_are_part_of_equality() {
        let refuse = |expected: Tensor, got: Tensor| {
            compare("case.name", 0.1, &expected, None, &got)
                .unwrap_err()
                .to_string()
        };
        insta::assert_snapshot!(
            refuse(arr1(&[1.0_f32]).into(), arr2(&[[1.0_f32]]).into()),
            @"`case.name`: expected float32 [1], got float32 [1, 1]"
        );
        insta::assert_snapshot!(
            refuse(arr1(&[1_i64]).into(), arr1(&[1.0_f32]).into()),
            @"`case.name`: expected int64 [1], got float32 [1]"
        );
    }
}
