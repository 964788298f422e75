//! Elementary functions of single numbers.

use super::{Attribute, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Exponential function.
    pub(crate) fn exponential(&mut self, x: Value) -> Result<Value, ExportError> {
        self.function("Exp", x, vec![])
    }

    /// The next whole number upwards.
    pub(crate) fn ceiling(&mut self, x: Value) -> Result<Value, ExportError> {
        self.function("Ceil", x, vec![])
    }

    /// `ln(1 + exp(x))`.
    pub(crate) fn softplus(&mut self, x: Value) -> Result<Value, ExportError> {
        self.function("Softplus", x, vec![])
    }

    /// `x` where it is positive, else `slope x`.
    pub(crate) fn leaky_relu(&mut self, x: Value, slope: f32) -> Result<Value, ExportError> {
        self.function("LeakyRelu", x, vec![("alpha", Attribute::Float(slope))])
    }

    fn function(
        &mut self,
        op: &'static str,
        x: Value,
        attributes: Vec<(&'static str, Attribute)>,
    ) -> Result<Value, ExportError> {
        let element = self.element(x);
        if !element.is_float() {
            return Err(self.mismatch(op, &[x], "expected floating-point numbers"));
        }
        let shape = self.shape(x).to_vec();
        Ok(self.add_node(op, &[x], attributes, element, shape))
    }
}
