//! Operators that compute each element for itself, and norms, which keep the shape too.

use super::arithmetic;
use super::broadcast::{stretched, together};
use super::call::{Call, Inferred, axis};
use super::{ElementType, Known};

/// An operator whose output is like its first operand.
pub(super) fn unary(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let numbers = match call.node.operator.as_str() {
        "CumSum" => sums(call, of),
        operator => of
            .numbers
            .as_ref()
            .and_then(|numbers| arithmetic::unary(operator, of.element, numbers)),
    };
    Ok(vec![Known::new(of.element, of.shape.clone()).with(numbers)])
}

/// Sums along the one axis of integers that are known.
fn sums(call: &Call<'_>, of: &Known) -> Option<super::Numbers> {
    let plain = call.integer("exclusive", 0) == 0 && call.integer("reverse", 0) == 0;
    let integers = of.numbers.as_ref()?.integers()?;
    if !plain || of.shape.len() != 1 {
        return None;
    }
    let sums = integers.iter().scan(0_i64, |sum, &number| {
        *sum = sum.wrapping_add(number);
        Some(of.element.wrapped(*sum))
    });
    Some(super::Numbers::Integers(sums.collect()))
}

/// An operator that asks something of each element.
pub(super) fn test(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    Ok(vec![Known::new(ElementType::BOOL, of.shape.clone())])
}

/// Batch normalisation with statistics that are known.
pub(super) fn batch_norm(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    if call.integer("training_mode", 0) != 0 {
        return Err("it is in training mode".into());
    }
    Ok(vec![Known::new(of.element, of.shape.clone())])
}

/// Layer normalisation, whose further outputs are mean and inverse deviation.
pub(super) fn layer_norm(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let first = axis(call.integer("axis", -1), of.shape.len())?;
    let mut reduced = of.shape.clone();
    reduced[first..].fill(1);
    let statistics = Known::new(ElementType::FLOAT32, reduced);
    Ok(vec![
        Known::new(of.element, of.shape.clone()),
        statistics.clone(),
        statistics,
    ])
}

/// A cast to another element type.
pub(super) fn cast(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let code = call
        .node
        .integer("to")
        .and_then(|to| i32::try_from(to).ok());
    let element = code.and_then(ElementType::of);
    let element = element.ok_or("the type it casts to is not known here")?;
    let numbers = of.numbers.as_ref();
    let numbers = numbers.and_then(|numbers| arithmetic::cast(element, numbers));
    Ok(vec![Known::new(element, of.shape.clone()).with(numbers)])
}

/// An operator on operands that are stretched to one shape.
pub(super) fn broadcast(call: &Call<'_>) -> Inferred {
    let operator = call.node.operator.as_str();
    let operands = call.all()?;
    let first = operands.first().ok_or("it has no operand")?;
    let shape = together(operands.iter().map(|operand| operand.shape.as_slice()))?;
    let element = if arithmetic::is_comparison(operator) {
        ElementType::BOOL
    } else {
        first.element
    };
    let is_fmod = call.integer("fmod", 0) != 0;
    let mut stretched = operands.iter().map(|operand| stretched(operand, &shape));
    let numbers = stretched.next().flatten().and_then(|first| {
        stretched.try_fold(first, |all, next| {
            arithmetic::binary(operator, element, is_fmod, &all, &next?)
        })
    });
    Ok(vec![Known::new(element, shape).with(numbers)])
}

/// `Where`: elements of one operand or of another.
pub(super) fn choose(call: &Call<'_>) -> Inferred {
    let (condition, one, other) = (call.known(0)?, call.known(1)?, call.known(2)?);
    let shape = together([condition, one, other].map(|operand| operand.shape.as_slice()))?;
    let numbers = || {
        let condition = stretched(condition, &shape)?;
        let (one, other) = (stretched(one, &shape)?, stretched(other, &shape)?);
        arithmetic::choose(condition.integers()?, &one, &other)
    };
    Ok(vec![Known::new(one.element, shape.clone()).with(numbers())])
}
