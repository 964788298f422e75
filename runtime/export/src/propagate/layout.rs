//! Operators that lay the same elements out anew.

use super::broadcast::{few, places, stretched, strides, together};
use super::call::{Call, Inferred, Stop, axis, size};
use super::{Known, Numbers};

/// The same elements under another shape.
fn reshaped(of: &Known, shape: Vec<u64>) -> Inferred {
    let known = Known::new(of.element, shape);
    if !known.is_countable() || known.count() != of.count() {
        return Err(format!("{:?} cannot be laid out as {:?}", of.shape, known.shape).into());
    }
    Ok(vec![known.with(of.numbers.clone())])
}

/// `Reshape`: 0 keeps the size of an axis, one -1 takes what is left.
pub(super) fn reshape(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let wanted = call.integers(1)?;
    let keeps = call.integer("allowzero", 0) == 0;
    let mut shape = Vec::with_capacity(wanted.len());
    let mut rest = None;
    for (place, &number) in wanted.iter().enumerate() {
        shape.push(match number {
            -1 if rest.is_none() => {
                rest = Some(place);
                1
            }
            0 if keeps => *of
                .shape
                .get(place)
                .ok_or("it keeps an axis that is not there")?,
            number => size(number)?,
        });
    }
    if let Some(place) = rest {
        let taken = shape
            .iter()
            .try_fold(1_u64, |all, &size| all.checked_mul(size));
        let left = taken.filter(|&taken| taken > 0 && of.count().is_multiple_of(taken));
        let taken = left.ok_or_else(|| {
            Stop::Because(format!("{:?} cannot be laid out as {wanted:?}", of.shape))
        })?;
        shape[place] = of.count() / taken;
    }
    reshaped(of, shape)
}

/// `Flatten` to a matrix.
pub(super) fn flatten(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let rank = of.shape.len();
    let at = match call.integer("axis", 1) {
        // The axis may stand behind the last one.
        at if at == rank as i64 => rank,
        at => axis(at, rank)?,
    };
    let (rows, columns) = of.shape.split_at(at);
    let rows = rows
        .iter()
        .try_fold(1_u64, |all, &size| all.checked_mul(size));
    let columns = columns
        .iter()
        .try_fold(1_u64, |all, &size| all.checked_mul(size));
    let (rows, columns) = rows.zip(columns).ok_or("its size is beyond 64 bits")?;
    reshaped(of, vec![rows, columns])
}

/// The places of axes, each once.
pub(super) fn axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, Stop> {
    let mut places = axes
        .iter()
        .map(|&at| axis(at, rank))
        .collect::<Result<Vec<_>, _>>()?;
    places.sort_unstable();
    if places.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("it names an axis twice".into());
    }
    Ok(places)
}

/// `Squeeze`: leaves out axes of size 1.
pub(super) fn squeeze(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let dropped = match call.listed("axes", 1)? {
        Some(listed) => axes(listed, of.shape.len())?,
        None => (0..of.shape.len())
            .filter(|&at| of.shape[at] == 1)
            .collect(),
    };
    if let Some(at) = dropped.iter().find(|&&at| of.shape[at] != 1) {
        return Err(format!("axis {at} has the size {}, not 1", of.shape[*at]).into());
    }
    let sizes = of.shape.iter().enumerate();
    let kept = sizes.filter(|(at, _)| !dropped.contains(at));
    reshaped(of, kept.map(|(_, &size)| size).collect())
}

/// `Unsqueeze`: puts in axes of size 1.
pub(super) fn unsqueeze(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let listed = call.listed("axes", 1)?.ok_or("it names no axes")?;
    let rank = of.shape.len() + listed.len();
    let added = axes(listed, rank)?;
    let mut sizes = of.shape.iter();
    let size = |at: usize| {
        if added.contains(&at) {
            Some(1)
        } else {
            sizes.next().copied()
        }
    };
    reshaped(of, (0..rank).filter_map(size).collect())
}

/// `Transpose`: the axes in another order, the reverse by default.
pub(super) fn transpose(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let rank = of.shape.len();
    let order: Vec<usize> = match call.node.integers("perm") {
        None => (0..rank).rev().collect(),
        Some(order) => {
            axes(order, rank)?;
            order.iter().map(|&at| at as usize).collect()
        }
    };
    if order.len() != rank || order.iter().any(|&at| at >= rank) {
        return Err(format!("it orders {} axes of {rank}", order.len()).into());
    }
    let own = strides(&of.shape);
    let shape: Vec<u64> = order.iter().map(|&at| of.shape[at]).collect();
    let steps: Vec<i64> = order.iter().map(|&at| own[at]).collect();
    let numbers = of
        .numbers
        .as_ref()
        .and_then(|numbers| numbers.picked(places(&shape, &steps, 0)?.into_iter()));
    Ok(vec![Known::new(of.element, shape).with(numbers)])
}

/// `Expand`: stretches axes of size 1.
pub(super) fn expand(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let wanted = call.integers(1)?.iter().map(|&number| size(number));
    let wanted = wanted.collect::<Result<Vec<_>, _>>()?;
    let shape = together([of.shape.as_slice(), &wanted])?;
    let numbers = stretched(of, &shape);
    Ok(vec![Known::new(of.element, shape).with(numbers)])
}

/// `Tile`: repeats a tensor along its axes.
pub(super) fn tile(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let repeats = call.integers(1)?.iter().map(|&number| size(number));
    let repeats = repeats.collect::<Result<Vec<_>, _>>()?;
    if repeats.len() != of.shape.len() {
        return Err(format!("it repeats {} axes of {}", repeats.len(), of.shape.len()).into());
    }
    // An axis that is repeated is an axis of repeats before it.
    let own = strides(&of.shape);
    let (mut apart, mut steps, mut shape) = (Vec::new(), Vec::new(), Vec::new());
    for (at, &times) in repeats.iter().enumerate() {
        apart.extend([times, of.shape[at]]);
        steps.extend([0, own[at]]);
        let size = times.checked_mul(of.shape[at]);
        shape.push(size.ok_or("its size is beyond 64 bits")?);
    }
    let numbers = of
        .numbers
        .as_ref()
        .and_then(|numbers| numbers.picked(places(&apart, &steps, 0)?.into_iter()));
    Ok(vec![Known::new(of.element, shape).with(numbers)])
}

/// `Pad`: adds elements before and behind; negative numbers take some away.
pub(super) fn pad(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let rank = of.shape.len();
    let amounts = call.listed("pads", 1)?.ok_or("it names no amounts")?;
    let padded = match call.operands.get(3) {
        Some(Some(_)) => {
            let listed = call.integers(3)?;
            listed
                .iter()
                .map(|&at| axis(at, rank))
                .collect::<Result<Vec<_>, _>>()?
        }
        _ => (0..rank).collect(),
    };
    if amounts.len() != 2 * padded.len() {
        return Err(format!("{} amounts for {} axes", amounts.len(), padded.len()).into());
    }
    let mut shape = of.shape.clone();
    for (place, &at) in padded.iter().enumerate() {
        let both = amounts[place].checked_add(amounts[place + padded.len()]);
        let padded = both.and_then(|both| shape[at].checked_add_signed(both));
        shape[at] = padded.ok_or("it takes away more than there is")?;
    }
    let numbers = constant(call, of, &shape, amounts, &padded);
    Ok(vec![Known::new(of.element, shape).with(numbers)])
}

/// The elements of a list that is padded with one number: lists of amounts are made that way.
fn constant(
    call: &Call<'_>,
    of: &Known,
    shape: &[u64],
    amounts: &[i64],
    padded: &[usize],
) -> Option<Numbers> {
    let is_constant = call.node.text("mode").is_none_or(|mode| mode == "constant");
    let integers = of.numbers.as_ref()?.integers()?;
    let ([0], [before, behind]) = (padded, amounts) else {
        return None;
    };
    if !is_constant || shape.len() != 1 || *before < 0 || *behind < 0 {
        return None;
    }
    few(shape)?;
    let filling = match call.optional(2).ok()? {
        Some(value) => *value.numbers.as_ref()?.integers()?.first()?,
        None => 0,
    };
    let mut numbers = vec![filling; *before as usize];
    numbers.extend(integers);
    numbers.resize(shape[0] as usize, filling);
    Some(Numbers::Integers(numbers))
}
