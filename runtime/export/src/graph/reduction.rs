//! Operators that draw axes together: means and lengths of vectors.

use super::{Attribute, Dim, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// The mean over `axes`, which go away unless they are kept with a length of 1.
    pub(crate) fn mean(
        &mut self,
        x: Value,
        axes: &[usize],
        are_kept: bool,
    ) -> Result<Value, ExportError> {
        self.reduce("ReduceMean", x, axes, are_kept)
    }

    /// The Euclidean length over `axes`, which are kept with a length of 1.
    pub(crate) fn euclidean_length(
        &mut self,
        x: Value,
        axes: &[usize],
    ) -> Result<Value, ExportError> {
        self.reduce("ReduceL2", x, axes, true)
    }

    fn reduce(
        &mut self,
        op: &'static str,
        x: Value,
        axes: &[usize],
        are_kept: bool,
    ) -> Result<Value, ExportError> {
        let element = self.element(x);
        let from = self.shape(x);
        if !element.is_float() || axes.iter().any(|&axis| axis >= from.len()) {
            return Err(self.mismatch(
                op,
                &[x],
                format!("expected floating-point numbers with the axes {axes:?}"),
            ));
        }
        let kept = |(axis, &dim): (usize, &Dim)| match (axes.contains(&axis), are_kept) {
            (false, _) => Some(dim),
            (true, true) => Some(Dim::Fixed(1)),
            (true, false) => None,
        };
        let shape = from.iter().enumerate().filter_map(kept).collect();
        let places: Vec<i64> = axes.iter().map(|&axis| axis as i64).collect();
        let places = self.int64s(&[places.len() as u64], &places);
        let keepdims = vec![("keepdims", Attribute::Int(are_kept.into()))];
        Ok(self.add_node(op, &[x, places], keepdims, element, shape))
    }
}
