//! Operators that mix elements: products, convolution, normalisation, sums along an axis.

use super::shape::broadcast;
use super::{Attribute, Dim, Element, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Matrix product `(…, m, k) x (…, k, n)`.
    pub(crate) fn matmul(&mut self, left: Value, right: Value) -> Result<Value, ExportError> {
        let op = "MatMul";
        let operands = [left, right];
        let element = self.same_element(op, &operands)?;
        let (Some((&[rows, inner], left_batch)), Some((&[inner_right, columns], right_batch))) = (
            split_matrix(self.shape(left)),
            split_matrix(self.shape(right)),
        ) else {
            return Err(self.mismatch(op, &operands, "both sides need two dimensions or more"));
        };
        if inner != inner_right {
            let reason = format!("the inner dimensions {inner} and {inner_right} differ");
            return Err(self.mismatch(op, &operands, reason));
        }
        let mut shape = broadcast(left_batch, right_batch).ok_or_else(|| {
            self.mismatch(op, &operands, "the outer dimensions cannot be broadcast")
        })?;
        shape.extend([rows, columns]);
        Ok(self.add_node(op, &operands, vec![], element, shape))
    }

    /// Linear layer on rows: `(m, k)` with a weight `(n, k)` as checkpoints store it and a bias
    /// `(n)`.
    pub(crate) fn gemm(
        &mut self,
        x: Value,
        weight: Value,
        bias: Value,
    ) -> Result<Value, ExportError> {
        let op = "Gemm";
        let operands = [x, weight, bias];
        let element = self.same_element(op, &operands)?;
        let (&[rows, inner], &[columns, inner_right], &[width]) =
            (self.shape(x), self.shape(weight), self.shape(bias))
        else {
            return Err(self.mismatch(op, &operands, "expected a matrix, a matrix and a vector"));
        };
        if inner != inner_right || columns != width {
            return Err(self.mismatch(op, &operands, "the widths differ"));
        }
        let transposed = vec![("transB", Attribute::Int(1))];
        Ok(self.add_node(op, &operands, transposed, element, vec![rows, columns]))
    }

    /// Convolution of `(batch, channels, height, width)` with a weight `(out, channels, k, k)`,
    /// stride `k`, no padding.
    pub(crate) fn patches(
        &mut self,
        x: Value,
        weight: Value,
        bias: Option<Value>,
    ) -> Result<Value, ExportError> {
        let op = "Conv";
        let operands: Vec<Value> = [x, weight].into_iter().chain(bias).collect();
        let element = self.same_element(op, &operands)?;
        if element == Element::BFloat16 {
            let single = self.in_single(&operands);
            let y = self.patches(single[0], single[1], single.get(2).copied())?;
            return Ok(self.cast(y, element));
        }
        let (
            &[batch, channels, Dim::Fixed(height), Dim::Fixed(width)],
            &[filters, depth, Dim::Fixed(side), Dim::Fixed(side_too)],
        ) = (self.shape(x), self.shape(weight))
        else {
            return Err(self.mismatch(
                op,
                &operands,
                "expected four dimensions, the last two fixed",
            ));
        };
        let tiles = side > 0 && height % side == 0 && width % side == 0;
        let fits = bias.is_none_or(|bias| self.shape(bias) == [filters]);
        if channels != depth || side != side_too || !tiles || !fits {
            return Err(self.mismatch(op, &operands, "the patches do not tile the image"));
        }
        let square = Attribute::Ints(vec![side as i64; 2]);
        let attributes = vec![("kernel_shape", square.clone()), ("strides", square)];
        let shape = vec![
            batch,
            filters,
            Dim::Fixed(height / side),
            Dim::Fixed(width / side),
        ];
        Ok(self.add_node(op, &operands, attributes, element, shape))
    }

    /// Layer normalisation over the last dimension, computed in single precision.
    pub(crate) fn layer_norm(
        &mut self,
        x: Value,
        weight: Value,
        bias: Value,
        epsilon: f32,
    ) -> Result<Value, ExportError> {
        let op = "LayerNormalization";
        let operands = [x, weight, bias];
        let element = self.same_element(op, &operands)?;
        let shape = self.shape(x).to_vec();
        let width = shape.last().copied().into_iter().collect::<Vec<_>>();
        if width.is_empty() || self.shape(weight) != width || self.shape(bias) != width {
            return Err(self.mismatch(
                op,
                &operands,
                "scale and shift are not as wide as the last dimension",
            ));
        }
        let attributes = vec![
            ("axis", Attribute::Int(-1)),
            ("epsilon", Attribute::Float(epsilon)),
        ];
        Ok(self.add_node(op, &operands, attributes, element, shape))
    }

    /// Softmax over the last dimension.
    pub(crate) fn softmax(&mut self, x: Value) -> Result<Value, ExportError> {
        let op = "Softmax";
        let element = self.element(x);
        if !element.is_float() || self.shape(x).is_empty() {
            return Err(self.mismatch(op, &[x], "expected floating-point numbers along an axis"));
        }
        let shape = self.shape(x).to_vec();
        let last = vec![("axis", Attribute::Int(-1))];
        Ok(self.add_node(op, &[x], last, element, shape))
    }

    /// Running sum along an axis. Floating-point only: WebGPU has no integer one.
    pub(crate) fn cumulative_sum(&mut self, x: Value, axis: usize) -> Result<Value, ExportError> {
        let op = "CumSum";
        let element = self.element(x);
        if element == Element::BFloat16 {
            let single = self.cast(x, Element::Float32);
            let y = self.cumulative_sum(single, axis)?;
            return Ok(self.cast(y, element));
        }
        if !element.is_float() || axis >= self.shape(x).len() {
            return Err(self.mismatch(
                op,
                &[x],
                format!("expected floating-point numbers with an axis {axis}"),
            ));
        }
        let shape = self.shape(x).to_vec();
        let axis = self.int64s(&[], &[axis as i64]);
        Ok(self.add_node(op, &[x, axis], vec![], element, shape))
    }
}

/// The last two dimensions of a shape and those before them.
fn split_matrix(shape: &[Dim]) -> Option<(&[Dim; 2], &[Dim])> {
    shape
        .split_last_chunk::<2>()
        .map(|(batch, matrix)| (matrix, batch))
}
