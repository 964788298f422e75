//! Operators that make tensors of nothing but shapes and constants.

use super::broadcast::few;
use super::call::{self, Call, Inferred, Stop};
use super::{ElementType, Known, Numbers};
use crate::outline::Attribute;

/// A tensor that stands in the node.
pub(super) fn constant(call: &Call<'_>) -> Inferred {
    let given = call.node.attributes.iter().find_map(|(name, value)| {
        let made = |element, shape: Vec<u64>, numbers| Known {
            is_stored: true,
            ..Known::new(element, shape).with(Some(numbers))
        };
        Some(match (name.as_str(), value) {
            ("value", Attribute::Tensor(stored)) => Known::from(stored),
            ("value_int", &Attribute::Integer(number)) => {
                made(ElementType::INT64, vec![], Numbers::Integers(vec![number]))
            }
            ("value_ints", Attribute::Integers(numbers)) => made(
                ElementType::INT64,
                vec![numbers.len() as u64],
                Numbers::Integers(numbers.clone()),
            ),
            ("value_float", &Attribute::Float(number)) => {
                made(ElementType::FLOAT32, vec![], Numbers::Floats(vec![number]))
            }
            ("value_floats", Attribute::Floats(numbers)) => made(
                ElementType::FLOAT32,
                vec![numbers.len() as u64],
                Numbers::Floats(numbers.clone()),
            ),
            _ => return None,
        })
    });
    let given = given.ok_or("what it holds is not read")?;
    Ok(vec![given])
}

/// A tensor with one number everywhere.
pub(super) fn constant_of_shape(call: &Call<'_>) -> Inferred {
    let shape = call.integers(0)?;
    let shape = shape.iter().map(|&number| call::size(number));
    let shape = shape.collect::<Result<Vec<_>, _>>()?;
    let (element, number) = match call.node.attributes.get("value") {
        Some(Attribute::Tensor(stored)) => (stored.element, stored.numbers.clone()),
        _ => (ElementType::FLOAT32, Some(Numbers::Floats(vec![0.0]))),
    };
    let numbers = few(&shape).zip(number);
    let numbers = numbers.and_then(|(count, number)| number.picked(std::iter::repeat_n(0, count)));
    Ok(vec![Known::new(element, shape).with(numbers)])
}

/// Numbers from a start to a limit.
pub(super) fn range(call: &Call<'_>) -> Inferred {
    let element = call.known(0)?.element;
    let (start, limit, step) = (call.numbers(0)?, call.numbers(1)?, call.numbers(2)?);
    let (count, numbers) = match (start, limit, step) {
        (Numbers::Integers(start), Numbers::Integers(limit), Numbers::Integers(step)) => {
            let [start, limit, step] = [start, limit, step].map(|list| list.first().copied());
            let scalars = start.zip(limit).zip(step);
            let ((start, limit), step) = scalars.ok_or("a bound is empty")?;
            let count = integers(start, limit, step)?;
            let at = |place: u64| start.wrapping_add((place as i64).wrapping_mul(step));
            let numbers = few(&[count]).map(|_| (0..count).map(at).collect());
            (count, numbers.map(Numbers::Integers))
        }
        (Numbers::Floats(start), Numbers::Floats(limit), Numbers::Floats(step)) => {
            let [start, limit, step] = [start, limit, step].map(|list| list.first().copied());
            let scalars = start.zip(limit).zip(step);
            let ((start, limit), step) = scalars.ok_or("a bound is empty")?;
            let steps = element.rounded(limit - start) / step;
            if step == 0.0 || !(-1e15..1e15).contains(&steps) {
                return Err("its bounds are no numbers, or too far apart".into());
            }
            let count = steps.ceil().max(0.0);
            (count as u64, None)
        }
        _ => return Err("its bounds differ in type".into()),
    };
    Ok(vec![Known::new(element, vec![count]).with(numbers)])
}

fn integers(start: i64, limit: i64, step: i64) -> Result<u64, Stop> {
    let (start, limit, step) = (i128::from(start), i128::from(limit), i128::from(step));
    if step == 0 {
        return Err("its step is 0".into());
    }
    let across = if step > 0 {
        limit - start
    } else {
        start - limit
    };
    let steps = (across.max(0) + step.abs() - 1) / step.abs();
    u64::try_from(steps).map_err(|_| "its bounds are too far apart".into())
}

/// The shape of a tensor, or of some of its axes.
pub(super) fn shape(call: &Call<'_>) -> Inferred {
    let shape = &call.known(0)?.shape;
    let rank = shape.len() as i64;
    let place = |name, default| {
        let place = call.integer(name, default);
        let place = if place < 0 {
            place.saturating_add(rank)
        } else {
            place
        };
        place.clamp(0, rank) as usize
    };
    let (start, end) = (place("start", 0), place("end", rank));
    let sizes = shape.get(start..end.max(start)).unwrap_or_default();
    let numbers = sizes.iter().map(|&size| size as i64).collect();
    let known = Known::new(ElementType::INT64, vec![sizes.len() as u64]);
    Ok(vec![known.with(Some(Numbers::Integers(numbers)))])
}

/// The number of elements of a tensor.
pub(super) fn size(call: &Call<'_>) -> Inferred {
    let count = call.known(0)?.count() as i64;
    let known = Known::new(ElementType::INT64, vec![]);
    Ok(vec![known.with(Some(Numbers::Integers(vec![count])))])
}
