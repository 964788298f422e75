//! Operators that fold axes into one number.

use super::broadcast::{places, strides};
use super::call::{Call, Inferred, axis};
use super::layout::axes;
use super::{ElementType, Known, Numbers};

/// `ReduceSum` and its like, with axes as an attribute or an operand.
pub(super) fn reduce(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let rank = of.shape.len();
    let listed = call.listed("axes", 1)?.unwrap_or_default();
    let folded = if !listed.is_empty() {
        axes(listed, rank)?
    } else if call.integer("noop_with_empty_axes", 0) != 0 {
        return Ok(vec![Known::new(of.element, of.shape.clone())]);
    } else {
        (0..rank).collect()
    };
    let keeps = call.integer("keepdims", 1) != 0;
    let shape = without(&of.shape, &folded, keeps);
    let numbers = of.numbers.as_ref().and_then(Numbers::integers);
    let numbers = numbers.and_then(|numbers| fold(call, of, &folded, numbers));
    Ok(vec![Known::new(of.element, shape).with(numbers)])
}

/// `ArgMax` and `ArgMin`: the place of an element along an axis.
pub(super) fn arg(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let along = axis(call.integer("axis", 0), of.shape.len())?;
    let keeps = call.integer("keepdims", 1) != 0;
    let shape = without(&of.shape, &[along], keeps);
    Ok(vec![Known::new(ElementType::INT64, shape)])
}

fn without(shape: &[u64], folded: &[usize], keeps: bool) -> Vec<u64> {
    let sizes = shape.iter().enumerate();
    sizes
        .filter_map(|(at, &size)| match (folded.contains(&at), keeps) {
            (false, _) => Some(size),
            (true, true) => Some(1),
            (true, false) => None,
        })
        .collect()
}

/// Integers folded; floats depend on the order in which a runtime adds them.
fn fold(call: &Call<'_>, of: &Known, folded: &[usize], numbers: &[i64]) -> Option<Numbers> {
    let fold: fn(i64, i64) -> i64 = match call.node.operator.as_str() {
        "ReduceMax" => i64::max,
        "ReduceMin" => i64::min,
        "ReduceProd" => i64::wrapping_mul,
        "ReduceSum" => i64::wrapping_add,
        _ => return None,
    };
    let own = strides(&of.shape);
    let walked = |is_folded: bool| {
        let chosen = (0..of.shape.len()).filter(|at| folded.contains(at) == is_folded);
        let (shape, steps): (Vec<_>, Vec<_>) = chosen.map(|at| (of.shape[at], own[at])).unzip();
        places(&shape, &steps, 0)
    };
    let (kept, within) = (walked(false)?, walked(true)?);
    let each = |start: &usize| {
        let group = within
            .iter()
            .map(|offset| numbers.get(start + offset).copied());
        let group = group.collect::<Option<Vec<_>>>()?;
        group
            .into_iter()
            .reduce(fold)
            .map(|number| of.element.wrapped(number))
    };
    Some(Numbers::Integers(
        kept.iter().map(each).collect::<Option<_>>()?,
    ))
}
