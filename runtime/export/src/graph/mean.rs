//! Operators that root-mean-square normalisation is made of.

use super::{Attribute, Dim, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Square, as the power that runtimes look for when they fuse normalisation.
    pub(crate) fn square(&mut self, x: Value) -> Result<Value, ExportError> {
        let op = "Pow";
        let element = self.element(x);
        if !element.is_float() {
            return Err(self.mismatch(op, &[x], "expected floating-point numbers"));
        }
        let two = self.scalar_as(element, 2.0);
        let shape = self.shape(x).to_vec();
        Ok(self.add_node(op, &[x, two], vec![], element, shape))
    }

    /// Square root.
    pub(crate) fn root(&mut self, x: Value) -> Result<Value, ExportError> {
        let op = "Sqrt";
        let element = self.element(x);
        if !element.is_float() {
            return Err(self.mismatch(op, &[x], "expected floating-point numbers"));
        }
        let shape = self.shape(x).to_vec();
        Ok(self.add_node(op, &[x], vec![], element, shape))
    }

    /// Mean over the last dimension, which stays with length 1.
    pub(crate) fn last_mean(&mut self, x: Value) -> Result<Value, ExportError> {
        let op = "ReduceMean";
        let element = self.element(x);
        let mut shape = self.shape(x).to_vec();
        let (true, Some(last)) = (element.is_float(), shape.last_mut()) else {
            return Err(self.mismatch(op, &[x], "expected floating-point numbers along an axis"));
        };
        *last = Dim::Fixed(1);
        let axes = self.int64s(&[1], &[-1]);
        let keep = vec![("keepdims", Attribute::Int(1))];
        Ok(self.add_node(op, &[x, axes], keep, element, shape))
    }
}
