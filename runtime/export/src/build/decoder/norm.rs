//! The normalisations that decoders use.

use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::Value;
use crate::recipe::DecoderNorm;

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
                net.graph.rms_norm(x, weight, self.epsilon)
            }
            DecoderNorm::RootMeanSquarePlusOne => {
                let label = format!("{weight}.plus_one");
                let from = vec![(weight, vec![width])];
                let plus_one =
                    |tensors: &[Vec<f32>]| tensors[0].iter().map(|weight| weight + 1.0).collect();
                let weight = net.computed(&label, vec![width], from, Box::new(plus_one));
                net.graph.rms_norm(x, weight, self.epsilon)
            }
        }
    }
}
