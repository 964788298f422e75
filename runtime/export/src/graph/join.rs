//! Operators that join and cut values along an axis.

use super::{Attribute, Dim, Element, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Values one after the other along an axis, which comes out as long as `joined` says.
    pub(crate) fn concat(
        &mut self,
        parts: &[Value],
        axis: usize,
        joined: Dim,
    ) -> Result<Value, ExportError> {
        let op = "Concat";
        let element = self.same_element(op, parts)?;
        let mut shape = self.shape(parts[0]).to_vec();
        if axis >= shape.len() {
            return Err(self.mismatch(op, parts, format!("there is no axis {axis}")));
        }
        let mut sum = Some(0);
        for &part in parts {
            let mut others = self.shape(part).to_vec();
            let Some(length) = others.get_mut(axis) else {
                return Err(self.mismatch(op, parts, format!("there is no axis {axis}")));
            };
            sum = match (sum, *length) {
                (Some(sum), Dim::Fixed(size)) => Some(sum + size),
                _ => None,
            };
            *length = shape[axis];
            if others != shape {
                return Err(self.mismatch(op, parts, "the other dimensions differ"));
            }
        }
        shape[axis] = match (sum, joined) {
            (Some(sum), Dim::Symbol(_)) => Dim::Fixed(sum),
            (Some(sum), Dim::Fixed(wanted)) if sum != wanted => {
                let reason = format!("they are not {joined} long together");
                return Err(self.mismatch(op, parts, reason));
            }
            _ => joined,
        };
        let known: Option<Vec<_>> = parts.iter().map(|part| self.integers.get(part)).collect();
        if let (Some(known), &[Dim::Fixed(length)]) = (known, shape.as_slice()) {
            let numbers: Vec<i64> = known.into_iter().flatten().copied().collect();
            return Ok(self.int64s(&[length], &numbers));
        }
        let place = vec![("axis", Attribute::Int(axis as i64))];
        Ok(self.add_node(op, parts, place, element, shape))
    }

    /// The slices from `start` to before `end` of an axis of fixed length.
    pub(crate) fn cut(
        &mut self,
        x: Value,
        axis: usize,
        start: u64,
        end: u64,
    ) -> Result<Value, ExportError> {
        let op = "Slice";
        let mut shape = self.shape(x).to_vec();
        match shape.get_mut(axis) {
            Some(Dim::Fixed(size)) if start < end && end <= *size => *size = end - start,
            _ => {
                let reason = format!("axis {axis} has no slices {start} to {end}");
                return Err(self.mismatch(op, &[x], reason));
            }
        }
        let element = self.element(x);
        let start = self.int64s(&[1], &[start as i64]);
        let end = self.int64s(&[1], &[end as i64]);
        let axes = self.int64s(&[1], &[axis as i64]);
        Ok(self.add_node(op, &[x, start, end, axes], vec![], element, shape))
    }

    /// The part of a vector that begins where `past` is long and ends where `total` is, each given as a value and one
    /// of its dimensions; it comes out `length` long.
    pub(crate) fn stretch(
        &mut self,
        table: Value,
        past: (Value, usize),
        total: (Value, usize),
        length: Dim,
    ) -> Result<Value, ExportError> {
        let op = "Slice";
        let operands = [table, past.0, total.0];
        let dims = (
            self.shape(past.0).get(past.1),
            self.shape(total.0).get(total.1),
        );
        let (&[Dim::Fixed(_)], (Some(&past_length), Some(&total_length))) =
            (self.shape(table), dims)
        else {
            return Err(self.mismatch(op, &operands, "expected a vector and two lengths"));
        };
        let start = self.length(past.0, past.1, past_length);
        let end = self.length(total.0, total.1, total_length);
        let element = self.element(table);
        let axes = self.int64s(&[1], &[0]);
        let inputs = [table, start, end, axes];
        let length = match (past_length, total_length) {
            (Dim::Fixed(past), Dim::Fixed(total)) if past <= total => Dim::Fixed(total - past),
            _ => length,
        };
        Ok(self.add_node(op, &inputs, vec![], element, vec![length]))
    }

    /// `(batch, groups x members, length, width)` as `(batch, groups, members, length, width)`.
    pub(crate) fn split_heads(
        &mut self,
        x: Value,
        groups: u64,
        members: u64,
    ) -> Result<Value, ExportError> {
        let op = "Reshape";
        let &[batch, heads, length, Dim::Fixed(width)] = self.shape(x) else {
            return Err(self.mismatch(op, &[x], "expected four dimensions, the last fixed"));
        };
        if heads != Dim::Fixed(groups * members) {
            let reason = format!("there are not {groups} x {members} heads");
            return Err(self.mismatch(op, &[x], reason));
        }
        let shape = vec![
            batch,
            Dim::Fixed(groups),
            Dim::Fixed(members),
            length,
            Dim::Fixed(width),
        ];
        let element = self.element(x);
        let sizes = [0, groups as i64, members as i64, -1, width as i64];
        let target = self.int64s(&[5], &sizes);
        Ok(self.add_node(op, &[x, target], vec![], element, shape))
    }

    /// Whether the left is at most the right.
    pub(crate) fn at_most(&mut self, left: Value, right: Value) -> Result<Value, ExportError> {
        let op = "LessOrEqual";
        self.same_element(op, &[left, right])?;
        let shape = super::shape::broadcast(self.shape(left), self.shape(right))
            .ok_or_else(|| self.mismatch(op, &[left, right], "shapes cannot be broadcast"))?;
        Ok(self.add_node(op, &[left, right], vec![], Element::Bool, shape))
    }
}
