//! Operators that join tensors or cut them.

use super::broadcast::{few, places, strides};
use super::call::{Call, Inferred, Stop, axis, size};
use super::{Known, Numbers};

/// `Concat` along an axis.
pub(super) fn concat(call: &Call<'_>) -> Inferred {
    let parts = call.all()?;
    let first = parts.first().ok_or("it joins nothing")?;
    let along = call.node.integer("axis").ok_or("it names no axis")?;
    let along = axis(along, first.shape.len())?;
    let mut shape = first.shape.clone();
    for part in &parts[1..] {
        let others = |shape: &[u64]| {
            let mut shape = shape.to_vec();
            shape[along] = 0;
            shape
        };
        if part.shape.len() != shape.len() || others(&part.shape) != others(&shape) {
            return Err(format!("{:?} and {:?} cannot be joined", shape, part.shape).into());
        }
        let both = shape[along].checked_add(part.shape[along]);
        shape[along] = both.ok_or("its size is beyond 64 bits")?;
    }
    let numbers = few(&shape).and_then(|_| joined(&parts, along));
    Ok(vec![Known::new(first.element, shape).with(numbers)])
}

/// The elements of parts that are joined.
fn joined(parts: &[&Known], along: usize) -> Option<Numbers> {
    let numbers: Vec<_> = parts
        .iter()
        .map(|part| part.numbers.as_ref())
        .collect::<Option<_>>()?;
    let rows: u64 = parts[0].shape[..along].iter().product();
    let width = |part: &Known| part.shape[along..].iter().product::<u64>() as usize;
    // One list that holds the parts one after the other, and where each row's pieces stand in it.
    let mut starts = Vec::with_capacity(parts.len());
    let mut end = 0;
    for part in parts {
        starts.push(end);
        end += part.count() as usize;
    }
    let places = (0..rows as usize).flat_map(|row| {
        let pieces = parts.iter().zip(&starts);
        pieces.flat_map(move |(part, start)| {
            let width = width(part);
            start + row * width..start + (row + 1) * width
        })
    });
    let all = match numbers.first()? {
        Numbers::Integers(_) => {
            let lists = numbers.iter().map(|numbers| numbers.integers());
            Numbers::Integers(lists.collect::<Option<Vec<_>>>()?.concat())
        }
        Numbers::Floats(_) => {
            let list = |numbers: &&Numbers| match numbers {
                Numbers::Floats(numbers) => Some(numbers.clone()),
                Numbers::Integers(_) => None,
            };
            Numbers::Floats(
                numbers
                    .iter()
                    .map(list)
                    .collect::<Option<Vec<_>>>()?
                    .concat(),
            )
        }
    };
    all.picked(places)
}

/// What a slice takes of one axis.
struct Cut {
    start: i64,
    step: i64,
    count: u64,
}

impl Cut {
    /// Bounds beyond the axis are moved to its ends, by the direction of the step.
    fn new(length: u64, start: i64, end: i64, step: i64) -> Result<Self, Stop> {
        let length = length as i64;
        let from_end = |place: i64| {
            if place < 0 {
                place.saturating_add(length)
            } else {
                place
            }
        };
        let (start, end) = (from_end(start), from_end(end));
        let (start, count) = match step {
            0 => return Err("its step is 0".into()),
            1.. => {
                let start = start.clamp(0, length);
                let end = end.clamp(0, length);
                (
                    start,
                    (end - start)
                        .max(0)
                        .unsigned_abs()
                        .div_ceil(step.unsigned_abs()),
                )
            }
            _ => {
                let start = start.clamp(-1, length - 1);
                let end = end.clamp(-1, length - 1);
                (
                    start,
                    (start - end)
                        .max(0)
                        .unsigned_abs()
                        .div_ceil(step.unsigned_abs()),
                )
            }
        };
        Ok(Self { start, step, count })
    }
}

/// The elements that cuts of all axes leave.
fn cut(of: &Known, cuts: &[Cut]) -> Known {
    let shape: Vec<u64> = cuts.iter().map(|cut| cut.count).collect();
    let own = strides(&of.shape);
    let start = cuts
        .iter()
        .zip(&own)
        .map(|(cut, stride)| cut.start * stride);
    let steps = cuts
        .iter()
        .zip(&own)
        .map(|(cut, stride)| cut.step.wrapping_mul(*stride));
    let steps: Vec<i64> = steps.collect();
    let numbers = of
        .numbers
        .as_ref()
        .and_then(|numbers| numbers.picked(places(&shape, &steps, start.sum())?.into_iter()));
    Known::new(of.element, shape).with(numbers)
}

fn whole(of: &Known) -> Vec<Cut> {
    let cut = |&count: &u64| Cut {
        start: 0,
        step: 1,
        count,
    };
    of.shape.iter().map(cut).collect()
}

/// `Slice`; bounds are attributes before version 10 of the operators.
pub(super) fn slice(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let starts = call.listed("starts", 1)?.ok_or("it names no starts")?;
    let ends = call.listed("ends", 2)?.ok_or("it names no ends")?;
    let axes = match call.listed("axes", 3)? {
        Some(axes) => axes.to_vec(),
        None => (0..starts.len() as i64).collect(),
    };
    let steps = match call.listed("steps", 4)? {
        Some(steps) => steps.to_vec(),
        None => vec![1; starts.len()],
    };
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err("its bounds differ in number".into());
    }
    let mut cuts = whole(of);
    for (place, &at) in axes.iter().enumerate() {
        let at = axis(at, of.shape.len())?;
        cuts[at] = Cut::new(of.shape[at], starts[place], ends[place], steps[place])?;
    }
    Ok(vec![cut(of, &cuts)])
}

/// `Split` along an axis, into pieces of given sizes or as even as can be.
pub(super) fn split(call: &Call<'_>) -> Inferred {
    let of = call.known(0)?;
    let along = axis(call.integer("axis", 0), of.shape.len())?;
    let length = of.shape[along];
    let sizes: Vec<u64> = if let Some(listed) = call.listed("split", 1)? {
        let sizes = listed.iter().map(|&number| size(number));
        sizes.collect::<Result<_, _>>()?
    } else {
        let pieces = call.node.outputs.len().max(1) as u64;
        let each = length.div_ceil(pieces);
        let piece = |place: u64| each.min(length.saturating_sub(place.saturating_mul(each)));
        (0..pieces).map(piece).collect()
    };
    if sizes
        .iter()
        .try_fold(0_u64, |all, &size| all.checked_add(size))
        != Some(length)
    {
        return Err(format!("pieces of {sizes:?} do not make {length}").into());
    }
    let mut start = 0;
    let piece = |count| {
        let mut cuts = whole(of);
        cuts[along] = Cut {
            start,
            step: 1,
            count,
        };
        start += count as i64;
        cut(of, &cuts)
    };
    Ok(sizes.into_iter().map(piece).collect())
}
