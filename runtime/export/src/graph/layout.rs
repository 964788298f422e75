//! Operators that move elements without computing.

use super::shape::{bracketed, volume};
use super::{Attribute, Dim, Element, Graph, Value};
use crate::error::ExportError;

/// One axis of the shape that [`Graph::reshape`] gives a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axis {
    /// As the input has it at this place, symbolic or not.
    Keep,
    /// This long.
    Size(u64),
    /// As long as the other axes leave it; by this name where that is not known. One axis at most.
    Rest(&'static str),
}

impl Graph {
    /// Another shape for the same elements.
    pub(crate) fn reshape(&mut self, x: Value, axes: &[Axis]) -> Result<Value, ExportError> {
        let op = "Reshape";
        let from = self.shape(x);
        let mut shape = Vec::with_capacity(axes.len());
        let mut moved = from.to_vec();
        let mut filled = Vec::new();
        for (place, axis) in axes.iter().enumerate() {
            match *axis {
                Axis::Size(size) => {
                    shape.push(Dim::Fixed(size));
                    filled.push(Dim::Fixed(size));
                }
                Axis::Keep => {
                    let Some(&kept) = from.get(place) else {
                        return Err(self.mismatch(
                            op,
                            &[x],
                            format!("there is no dimension {place} to keep"),
                        ));
                    };
                    shape.push(kept);
                    moved[place] = Dim::Fixed(1);
                }
                Axis::Rest(name) => shape.push(Dim::Symbol(name)),
            }
        }
        let rest = axes.iter().position(|axis| matches!(axis, Axis::Rest(_)));
        if let Some(place) = rest {
            match (volume(&moved), volume(&filled)) {
                (Some(moved), Some(filled)) if filled > 0 && moved.is_multiple_of(filled) => {
                    shape[place] = Dim::Fixed(moved / filled);
                }
                (None, Some(_)) => {}
                _ => {
                    let reason = format!("the elements do not fill {}", bracketed(&shape));
                    return Err(self.mismatch(op, &[x], reason));
                }
            }
        } else if volume(&moved).is_none() || volume(&moved) != volume(&filled) {
            let reason = format!("the elements do not fill {}", bracketed(&shape));
            return Err(self.mismatch(op, &[x], reason));
        }
        let sizes: Vec<i64> = axes
            .iter()
            .map(|axis| match *axis {
                Axis::Keep => 0,
                Axis::Size(size) => size as i64,
                Axis::Rest(_) => -1,
            })
            .collect();
        let element = self.element(x);
        let target = self.int64s(&[sizes.len() as u64], &sizes);
        Ok(self.add_node(op, &[x, target], vec![], element, shape))
    }

    /// Dimensions in another order.
    pub(crate) fn transpose(&mut self, x: Value, order: &[usize]) -> Result<Value, ExportError> {
        let op = "Transpose";
        let from = self.shape(x);
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..from.len()) {
            return Err(self.mismatch(
                op,
                &[x],
                format!("{order:?} is no order of its dimensions"),
            ));
        }
        let shape = order.iter().map(|&place| from[place]).collect();
        let element = self.element(x);
        let order = Attribute::Ints(order.iter().map(|&place| place as i64).collect());
        Ok(self.add_node(op, &[x], vec![("perm", order)], element, shape))
    }

    /// Dimensions of size 1 put in, so that they stand at `axes` (ascending) of the result.
    pub(crate) fn unsqueeze(&mut self, x: Value, axes: &[usize]) -> Result<Value, ExportError> {
        let op = "Unsqueeze";
        let element = self.element(x);
        if element == Element::Bool {
            return Err(self.mismatch(
                op,
                &[x],
                "truth values are not reshaped on WebGPU; cast after it",
            ));
        }
        let mut shape = self.shape(x).to_vec();
        for &axis in axes {
            if axis > shape.len() {
                return Err(self.mismatch(op, &[x], format!("there is no place {axis}")));
            }
            shape.insert(axis, Dim::Fixed(1));
        }
        let places: Vec<i64> = axes.iter().map(|&axis| axis as i64).collect();
        let places = self.int64s(&[places.len() as u64], &places);
        Ok(self.add_node(op, &[x, places], vec![], element, shape))
    }

    /// Slices of `table` along its first dimension, chosen by integers of any shape.
    pub(crate) fn gather(&mut self, table: Value, indices: Value) -> Result<Value, ExportError> {
        let op = "Gather";
        let operands = [table, indices];
        let integers = matches!(self.element(indices), Element::Int32 | Element::Int64);
        let (Some((_, row)), true) = (self.shape(table).split_first(), integers) else {
            return Err(self.mismatch(op, &operands, "expected a table and integers"));
        };
        let shape = [self.shape(indices), row].concat();
        let element = self.element(table);
        Ok(self.add_node(
            op,
            &operands,
            vec![("axis", Attribute::Int(0))],
            element,
            shape,
        ))
    }

    /// The slice at `index` of an axis, which goes away.
    pub(crate) fn pick(&mut self, x: Value, axis: usize, index: u64) -> Result<Value, ExportError> {
        let op = "Gather";
        let mut shape = self.shape(x).to_vec();
        let exists = match shape.get(axis) {
            Some(Dim::Fixed(size)) => index < *size,
            Some(Dim::Symbol(_)) => true,
            None => false,
        };
        if !exists {
            return Err(self.mismatch(
                op,
                &[x],
                format!("there is no slice {index} of axis {axis}"),
            ));
        }
        shape.remove(axis);
        let element = self.element(x);
        let index = self.int64s(&[], &[index as i64]);
        let axis = vec![("axis", Attribute::Int(axis as i64))];
        Ok(self.add_node(op, &[x, index], axis, element, shape))
    }

    /// The beginning of `table` along `axis`, as long as dimension `of.1` of the value `of.0`.
    pub(crate) fn beginning(
        &mut self,
        table: Value,
        axis: usize,
        of: (Value, usize),
    ) -> Result<Value, ExportError> {
        let op = "Slice";
        let (like, place) = of;
        let Some(&length) = self.shape(like).get(place) else {
            return Err(self.mismatch(
                op,
                &[table, like],
                format!("there is no dimension {place}"),
            ));
        };
        let mut shape = self.shape(table).to_vec();
        let fits = match (shape.get(axis), length) {
            (Some(Dim::Fixed(have)), Dim::Fixed(want)) => want <= *have,
            (Some(Dim::Fixed(_)), Dim::Symbol(_)) => true,
            _ => false,
        };
        if !fits {
            return Err(self.mismatch(
                op,
                &[table, like],
                format!("the table's axis {axis} is not long enough"),
            ));
        }
        if let Dim::Fixed(have) = shape[axis] {
            self.limit(length, have);
        }
        shape[axis] = length;
        let end = self.length(like, place, length);
        let element = self.element(table);
        let start = self.int64s(&[1], &[0]);
        let axes = self.int64s(&[1], &[axis as i64]);
        Ok(self.add_node(op, &[table, start, end, axes], vec![], element, shape))
    }

    /// Zeros put before the first slice of an axis.
    pub(crate) fn pad_before(
        &mut self,
        x: Value,
        axis: usize,
        count: u64,
    ) -> Result<Value, ExportError> {
        let op = "Pad";
        let mut shape = self.shape(x).to_vec();
        let Some(Dim::Fixed(size)) = shape.get_mut(axis) else {
            return Err(self.mismatch(op, &[x], format!("axis {axis} has no fixed length")));
        };
        *size += count;
        let mut amounts = vec![0; 2 * shape.len()];
        amounts[axis] = count as i64;
        let element = self.element(x);
        let amounts = self.int64s(&[amounts.len() as u64], &amounts);
        Ok(self.add_node(op, &[x, amounts], vec![], element, shape))
    }

    /// A dimension's length as a vector of one integer.
    pub(super) fn length(&mut self, x: Value, place: usize, length: Dim) -> Value {
        if let Dim::Fixed(length) = length {
            return self.int64s(&[1], &[length as i64]);
        }
        if let Some(&known) = self.lengths.get(&(x, place)) {
            return known;
        }
        let range = vec![
            ("start", Attribute::Int(place as i64)),
            ("end", Attribute::Int(place as i64 + 1)),
        ];
        let value = self.add_node("Shape", &[x], range, Element::Int64, vec![Dim::Fixed(1)]);
        self.lengths.insert((x, place), value);
        value
    }
}
