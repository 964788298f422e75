//! Powers, roots and means, which normalisation is made of.

use super::{Attribute, Dim, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// A power, which runtimes look for when they fuse normalisation and activations.
    pub(crate) fn power(&mut self, x: Value, exponent: f64) -> Result<Value, ExportError> {
        let op = "Pow";
        let element = self.element(x);
        if !element.is_float() {
            return Err(self.mismatch(op, &[x], "expected floating-point numbers"));
        }
        let exponent = self.scalar_as(element, exponent);
        let shape = self.shape(x).to_vec();
        Ok(self.add_node(op, &[x, exponent], vec![], element, shape))
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
