//! The normalisations that decoders use.

use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Element, Value};
use crate::recipe::DecoderNorm;

/// Rows of fewer numbers are squared by a product: OpenVINO 2025.4 fuses the power, and ends the process on narrow rows.
const NARROW: u64 = 16;

/// A kind of normalisation with its epsilon.
#[derive(Debug, Clone, Copy)]
pub(super) struct Norm {
    pub(super) kind: DecoderNorm,
    pub(super) epsilon: f32,
}

impl Norm {
    /// Normalises over the last dimension, in single precision whatever the graph computes in.
    pub(super) fn apply(
        self,
        net: &mut Net<'_, '_>,
        x: Value,
        name: &str,
        width: u64,
    ) -> Result<Value, ExportError> {
        let weight = format!("{name}.weight");
        match self.kind {
            DecoderNorm::Layer => net.norm(x, name, width, self.epsilon),
            DecoderNorm::PlainLayer => {
                let constant = |value: f32| move |_: &[Vec<f32>]| vec![value; width as usize];
                let one = Box::new(constant(1.0));
                let one = net.computed(&format!("ones/{width}"), vec![width], vec![], one);
                let zero = Box::new(constant(0.0));
                let zero = net.computed(&format!("zeros/{width}"), vec![width], vec![], zero);
                net.graph.layer_norm(x, one, zero, self.epsilon)
            }
            DecoderNorm::RootMeanSquare => {
                let weight = net.tensor(&weight, &[width]);
                self.divide(net, x, weight, width)
            }
            DecoderNorm::RootMeanSquarePlusOne => {
                let label = format!("{weight}.plus_one");
                let from = vec![(weight, vec![width])];
                let plus_one =
                    |tensors: &[Vec<f32>]| tensors[0].iter().map(|weight| weight + 1.0).collect();
                let weight = net.computed(&label, vec![width], from, Box::new(plus_one));
                self.divide(net, x, weight, width)
            }
        }
    }

    /// `x / sqrt(mean(x²) + ε)` times a weight.
    fn divide(
        self,
        net: &mut Net<'_, '_>,
        x: Value,
        weight: Value,
        width: u64,
    ) -> Result<Value, ExportError> {
        let graph = &mut net.graph;
        let element = graph.float();
        let wide = graph.cast(x, Element::Float32);
        let square = match width {
            ..NARROW => graph.mul(wide, wide)?,
            _ => graph.power(wide, 2.0)?,
        };
        let mean = graph.last_mean(square)?;
        let epsilon = graph.scalar_as(Element::Float32, f64::from(self.epsilon));
        let sum = graph.add(mean, epsilon)?;
        let root = graph.root(sum)?;
        let normed = graph.div(wide, root)?;
        let normed = graph.cast(normed, element);
        graph.mul(normed, weight)
    }
}
