//! Operators that pick elements by indices, or put some in their place.

use super::broadcast::{few, strides};
use super::call::{Call, Inferred, axis};
use super::{ElementType, Known, Numbers};

/// `Gather`: slices of one axis by their indices.
pub(super) fn gather(call: &Call<'_>) -> Inferred {
    let (of, indices) = (call.known(0)?, call.known(1)?);
    let along = axis(call.integer("axis", 0), of.shape.len())?;
    let (before, behind) = (&of.shape[..along], &of.shape[along + 1..]);
    let shape = [before, &indices.shape, behind].concat();
    let numbers = || {
        few(&shape)?;
        let length = of.shape[along] as i64;
        let index = |&index: &i64| {
            let index = if index < 0 {
                index.checked_add(length)?
            } else {
                index
            };
            (0..length).contains(&index).then_some(index as usize)
        };
        let chosen = indices.numbers.as_ref()?.integers()?.iter().map(index);
        let chosen: Vec<usize> = chosen.collect::<Option<_>>()?;
        let outer = before.iter().product::<u64>() as usize;
        let inner = behind.iter().product::<u64>() as usize;
        let (length, chosen) = (length as usize, &chosen);
        let places = (0..outer).flat_map(|row| {
            chosen.iter().flat_map(move |index| {
                let start = (row * length + index) * inner;
                start..start + inner
            })
        });
        of.numbers.as_ref()?.picked(places)
    };
    let numbers = numbers();
    Ok(vec![Known::new(of.element, shape).with(numbers)])
}

/// `GatherElements`: one element for each index.
pub(super) fn gather_elements(call: &Call<'_>) -> Inferred {
    let (of, indices) = (call.known(0)?, call.known(1)?);
    if of.shape.len() != indices.shape.len() {
        return Err("its operands differ in the number of axes".into());
    }
    Ok(vec![Known::new(of.element, indices.shape.clone())])
}

/// `GatherND`: slices by the places that the last axis of the indices holds.
pub(super) fn gather_nd(call: &Call<'_>) -> Inferred {
    let (of, indices) = (call.known(0)?, call.known(1)?);
    let batch = usize::try_from(call.integer("batch_dims", 0)).unwrap_or(usize::MAX);
    let (&depth, before) = indices
        .shape
        .split_last()
        .ok_or("its indices are one number")?;
    let rest = usize::try_from(depth)
        .ok()
        .and_then(|depth| batch.checked_add(depth));
    let rest = rest.and_then(|taken| of.shape.get(taken..));
    let rest = rest.ok_or_else(|| format!("its indices name {depth} axes beyond the data's"))?;
    Ok(vec![Known::new(of.element, [before, rest].concat())])
}

/// `ScatterND` and `ScatterElements`: the shape stays, whatever the indices.
pub(super) fn scatter(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    Ok(vec![Known::new(of.element, of.shape.clone())])
}

/// `NonZero`: as many columns as there are elements other than 0.
pub(super) fn non_zero(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let is_set: Vec<bool> = match call.numbers(0)? {
        Numbers::Integers(numbers) => numbers.iter().map(|&number| number != 0).collect(),
        Numbers::Floats(numbers) => numbers.iter().map(|&number| number != 0.0).collect(),
    };
    let set: Vec<usize> = (0..is_set.len()).filter(|&place| is_set[place]).collect();
    let own = strides(&of.shape);
    let coordinates = own.iter().zip(&of.shape).flat_map(|(&stride, &size)| {
        set.iter()
            .map(move |&place| place as i64 / stride % size as i64)
    });
    let shape = vec![of.shape.len() as u64, set.len() as u64];
    let numbers = few(&shape).map(|_| Numbers::Integers(coordinates.collect()));
    Ok(vec![Known::new(ElementType::INT64, shape).with(numbers)])
}
