//! Powers, roots and means, which normalisation is made of.

use super::{Attribute, Dim, Element, Graph, Value};
use crate::error::ExportError;

/// Rows of fewer numbers are squared by a product: OpenVINO 2025.4 fuses the power, and ends the process on narrow rows.
const NARROW: u64 = 16;

impl Graph {
    /// `x / sqrt(mean(x²) + ε)` over the last dimension, computed in single precision, times a weight.
    pub(crate) fn rms_norm(
        &mut self,
        x: Value,
        weight: Value,
        epsilon: f32,
    ) -> Result<Value, ExportError> {
        let wide = self.cast(x, Element::Float32);
        let square = match self.shape(wide).last() {
            Some(Dim::Fixed(..NARROW)) => self.mul(wide, wide)?,
            _ => self.power(wide, 2.0)?,
        };
        let mean = self.last_mean(square)?;
        let epsilon = self.scalar_as(Element::Float32, f64::from(epsilon));
        let sum = self.add(mean, epsilon)?;
        let root = self.root(sum)?;
        let normed = self.div(wide, root)?;
        let normed = self.cast(normed, self.float());
        self.mul(normed, weight)
    }

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
