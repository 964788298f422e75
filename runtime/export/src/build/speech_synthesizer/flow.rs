//! The flow from what is to be spoken to a spectrogram: `VitsResidualCouplingBlock`, reversed, with the network of
//! `WaveNet` (van den Oord et al., 2016, arXiv:1609.03499) inside of every layer.

use super::Synthesizer;
use super::line::{Line, odd};
use crate::build::net::{Net, numbered};
use crate::error::ExportError;
use crate::graph::Value;

impl Synthesizer<'_> {
    /// `(batch, channels, frames)` through all layers.
    pub(super) fn flow(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        mask: Value,
        speaker: Option<Value>,
    ) -> Result<Value, ExportError> {
        let (whole, half) = (self.channels, self.channels / 2);
        if whole % 2 != 0 {
            let (key, allowed) = (self.recipe.config.channels, "even numbers".to_owned());
            return Err(self.config.unexpected(key, &whole.into(), allowed));
        }
        let reversed: Vec<u64> = (0..whole).rev().collect();
        let mut x = x;
        for layer in (0..self.config.layers("prior_encoder_num_flows")?).rev() {
            let name = numbered("", self.recipe.weights.flow, layer);
            x = net.scope(&format!("layer.{layer}"), |net| {
                let x = net
                    .graph
                    .take(x, 1, "constant/reversed_channels", &reversed)?;
                let kept = net.graph.cut(x, 1, 0, half)?;
                let changed = net.graph.cut(x, 1, half, whole)?;
                let pre = format!("{name}.conv_pre");
                let inner = net.line(kept, &Line::new(&pre, half, self.hidden))?;
                let inner = net.graph.mul(inner, mask)?;
                let network = format!("{name}.wavenet");
                let inner = self.wave_net(net, &network, inner, mask, speaker)?;
                let post = format!("{name}.conv_post");
                let mean = net.line(inner, &Line::new(&post, self.hidden, half))?;
                let mean = net.graph.mul(mean, mask)?;
                let changed = net.graph.sub(changed, mean)?;
                let changed = net.graph.mul(changed, mask)?;
                let joined = crate::graph::Dim::Fixed(whole);
                net.graph.concat(&[kept, changed], 1, joined)
            })?;
        }
        Ok(x)
    }

    /// `VitsWaveNet` on `(batch, width, frames)`: gated convolutions, each of which adds to what the next one reads and to
    /// what comes out.
    fn wave_net(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        x: Value,
        mask: Value,
        speaker: Option<Value>,
    ) -> Result<Value, ExportError> {
        let (config, width) = (self.config, self.hidden);
        let layers = config.layers("prior_encoder_num_wavenet_layers")?;
        let kernel = odd(config, "wavenet_kernel_size")?;
        let (key, rate) = (
            "wavenet_dilation_rate",
            config.size("wavenet_dilation_rate")?,
        );
        let speaker = match (speaker, self.speaker_width) {
            (Some(speaker), Some(from)) => {
                let label = format!("{name}.cond_layer");
                let to = 2 * width * layers;
                Some(net.line(speaker, &Line::new(&label, from, to).normed())?)
            }
            _ => None,
        };
        let (mut x, mut sum, mut dilation) = (x, None, 1_u64);
        for layer in 0..layers {
            if dilation > super::LONGEST_SPEECH_FRAMES {
                let allowed = "rates whose power stays within the longest speech".to_owned();
                return Err(config.unexpected(key, &rate.into(), allowed));
            }
            let (inner, outer) = (
                format!("{name}.in_layers.{layer}"),
                format!("{name}.res_skip_layers.{layer}"),
            );
            let line = Line::new(&inner, width, 2 * width);
            let mut gated = net.line(x, &line.over(kernel, dilation).normed())?;
            if let Some(speaker) = speaker {
                let from = 2 * width * layer;
                let part = net.graph.cut(speaker, 1, from, from + 2 * width)?;
                gated = net.graph.add(gated, part)?;
            }
            let graph = &mut net.graph;
            let value = graph.cut(gated, 1, 0, width)?;
            let value = graph.tanh(value)?;
            let gate = graph.cut(gated, 1, width, 2 * width)?;
            let gate = graph.sigmoid(gate)?;
            let acts = graph.mul(value, gate)?;
            let is_last = layer + 1 == layers;
            let to = if is_last { width } else { 2 * width };
            let mut skipped = net.line(acts, &Line::new(&outer, width, to).normed())?;
            if !is_last {
                let change = net.graph.cut(skipped, 1, 0, width)?;
                skipped = net.graph.cut(skipped, 1, width, 2 * width)?;
                x = net.graph.add(x, change)?;
                x = net.graph.mul(x, mask)?;
            }
            sum = Some(match sum {
                None => skipped,
                Some(sum) => net.graph.add(sum, skipped)?,
            });
            dilation = dilation.saturating_mul(rate);
        }
        net.graph.mul(sum.unwrap_or(x), mask)
    }
}
