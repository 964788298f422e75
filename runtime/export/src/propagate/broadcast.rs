//! Broadcasting, and the places of elements that movements of tensors follow.

use super::call::Stop;
use super::{Known, Numbers};

/// The most elements that are computed: arithmetic on shapes needs few.
pub(super) const MOST_NUMBERS: u64 = 1 << 16;

/// The shape that shapes have together (<https://onnx.ai/onnx/repo-docs/Broadcasting.html>).
pub(super) fn together<'s>(shapes: impl IntoIterator<Item = &'s [u64]>) -> Result<Vec<u64>, Stop> {
    let mut all: Vec<u64> = Vec::new();
    for shape in shapes {
        if shape.len() > all.len() {
            let missing = shape.len() - all.len();
            all.splice(0..0, std::iter::repeat_n(1, missing));
        }
        let offset = all.len() - shape.len();
        for (size, &other) in all[offset..].iter_mut().zip(shape) {
            *size = match (*size, other) {
                (one, other) if one == other => one,
                (1, other) => other,
                (one, 1) => one,
                (one, other) => {
                    return Err(format!("sizes {one} and {other} do not go together").into());
                }
            };
        }
    }
    Ok(all)
}

/// The step from one element to the next along each axis, in row-major order.
pub(super) fn strides(shape: &[u64]) -> Vec<i64> {
    let mut strides = vec![1; shape.len()];
    for place in (1..shape.len()).rev() {
        strides[place - 1] = strides[place] * shape[place] as i64;
    }
    strides
}

/// Number of elements, where they are few enough to be computed.
pub(super) fn few(shape: &[u64]) -> Option<usize> {
    let count = shape
        .iter()
        .try_fold(1_u64, |all, &size| all.checked_mul(size))?;
    (count <= MOST_NUMBERS).then_some(count as usize)
}

/// Where the elements of a tensor of that shape stand in another, whose axes are walked in these steps. `None` where they
/// are many.
pub(super) fn places(shape: &[u64], steps: &[i64], start: i64) -> Option<Vec<usize>> {
    let count = few(shape)?;
    let mut places = Vec::with_capacity(count);
    let mut at = vec![0_u64; shape.len()];
    let mut place = start;
    for _ in 0..count {
        places.push(usize::try_from(place).ok()?);
        for axis in (0..shape.len()).rev() {
            at[axis] += 1;
            // Steps of a slice may be of any size; only the places that are reached count.
            place = place.wrapping_add(steps[axis]);
            if at[axis] < shape[axis] {
                break;
            }
            place = place.wrapping_sub(steps[axis].wrapping_mul(shape[axis] as i64));
            at[axis] = 0;
        }
    }
    Some(places)
}

/// The elements of a value stretched to a shape that it goes together with.
pub(super) fn stretched(value: &Known, shape: &[u64]) -> Option<Numbers> {
    let numbers = value.numbers.as_ref()?;
    let offset = shape.len() - value.shape.len();
    let mut steps = vec![0; offset];
    let own = strides(&value.shape);
    steps.extend(
        value
            .shape
            .iter()
            .zip(own)
            .map(|(&size, step)| if size == 1 { 0 } else { step }),
    );
    numbers.picked(places(shape, &steps, 0)?.into_iter())
}
