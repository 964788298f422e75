//! Operators that join values along an axis.

use super::{Attribute, Dim, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Values one after the other along an axis, which comes out as long as `joined` says.
    pub(crate) fn append(
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
}
