//! How long every letter is spoken, as a logarithm of frames: by a flow that starts from noise, or by convolutions alone.

use serde_json::json;

use super::line::{Line, odd};
use super::noise::Noise;
use super::spline::Spline;
use super::{Letters, Synthesizer};
use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::Value;

/// What the predictor is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    /// Hidden states of the letters, `(batch, width, sequence)`.
    pub(super) hidden: Value,
    /// The speaker, `(batch, speaker width, 1)`.
    pub(super) speaker: Option<Value>,
}

impl Synthesizer<'_> {
    /// Logarithms of the numbers of frames, `(batch, 1, sequence)`. `noise` is there where the predictor starts from it.
    pub(super) fn log_durations(
        &self,
        net: &mut Net<'_, '_>,
        given: Given,
        letters: Letters,
        noise: Option<Noise>,
    ) -> Result<Value, ExportError> {
        let name = self.recipe.weights.durations;
        match noise {
            Some(noise) => self.drawn(net, name, given, letters, noise),
            None => self.predicted(net, name, given, letters.mask),
        }
    }

    /// `VitsStochasticDurationPredictor`, reversed (VITS, section 2.2.2).
    fn drawn(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        given: Given,
        letters: Letters,
        noise: Noise,
    ) -> Result<Value, ExportError> {
        // The noise has two channels, which the couplings transform in turn.
        self.config.only("depth_separable_channels", &json!(2))?;
        let (width, mask) = (self.hidden, letters.mask);
        let named = |part: &str| format!("{name}.{part}");
        let x = net.line(given.hidden, &Line::new(&named("conv_pre"), width, width))?;
        let x = self.conditioned(net, &named("cond"), x, given.speaker, width)?;
        let x = self.separable(net, &named("conv_dds"), x, mask)?;
        let x = net.line(x, &Line::new(&named("conv_proj"), width, width))?;
        let x = net.graph.mul(x, mask)?;

        let places = net.graph.beginning(noise.places, 0, (letters.ids, 1))?;
        let drawn = noise.at(net, places)?;
        let mut halves = (
            net.graph.cut(drawn, 1, 0, 1)?,
            net.graph.cut(drawn, 1, 1, 2)?,
        );
        // Transformers leaves out the first coupling.
        for flow in (2..=self.config.layers("duration_predictor_num_flows")?).rev() {
            let (kept, changed) = (halves.1, halves.0);
            let flow = named(&format!("flows.{flow}"));
            let changed = net.scope(&flow, |net| {
                self.coupled(net, &flow, (kept, changed), x, mask)
            })?;
            halves = (net.graph.mul(kept, mask)?, net.graph.mul(changed, mask)?);
        }
        unscaled(net, &named("flows.0"), halves.1, mask)
    }

    /// One channel `(batch, 1, sequence)` transformed by what the other and the letters say.
    fn coupled(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        (kept, changed): (Value, Value),
        letters: Value,
        mask: Value,
    ) -> Result<Value, ExportError> {
        let (config, width) = (self.config, self.hidden);
        let key = "duration_predictor_flow_bins";
        let spline = Spline {
            pieces: config.size(key)?,
            bound: config.positive("duration_predictor_tail_bound")?,
            scale: (width as f64).sqrt(),
        };
        if !(2..=999).contains(&spline.pieces) {
            let allowed = "whole numbers from 2 to 999".to_owned();
            return Err(config.unexpected(key, &spline.pieces.into(), allowed));
        }
        let named = |part: &str| format!("{name}.{part}");
        let x = net.line(kept, &Line::new(&named("conv_pre"), 1, width))?;
        let x = net.graph.add(x, letters)?;
        let x = self.separable(net, &named("conv_dds"), x, mask)?;
        let projection = named("conv_proj");
        let x = net.line(x, &Line::new(&projection, width, spline.parameters()))?;
        let x = net.graph.mul(x, mask)?;
        let parameters = net.graph.transpose(x, &[0, 2, 1])?;
        let y = net.graph.transpose(changed, &[0, 2, 1])?;
        let y = spline.inverse(net, y, parameters)?;
        net.graph.transpose(y, &[0, 2, 1])
    }

    /// `VitsDurationPredictor`.
    fn predicted(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        given: Given,
        mask: Value,
    ) -> Result<Value, ExportError> {
        let config = self.config;
        let kernel = odd(config, "duration_predictor_kernel_size")?;
        let inner = config.size("duration_predictor_filter_channels")?;
        let named = |part: &str| format!("{name}.{part}");
        let x = given.hidden;
        let mut x = self.conditioned(net, &named("cond"), x, given.speaker, self.hidden)?;
        for (number, from) in [(1, self.hidden), (2, inner)] {
            x = net.graph.mul(x, mask)?;
            let convolution = named(&format!("conv_{number}"));
            x = net.line(x, &Line::new(&convolution, from, inner).over(kernel, 1))?;
            x = net.graph.relu(x)?;
            x = net.graph.transpose(x, &[0, 2, 1])?;
            x = net.norm(x, &named(&format!("norm_{number}")), inner, self.epsilon)?;
            x = net.graph.transpose(x, &[0, 2, 1])?;
        }
        x = net.graph.mul(x, mask)?;
        let x = net.line(x, &Line::new(&named("proj"), inner, 1))?;
        net.graph.mul(x, mask)
    }
}

/// The inverse of an elementwise scale and shift, of the first of two channels.
fn unscaled(
    net: &mut Net<'_, '_>,
    name: &str,
    x: Value,
    mask: Value,
) -> Result<Value, ExportError> {
    let from = |part: &str| vec![(format!("{name}.{part}"), vec![2, 1])];
    let shift = from("translate");
    let first = |tensors: &[Vec<f32>]| vec![tensors[0][0]];
    let label = format!("{name}.translate.first");
    let shift = net.computed(&label, vec![1], shift, Box::new(first));
    let scale = |tensors: &[Vec<f32>]| vec![(-tensors[0][0]).exp()];
    let label = format!("{name}.scale.first");
    let scale = net.computed(&label, vec![1], from("log_scale"), Box::new(scale));
    let x = net.graph.sub(x, shift)?;
    let x = net.graph.mul(x, scale)?;
    net.graph.mul(x, mask)
}
