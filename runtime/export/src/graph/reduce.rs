//! Operators that draw an axis together.

use super::{Attribute, Dim, Graph, Value};
use crate::error::ExportError;

/// How the elements along an axis become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reduction {
    /// The largest.
    Max,
    /// Their mean.
    Mean,
    /// The square root of the sum of their squares.
    Norm,
}

impl Reduction {
    const fn op(self) -> &'static str {
        match self {
            Self::Max => "ReduceMax",
            Self::Mean => "ReduceMean",
            Self::Norm => "ReduceL2",
        }
    }
}

impl Graph {
    /// One element in place of those along an axis, which keeps its place with length 1 where
    /// `keeps` says so. Floating-point only: WebGPU reduces no 64-bit integers.
    pub(crate) fn reduce(
        &mut self,
        reduction: Reduction,
        x: Value,
        axis: usize,
        keeps: bool,
    ) -> Result<Value, ExportError> {
        let op = reduction.op();
        let element = self.element(x);
        let mut shape = self.shape(x).to_vec();
        if !element.is_float() || axis >= shape.len() {
            return Err(self.mismatch(
                op,
                &[x],
                format!("expected floating-point numbers with an axis {axis}"),
            ));
        }
        if keeps {
            shape[axis] = Dim::Fixed(1);
        } else {
            shape.remove(axis);
        }
        let axes = self.int64s(&[1], &[axis as i64]);
        let keeps = vec![("keepdims", Attribute::Int(i64::from(keeps)))];
        Ok(self.add_node(op, &[x, axes], keeps, element, shape))
    }
}
