//! Operators that put things side by side, cut them apart, and fold a group into the batch.

use std::ops::Range;

use super::shape::volume;
use super::{Attribute, Dim, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Values one after the other along an axis whose length each of them knows.
    pub(crate) fn append(&mut self, parts: &[Value], axis: usize) -> Result<Value, ExportError> {
        let op = "Concat";
        let element = self.same_element(op, parts)?;
        let mut shape = self.shape(parts[0]).to_vec();
        let mut length = 0;
        for &part in parts {
            let mut other = self.shape(part).to_vec();
            let Some(&Dim::Fixed(size)) = other.get(axis) else {
                return Err(self.mismatch(op, parts, format!("axis {axis} has no fixed length")));
            };
            length += size;
            other[axis] = Dim::Fixed(length);
            shape[axis] = Dim::Fixed(length);
            if other != shape {
                return Err(self.mismatch(op, parts, "the other axes differ"));
            }
        }
        let axis = vec![("axis", Attribute::Int(axis as i64))];
        Ok(self.add_node(op, parts, axis, element, shape))
    }

    /// The slices of a range along an axis of fixed length.
    pub(crate) fn slices(
        &mut self,
        x: Value,
        axis: usize,
        range: Range<u64>,
    ) -> Result<Value, ExportError> {
        let op = "Slice";
        let mut shape = self.shape(x).to_vec();
        match shape.get_mut(axis) {
            Some(Dim::Fixed(size)) if range.start < range.end && range.end <= *size => {
                *size = range.end - range.start;
            }
            _ => {
                let reason = format!("axis {axis} has no slices {range:?}");
                return Err(self.mismatch(op, &[x], reason));
            }
        }
        let element = self.element(x);
        let start = self.int64s(&[1], &[range.start as i64]);
        let end = self.int64s(&[1], &[range.end as i64]);
        let axis = self.int64s(&[1], &[axis as i64]);
        Ok(self.add_node(op, &[x, start, end, axis], vec![], element, shape))
    }

    /// The first two dimensions as one, which goes by a name of its own: `(videos, frames, …)`
    /// becomes `(frames of all videos, …)`.
    pub(crate) fn fold(&mut self, x: Value, name: &'static str) -> Result<Value, ExportError> {
        let op = "Reshape";
        let from = self.shape(x).to_vec();
        let Some((_, rest)) = from
            .split_at_checked(2)
            .filter(|(_, rest)| volume(rest).is_some())
        else {
            let reason = "expected two dimensions and a fixed rest";
            return Err(self.mismatch(op, &[x], reason));
        };
        let shape = [&[Dim::Symbol(name)], rest].concat();
        Ok(self.regroup(x, shape))
    }

    /// The reverse of [`Graph::fold`]: the first dimension as `outer` times `inner`.
    pub(crate) fn unfold(
        &mut self,
        x: Value,
        outer: Dim,
        inner: u64,
    ) -> Result<Value, ExportError> {
        let op = "Reshape";
        let from = self.shape(x).to_vec();
        let Some((_, rest)) = from
            .split_first()
            .filter(|(_, rest)| volume(rest).is_some())
        else {
            return Err(self.mismatch(op, &[x], "expected a dimension and a fixed rest"));
        };
        let shape = [&[outer, Dim::Fixed(inner)], rest].concat();
        Ok(self.regroup(x, shape))
    }

    /// A reshape to a first dimension that follows from the fixed others.
    fn regroup(&mut self, x: Value, shape: Vec<Dim>) -> Value {
        let sizes: Vec<i64> = shape
            .iter()
            .enumerate()
            .map(|(place, dim)| match dim {
                Dim::Fixed(size) if place > 0 => *size as i64,
                _ => -1,
            })
            .collect();
        let element = self.element(x);
        let target = self.int64s(&[sizes.len() as u64], &sizes);
        self.add_node("Reshape", &[x, target], vec![], element, shape)
    }
}
