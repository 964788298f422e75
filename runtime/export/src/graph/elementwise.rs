//! Operators that work element by element.

use super::shape::broadcast;
use super::{Attribute, Element, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Sum.
    pub(crate) fn add(&mut self, left: Value, right: Value) -> Result<Value, ExportError> {
        self.binary("Add", left, right)
    }

    /// Difference.
    pub(crate) fn sub(&mut self, left: Value, right: Value) -> Result<Value, ExportError> {
        self.binary("Sub", left, right)
    }

    /// Product.
    pub(crate) fn mul(&mut self, left: Value, right: Value) -> Result<Value, ExportError> {
        self.binary("Mul", left, right)
    }

    /// Quotient.
    pub(crate) fn div(&mut self, left: Value, right: Value) -> Result<Value, ExportError> {
        self.binary("Div", left, right)
    }

    /// Whether elements are equal.
    pub(crate) fn equal(&mut self, left: Value, right: Value) -> Result<Value, ExportError> {
        let op = "Equal";
        self.same_element(op, &[left, right])?;
        let shape = broadcast(self.shape(left), self.shape(right))
            .ok_or_else(|| self.mismatch(op, &[left, right], "shapes cannot be broadcast"))?;
        Ok(self.add_node(op, &[left, right], vec![], Element::Bool, shape))
    }

    /// Negation of a truth value.
    pub(crate) fn not(&mut self, x: Value) -> Result<Value, ExportError> {
        self.unary("Not", x, |element| element == Element::Bool)
    }

    /// Gauss error function.
    pub(crate) fn erf(&mut self, x: Value) -> Result<Value, ExportError> {
        self.unary("Erf", x, Element::is_float)
    }

    /// Hyperbolic tangent.
    pub(crate) fn tanh(&mut self, x: Value) -> Result<Value, ExportError> {
        self.unary("Tanh", x, Element::is_float)
    }

    /// Logistic function.
    pub(crate) fn sigmoid(&mut self, x: Value) -> Result<Value, ExportError> {
        self.unary("Sigmoid", x, Element::is_float)
    }

    /// Rectified linear unit.
    pub(crate) fn relu(&mut self, x: Value) -> Result<Value, ExportError> {
        self.unary("Relu", x, Element::is_float)
    }

    /// `chosen` where the condition holds, `otherwise` elsewhere.
    pub(crate) fn select(
        &mut self,
        condition: Value,
        chosen: Value,
        otherwise: Value,
    ) -> Result<Value, ExportError> {
        let op = "Where";
        let operands = [condition, chosen, otherwise];
        if self.element(condition) != Element::Bool {
            return Err(self.mismatch(op, &operands, "the condition is no truth value"));
        }
        let element = self.same_element(op, &operands[1..])?;
        let shape = broadcast(self.shape(chosen), self.shape(otherwise))
            .and_then(|shape| broadcast(&shape, self.shape(condition)))
            .ok_or_else(|| self.mismatch(op, &operands, "shapes cannot be broadcast"))?;
        Ok(self.add_node(op, &operands, vec![], element, shape))
    }

    /// The same values as another type; no node where the type is the same.
    pub(crate) fn cast(&mut self, x: Value, element: Element) -> Value {
        if self.element(x) == element {
            return x;
        }
        let shape = self.shape(x).to_vec();
        let to = Attribute::Int(element.code().into());
        self.add_node("Cast", &[x], vec![("to", to)], element, shape)
    }

    fn binary(
        &mut self,
        op: &'static str,
        left: Value,
        right: Value,
    ) -> Result<Value, ExportError> {
        let element = self.same_element(op, &[left, right])?;
        if element == Element::Bool {
            return Err(self.mismatch(op, &[left, right], "no arithmetic on truth values"));
        }
        let shape = broadcast(self.shape(left), self.shape(right))
            .ok_or_else(|| self.mismatch(op, &[left, right], "shapes cannot be broadcast"))?;
        if let Some(sum) = self.known_sum(op, left, right) {
            return Ok(self.int64s(&[1], &[sum]));
        }
        Ok(self.add_node(op, &[left, right], vec![], element, shape))
    }

    /// The sum of two lengths, where it is one and both are known.
    fn known_sum(&self, op: &str, left: Value, right: Value) -> Option<i64> {
        let known = |value| self.integers.get(&value).map(Vec::as_slice);
        match (op, known(left)?, known(right)?) {
            ("Add", &[left], &[right]) => left.checked_add(right),
            _ => None,
        }
    }

    fn unary(
        &mut self,
        op: &'static str,
        x: Value,
        takes: fn(Element) -> bool,
    ) -> Result<Value, ExportError> {
        let element = self.element(x);
        if !takes(element) {
            return Err(self.mismatch(op, &[x], "not defined for this element type"));
        }
        let shape = self.shape(x).to_vec();
        Ok(self.add_node(op, &[x], vec![], element, shape))
    }
}
