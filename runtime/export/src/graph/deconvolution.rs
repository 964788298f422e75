//! Transposed convolution over one axis, which makes it longer.

use super::{Attribute, Dim, Graph, Value};
use crate::error::ExportError;

impl Graph {
    /// Transposed convolution of `(batch, channels, length)` with a weight `(channels, out, kernel)` and a bias `(out)`:
    /// `(batch, out, (length - 1) x step - 2 x padding + kernel)`. A symbolic length comes out as `renamed`.
    pub(crate) fn transposed_convolution(
        &mut self,
        x: Value,
        weight: Value,
        bias: Value,
        (step, padding): (u64, u64),
        renamed: Dim,
    ) -> Result<Value, ExportError> {
        let op = "ConvTranspose";
        let operands = [x, weight, bias];
        let element = self.same_element(op, &operands)?;
        let (&[batch, channels, length], &[depth, filters, Dim::Fixed(kernel)]) =
            (self.shape(x), self.shape(weight))
        else {
            return Err(self.mismatch(op, &operands, "expected two values of three dimensions"));
        };
        if channels != depth || self.shape(bias) != [filters] {
            return Err(self.mismatch(op, &operands, "the kernel does not fit the channels"));
        }
        let length = match length {
            Dim::Symbol(_) => renamed,
            Dim::Fixed(length) => {
                let whole = length.saturating_sub(1) * step + kernel;
                Dim::Fixed(whole.saturating_sub(2 * padding))
            }
        };
        let one = |number: u64| Attribute::Ints(vec![number as i64]);
        let attributes = vec![
            ("kernel_shape", one(kernel)),
            ("strides", one(step)),
            ("pads", Attribute::Ints(vec![padding as i64; 2])),
        ];
        let shape = vec![batch, filters, length];
        Ok(self.add_node(op, &operands, attributes, element, shape))
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::{Dim, Element, Graph, Layout};

    #[test]
    fn an_axis_gets_longer_by_the_step() {
        let mut graph = Graph::new(Element::Float32);
        let mut weight =
            |shape: &[u64]| graph.tensor(&format!("{shape:?}"), shape, Layout::AsStored);
        let (kernel, bias) = (weight(&[6, 4, 8]), weight(&[4]));
        let shape = vec![Dim::Symbol("batch"), Dim::Fixed(6), Dim::Fixed(5)];
        let x = graph.input("x", Element::Float32, shape);
        let longer = graph.transposed_convolution(x, kernel, bias, (4, 2), Dim::Symbol("samples"));
        assert_eq!(
            graph.shape(longer.unwrap())[1..],
            [Dim::Fixed(4), Dim::Fixed(20)]
        );
        let fits = graph.transposed_convolution(x, bias, bias, (4, 2), Dim::Symbol("samples"));
        assert!(fits.is_err());
    }
}
