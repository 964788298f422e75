//! Convolution over time.

use super::{Attribute, Dim, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Convolution of `(batch, channels, frames)` with a weight `(out, channels, kernel)` and a bias
    /// `(out)`, `padding` zeros at either end.
    pub(crate) fn convolve_frames(
        &mut self,
        x: Value,
        [weight, bias]: [Value; 2],
        stride: u64,
        padding: u64,
    ) -> Result<Value, ExportError> {
        let op = "Conv";
        let operands = [x, weight, bias];
        let element = self.same_element(op, &operands)?;
        let (&[batch, channels, Dim::Fixed(frames)], &[filters, depth, Dim::Fixed(kernel)]) =
            (self.shape(x), self.shape(weight))
        else {
            return Err(self.mismatch(op, &operands, "expected three dimensions, the last fixed"));
        };
        let padded = frames + 2 * padding;
        if channels != depth || self.shape(bias) != [filters] || stride == 0 || kernel > padded {
            return Err(self.mismatch(op, &operands, "the kernel does not fit"));
        }
        let ints = |numbers: &[u64]| {
            Attribute::Ints(numbers.iter().map(|&number| number as i64).collect())
        };
        let attributes = vec![
            ("kernel_shape", ints(&[kernel])),
            ("pads", ints(&[padding, padding])),
            ("strides", ints(&[stride])),
        ];
        let frames = (padded - kernel) / stride + 1;
        let shape = vec![batch, filters, Dim::Fixed(frames)];
        Ok(self.add_node(op, &operands, attributes, element, shape))
    }
}
