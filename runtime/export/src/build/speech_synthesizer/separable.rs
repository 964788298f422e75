//! Convolutions of every channel by itself, ever further apart, with mixing of the channels after each:
//! `VitsDilatedDepthSeparableConv` of transformers.

use super::line::{Line, odd};
use super::{Synthesizer, TORCH_EPSILON};
use crate::build::activation::Activation;
use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::Value;

impl Synthesizer<'_> {
    /// The layers called `name` on `(batch, width, sequence)`.
    pub(super) fn separable(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        x: Value,
        mask: Value,
    ) -> Result<Value, ExportError> {
        let kernel = odd(self.config, "duration_predictor_kernel_size")?;
        let (key, width) = ("depth_separable_num_layers", self.hidden);
        let layers = self.config.layers(key)?;
        let mut x = x;
        let mut dilation = 1_u64;
        for layer in 0..layers {
            let depthwise = format!("{name}.convs_dilated.{layer}");
            let mixing = format!("{name}.convs_pointwise.{layer}");
            let masked = net.graph.mul(x, mask)?;
            let apart = Line::new(&depthwise, width, width);
            let y = net.line(masked, &apart.over(kernel, dilation).by_channel())?;
            let y = self.normed(net, &format!("{name}.norms_1.{layer}"), y)?;
            let y = net.line(y, &Line::new(&mixing, width, width))?;
            let y = self.normed(net, &format!("{name}.norms_2.{layer}"), y)?;
            x = net.graph.add(x, y)?;
            dilation = dilation.saturating_mul(kernel);
            if layer + 1 < layers && dilation > super::LONGEST_SPOKEN_TEXT {
                let allowed = format!("at most {}", layer + 1);
                return Err(self.config.unexpected(key, &layers.into(), allowed));
            }
        }
        net.graph.mul(x, mask)
    }

    /// Normalisation over the channels of `(batch, width, sequence)`, and the activation.
    fn normed(&self, net: &mut Net<'_, '_>, name: &str, x: Value) -> Result<Value, ExportError> {
        let x = net.graph.transpose(x, &[0, 2, 1])?;
        let x = net.norm(x, name, self.hidden, TORCH_EPSILON)?;
        let x = Activation::Gelu.apply(net, x)?;
        net.graph.transpose(x, &[0, 2, 1])
    }
}
