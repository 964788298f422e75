//! The vocoder from spectrograms to waveforms: HiFi-GAN (Kong et al., 2020, arXiv:2010.05646), as `VitsHifiGan` has it.

use super::Synthesizer;
use super::line::{Line, WIDEST};
use crate::build::net::Net;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Value};

/// Names of the lengths between the enlargements.
const LENGTHS: [&str; 8] = [
    "samples_1",
    "samples_2",
    "samples_3",
    "samples_4",
    "samples_5",
    "samples_6",
    "samples_7",
    "samples_8",
];
/// What hub exports call the length of the waveform.
const LENGTH: &str = "n_samples";
/// More samples a frame are refused.
const MOST_SAMPLES: u64 = 1 << 12;
/// The kernels of the first and the last convolution.
const ENDS: u64 = 7;
/// The slope before the last convolution, torch's own default.
const LAST_SLOPE: f32 = 0.01;

/// The vocoder's sizes.
#[derive(Debug)]
pub(super) struct Vocoder {
    /// Channels after the first convolution.
    width: u64,
    /// Step and kernel of the enlargements.
    enlargements: Vec<(u64, u64)>,
    /// Kernel and dilations of the blocks after each.
    blocks: Vec<(u64, Vec<u64>)>,
    slope: f32,
}

impl Vocoder {
    pub(super) fn new(config: &Config) -> Result<Self, ExportError> {
        let (width_key, rates_key) = ("upsample_initial_channel", "upsample_rates");
        let width = config.size(width_key)?;
        let rates = config.sizes_up_to(rates_key, LENGTHS.len())?;
        let kernels = config.as_many("upsample_kernel_sizes", &rates)?;
        let fits = rates
            .iter()
            .zip(&kernels)
            .all(|(rate, kernel)| rate <= kernel);
        let samples = rates
            .iter()
            .try_fold(1_u64, |all, rate| all.checked_mul(*rate));
        if !fits || samples.is_none_or(|samples| samples > MOST_SAMPLES) {
            let allowed = format!("rates up to their kernels, of a product up to {MOST_SAMPLES}");
            return Err(config.unexpected(rates_key, &rates.into(), allowed));
        }
        if width >> rates.len() == 0 {
            let allowed = format!("widths that can be halved {} times", rates.len());
            return Err(config.unexpected(width_key, &width.into(), allowed));
        }
        let kernels_key = "resblock_kernel_sizes";
        let sides = config.sizes_up_to(kernels_key, 64)?;
        if let Some(&even) = sides.iter().find(|side| *side % 2 == 0 || **side > WIDEST) {
            let allowed = "lists of odd numbers".to_owned();
            return Err(config.unexpected(kernels_key, &even.into(), allowed));
        }
        let dilations_key = "resblock_dilation_sizes";
        let dilations = config.nested_sizes(dilations_key, sides.len())?;
        if let Some(&wide) = dilations.iter().flatten().find(|wide| **wide > WIDEST) {
            let allowed = format!("whole numbers up to {WIDEST}");
            return Err(config.unexpected(dilations_key, &wide.into(), allowed));
        }
        let slope = config.number("leaky_relu_slope", 0.1)? as f32;
        Ok(Self {
            width,
            enlargements: rates.into_iter().zip(kernels).collect(),
            blocks: sides.into_iter().zip(dilations).collect(),
            slope,
        })
    }

    /// Samples of a frame.
    pub(super) fn samples(&self) -> u64 {
        self.enlargements.iter().map(|(step, _)| step).product()
    }
}

impl Synthesizer<'_> {
    /// `(batch, channels, frames)` to `(batch, samples)`.
    pub(super) fn waveform(
        &self,
        net: &mut Net<'_, '_>,
        spectrogram: Value,
        speaker: Option<Value>,
    ) -> Result<Value, ExportError> {
        let Vocoder {
            width,
            ref enlargements,
            ref blocks,
            slope,
        } = self.vocoder;
        let name = self.recipe.weights.vocoder;
        let pre = format!("{name}.conv_pre");
        let line = Line::new(&pre, self.channels, width).over(ENDS, 1);
        let x = net.line(spectrogram, &line)?;
        let mut x = self.conditioned(net, &format!("{name}.cond"), x, speaker, width)?;
        let mut channels = width;
        for (stage, &(step, kernel)) in enlargements.iter().enumerate() {
            let narrower = width >> (stage + 1);
            let is_last = stage + 1 == enlargements.len();
            let length = if is_last { LENGTH } else { LENGTHS[stage] };
            x = net.scope(&format!("stage.{stage}"), |net| {
                let x = net.graph.leaky_relu(x, slope)?;
                let label = format!("{name}.upsampler.{stage}");
                let shape = [channels, narrower, kernel];
                let weight = net.filters(&label, shape, false);
                let bias = net.tensor(&format!("{label}.bias"), &[narrower]);
                let moved = (step, (kernel - step) / 2);
                let length = Dim::Symbol(length);
                let x = net
                    .graph
                    .transposed_convolution(x, weight, bias, moved, length)?;
                let mut sum = None;
                for (place, block) in blocks.iter().enumerate() {
                    let label = format!("{name}.resblocks.{}", stage * blocks.len() + place);
                    let y = block_of(net, &label, x, narrower, block, slope)?;
                    sum = Some(match sum {
                        None => y,
                        Some(sum) => net.graph.add(sum, y)?,
                    });
                }
                let count = net.graph.scalar(blocks.len() as f64);
                net.graph.div(sum.unwrap_or(x), count)
            })?;
            channels = narrower;
        }
        let x = net.graph.leaky_relu(x, LAST_SLOPE)?;
        let post = format!("{name}.conv_post");
        let x = net.line(x, &Line::new(&post, channels, 1).over(ENDS, 1).unbiased())?;
        let x = net.graph.tanh(x)?;
        net.graph.pick(x, 1, 0)
    }
}

/// A block that adds to `x` `(batch, channels, samples)` what pairs of convolutions make of it.
fn block_of(
    net: &mut Net<'_, '_>,
    name: &str,
    x: Value,
    channels: u64,
    (kernel, dilations): &(u64, Vec<u64>),
    slope: f32,
) -> Result<Value, ExportError> {
    let mut x = x;
    for (place, &dilation) in dilations.iter().enumerate() {
        let (first, second) = (
            format!("{name}.convs1.{place}"),
            format!("{name}.convs2.{place}"),
        );
        let y = net.graph.leaky_relu(x, slope)?;
        let line = Line::new(&first, channels, channels);
        let y = net.line(y, &line.over(*kernel, dilation))?;
        let y = net.graph.leaky_relu(y, slope)?;
        let line = Line::new(&second, channels, channels);
        let y = net.line(y, &line.over(*kernel, 1))?;
        x = net.graph.add(y, x)?;
    }
    Ok(x)
}
