//! `Resize`: lengths that are given, or factors of them.

use super::call::{Call, Inferred, Stop, axis, size};
use super::{Known, Numbers};

/// Operands of the version 11 and later: the tensor, a region, factors, sizes.
pub(super) fn resize(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let rank = of.shape.len();
    if call.node.text("coordinate_transformation_mode") == Some("tf_crop_and_resize") {
        return Err("its size depends on the elements of a region".into());
    }
    let resized = match call.node.integers("axes") {
        Some(listed) => listed
            .iter()
            .map(|&at| axis(at, rank))
            .collect::<Result<Vec<_>, _>>()?,
        None => (0..rank).collect(),
    };
    let at = if call.opset < 11 { 1 } else { 2 };
    let is_given = |place: usize| -> Result<bool, Stop> {
        Ok(call
            .optional(place)?
            .is_some_and(|operand| operand.count() > 0))
    };
    let mut shape = of.shape.clone();
    if is_given(3)? {
        let policy = call.node.text("keep_aspect_ratio_policy");
        if policy.is_some_and(|policy| policy != "stretch") {
            return Err("it keeps the ratio of sides, which is not known here".into());
        }
        let sizes = call.integers(3)?;
        paired(sizes.len(), &resized)?;
        for (&at, &wanted) in resized.iter().zip(sizes) {
            shape[at] = size(wanted)?;
        }
    } else if is_given(at)? {
        let Numbers::Floats(factors) = call.numbers(at)? else {
            return Err("its factors are no floats".into());
        };
        paired(factors.len(), &resized)?;
        for (&at, &factor) in resized.iter().zip(factors) {
            // Computed in floats of 32 bits, as ONNX Runtime does.
            let length = (shape[at] as f32 * factor as f32).floor();
            if !(0.0..1e15).contains(&length) {
                return Err(format!("a factor of {factor}").into());
            }
            shape[at] = length as u64;
        }
    } else {
        return Err("it has neither sizes nor factors".into());
    }
    Ok(vec![Known::new(of.element, shape)])
}

fn paired(found: usize, resized: &[usize]) -> Result<(), Stop> {
    if found == resized.len() {
        Ok(())
    } else {
        Err(format!("{found} sizes for {} axes", resized.len()).into())
    }
}
