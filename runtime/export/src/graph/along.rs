//! Operators whose indices or sizes are values: elements picked along an axis, broadcasting, the smaller of two.

use super::shape::broadcast;
use super::{Attribute, Dim, Element, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Elements picked along an axis: `indices` has the shape of the result, which differs from that of `x` in this axis
    /// only.
    pub(crate) fn elements_along(
        &mut self,
        x: Value,
        axis: usize,
        indices: Value,
    ) -> Result<Value, ExportError> {
        let op = "GatherElements";
        let integers = matches!(self.element(indices), Element::Int32 | Element::Int64);
        let shape = self.shape(indices).to_vec();
        let other = |shape: &[super::Dim]| {
            let kept = shape.iter().enumerate().filter(|(place, _)| *place != axis);
            kept.map(|(_, dim)| *dim).collect::<Vec<_>>()
        };
        let is_like = shape.len() == self.shape(x).len() && other(&shape) == other(self.shape(x));
        if !integers || !is_like || axis >= shape.len() {
            let reason = format!("expected integers shaped alike but for axis {axis}");
            return Err(self.mismatch(op, &[x, indices], reason));
        }
        let element = self.element(x);
        let axis = vec![("axis", Attribute::Int(axis as i64))];
        Ok(self.add_node(op, &[x, indices], axis, element, shape))
    }

    /// A value broadcast to fixed lengths.
    pub(crate) fn spread_to(&mut self, x: Value, lengths: &[u64]) -> Result<Value, ExportError> {
        let op = "Expand";
        let shape: Vec<_> = lengths.iter().map(|length| Dim::Fixed(*length)).collect();
        if broadcast(self.shape(x), &shape).as_ref() != Some(&shape) {
            return Err(self.mismatch(op, &[x], format!("it cannot be broadcast to {lengths:?}")));
        }
        let sizes: Vec<_> = lengths.iter().map(|length| *length as i64).collect();
        let target = self.int64s(&[sizes.len() as u64], &sizes);
        let element = self.element(x);
        Ok(self.add_node(op, &[x, target], vec![], element, shape))
    }

    /// A value broadcast to the shape of another.
    pub(crate) fn spread(&mut self, x: Value, like: Value) -> Result<Value, ExportError> {
        let op = "Expand";
        let shape = self.shape(like).to_vec();
        if broadcast(self.shape(x), &shape).as_ref() != Some(&shape) {
            return Err(self.mismatch(op, &[x, like], "the one cannot be broadcast to the other"));
        }
        let rank = shape.len() as u64;
        let known = |dim: &super::Dim| match dim {
            Dim::Fixed(size) => i64::try_from(*size).ok(),
            Dim::Symbol(_) => None,
        };
        let known: Option<Vec<_>> = shape.iter().map(known).collect();
        let target = if let Some(sizes) = known {
            self.int64s(&[rank], &sizes)
        } else {
            let rank = vec![Dim::Fixed(rank)];
            self.add_node("Shape", &[like], vec![], Element::Int64, rank)
        };
        let element = self.element(x);
        Ok(self.add_node(op, &[x, target], vec![], element, shape))
    }

    /// The smaller of two numbers, element by element.
    pub(crate) fn lesser(&mut self, left: Value, right: Value) -> Result<Value, ExportError> {
        let op = "Min";
        let element = self.same_element(op, &[left, right])?;
        let shape = broadcast(self.shape(left), self.shape(right))
            .ok_or_else(|| self.mismatch(op, &[left, right], "shapes cannot be broadcast"))?;
        Ok(self.add_node(op, &[left, right], vec![], element, shape))
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::{Dim, Element, Graph};

    #[test]
    fn shapes_follow_from_the_indices_and_from_what_is_broadcast_to() {
        let (batch, length, width) = (Dim::Symbol("batch"), Dim::Symbol("length"), Dim::Fixed(9));
        let mut graph = Graph::new(Element::Float32);
        let x = graph.input("x", Element::Float32, vec![batch, length, width]);
        let near = graph.input("near", Element::Int32, vec![length, length]);
        assert!(graph.elements_along(x, 2, near).is_err());
        let square = graph.input("y", Element::Float32, vec![batch, length, length]);
        let spread = graph.spread(near, square).unwrap();
        assert_eq!(graph.shape(spread), [batch, length, length]);
        let chosen = graph.elements_along(x, 2, spread).unwrap();
        assert_eq!(graph.shape(chosen), [batch, length, length]);
        assert!(graph.elements_along(x, 1, spread).is_err());
        assert!(graph.elements_along(x, 2, square).is_err());
        assert!(graph.spread(square, near).is_err());
        assert!(graph.lesser(x, near).is_err());
    }
}
