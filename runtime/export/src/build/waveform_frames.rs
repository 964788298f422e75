//! The convolutions that cut a waveform into frames, and the mask that they leave of the waveform's.

use serde_json::Value as Json;

use super::activation::Activation;
use super::net::{Net, numbered};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Stride, Value};
use crate::recipe::AudioEncoder;

/// The epsilon of the convolutions' normalisation, torch's own default.
const EPSILON: f32 = 1e-5;

/// Names of the lengths that the convolutions leave, one each.
const LENGTHS: [&str; 16] = [
    "frames_1",
    "frames_2",
    "frames_3",
    "frames_4",
    "frames_5",
    "frames_6",
    "frames_7",
    "frames_8",
    "frames_9",
    "frames_10",
    "frames_11",
    "frames_12",
    "frames_13",
    "frames_14",
    "frames_15",
    "frames_16",
];

/// How the output of the convolutions is normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Norm {
    /// The first one's, each channel over the whole sequence.
    Group,
    /// Every one's, each frame over its channels.
    Layer,
}

/// The convolutions with their sizes.
pub(super) struct WaveformFrames<'a> {
    recipe: &'a AudioEncoder,
    prefix: &'static str,
    /// Channels, kernel and step of each convolution.
    convolutions: Vec<(u64, u64, u64)>,
    norm: Norm,
    has_bias: bool,
    activation: Activation,
    /// The last sample of the first frame, and the samples from one frame to the next.
    window: (u64, u64),
}

impl<'a> WaveformFrames<'a> {
    pub(super) fn new(
        config: &Config,
        recipe: &'a AudioEncoder,
        prefix: &'static str,
    ) -> Result<Self, ExportError> {
        let key = "feat_extract_norm";
        let norm = match config.name(key)? {
            "group" => Norm::Group,
            "layer" => Norm::Layer,
            other => {
                let allowed = "group, layer".to_owned();
                return Err(config.unexpected(key, &Json::from(other), allowed));
            }
        };
        let channels = config.sizes_up_to("conv_dim", LENGTHS.len())?;
        let kernels = config.as_many("conv_kernel", &channels)?;
        let steps = config.as_many("conv_stride", &channels)?;
        let window = window(&kernels, &steps).ok_or_else(|| {
            let allowed = "steps that lead to frames of at most 2^32 samples".to_owned();
            config.unexpected("conv_stride", &Json::from(steps.clone()), allowed)
        })?;
        let sizes = channels.iter().zip(kernels).zip(steps);
        Ok(Self {
            recipe,
            prefix,
            convolutions: sizes
                .map(|((&channels, kernel), step)| (channels, kernel, step))
                .collect(),
            norm,
            has_bias: config.flag("conv_bias", false)?,
            activation: Activation::of(config, "feat_extract_activation")?,
            window,
        })
    }

    /// Whether every convolution's frames are normalised one by one, so that padding does not reach them.
    pub(super) fn are_layer_normalised(&self) -> bool {
        self.norm == Norm::Layer
    }

    /// Width of a frame.
    pub(super) fn width(&self) -> u64 {
        self.convolutions
            .last()
            .map_or(1, |&(channels, ..)| channels)
    }

    /// Cuts `(batch, samples)` into `(batch, frames, width)`.
    pub(super) fn cut(&self, net: &mut Net<'_, '_>, wave: Value) -> Result<Value, ExportError> {
        let mut x = net.graph.unsqueeze(wave, &[1])?;
        let mut depth = 1;
        for (layer, &(channels, kernel, step)) in self.convolutions.iter().enumerate() {
            x = net.scope(&format!("layer.{layer}"), |net| {
                let names = &self.recipe.weights;
                let named = |name| numbered(self.prefix, name, layer as u64);
                let name = named(names.convolution);
                let weight = net.tensor(&format!("{name}.weight"), &[channels, depth, kernel]);
                let bias = self
                    .has_bias
                    .then(|| net.tensor(&format!("{name}.bias"), &[channels]));
                let length = Dim::Symbol(LENGTHS[layer]);
                let stride = Stride::bare(&[step]);
                let x = net.graph.convolution(x, weight, bias, &stride, length)?;
                let norm = named(names.convolution_norm);
                let x = match self.norm {
                    Norm::Group if layer == 0 => {
                        let weight = net.tensor(&format!("{norm}.weight"), &[channels]);
                        let bias = net.tensor(&format!("{norm}.bias"), &[channels]);
                        net.graph.instance_norm(x, weight, bias, EPSILON)?
                    }
                    Norm::Group => x,
                    Norm::Layer => {
                        let turned = net.graph.transpose(x, &[0, 2, 1])?;
                        let normed = net.norm(turned, &norm, channels, EPSILON)?;
                        net.graph.transpose(normed, &[0, 2, 1])?
                    }
                };
                self.activation.apply(net, x)
            })?;
            depth = channels;
        }
        net.graph.transpose(x, &[0, 2, 1])
    }

    /// 1 for every frame that lies within a waveform of which `(batch, samples)` is the mask, padded on the right, else 0;
    /// `(batch, frames)` in the graph's precision.
    ///
    /// A frame lies within it if the last sample that it is made of does: no lengths need to be counted.
    pub(super) fn mask(&self, net: &mut Net<'_, '_>, mask: Value) -> Result<Value, ExportError> {
        let mask = net.graph.cast(mask, net.graph.float());
        let length = Dim::Symbol(LENGTHS[self.convolutions.len() - 1]);
        net.graph.every(mask, 1, self.window, length)
    }
}

/// The last sample of the first frame, and the samples from one frame to the next; `None` beyond 2^32.
fn window(kernels: &[u64], steps: &[u64]) -> Option<(u64, u64)> {
    let (mut last, mut step) = (0_u64, 1_u64);
    for (kernel, stride) in kernels.iter().zip(steps) {
        last = last.checked_add((kernel - 1).checked_mul(step)?)?;
        step = step.checked_mul(*stride)?;
    }
    (last.max(step) <= 1 << 32).then_some((last, step))
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn a_frame_ends_where_its_last_sample_is() {
        let kernels = [10, 3, 3, 3, 3, 2, 2];
        let steps = [5, 2, 2, 2, 2, 2, 2];
        // Wav2Vec2's 400 samples at steps of 320.
        assert_eq!(window(&kernels, &steps), Some((399, 320)));
        let frames = |samples: u64| {
            let mut length = samples;
            for (kernel, step) in kernels.iter().zip(steps) {
                length = (length - kernel) / step + 1;
            }
            length
        };
        for samples in 400..3_000 {
            assert_eq!(frames(samples), (samples - 400) / 320 + 1, "{samples}");
        }
        assert_eq!(window(&[1 << 24; 3], &[1 << 24; 3]), None);
    }
}
