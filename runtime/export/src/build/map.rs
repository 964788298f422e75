//! Layers over maps `(batch, channels, height, width)`, and what encoders in stages share.

use super::Form;
use super::net::Net;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Element, Sliding, Value};
use crate::options::Head;
use crate::weights::Weights;

/// A convolution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conv<'a> {
    /// Name of its weights without `.weight`.
    pub(super) name: &'a str,
    /// Channels of what goes in.
    pub(super) from: u64,
    /// Channels of what comes out.
    pub(super) to: u64,
    /// How the kernel moves.
    pub(super) sliding: Sliding,
    /// Number of groups of channels that do not mix.
    pub(super) groups: u64,
    /// Whether it adds a bias.
    pub(super) has_bias: bool,
}

impl<'a> Conv<'a> {
    /// A convolution with a bias that mixes all channels.
    pub(super) const fn new(name: &'a str, from: u64, to: u64, sliding: Sliding) -> Self {
        Self {
            name,
            from,
            to,
            sliding,
            groups: 1,
            has_bias: true,
        }
    }

    /// A convolution of every channel by itself that keeps the map's size.
    pub(super) const fn depthwise(name: &'a str, channels: u64, kernel: u64) -> Self {
        Self {
            name,
            from: channels,
            to: channels,
            sliding: Sliding::same(kernel),
            groups: channels,
            has_bias: true,
        }
    }

    fn shape(&self) -> Vec<u64> {
        let side = self.sliding.kernel;
        vec![self.to, self.from / self.groups, side, side]
    }
}

impl Net<'_, '_> {
    /// A convolution.
    pub(super) fn conv(&mut self, x: Value, conv: Conv<'_>) -> Result<Value, ExportError> {
        let weight = self.tensor(&format!("{}.weight", conv.name), &conv.shape());
        let bias = conv
            .has_bias
            .then(|| self.tensor(&format!("{}.bias", conv.name), &[conv.to]));
        self.graph.conv(x, weight, bias, conv.sliding, conv.groups)
    }

    /// A convolution without a bias and the batch normalisation after it, whose running statistics are folded into the
    /// weights (Ioffe and Szegedy, 2015, arXiv:1502.03167).
    pub(super) fn normed_conv(
        &mut self,
        x: Value,
        conv: Conv<'_>,
        norm: &str,
        epsilon: f32,
    ) -> Result<Value, ExportError> {
        let shape = conv.shape();
        let per_channel = |part: &str| (format!("{norm}.{part}"), vec![conv.to]);
        let scale = move |weight: f32, variance: f32| weight / (variance + epsilon).sqrt();
        let name = format!("{}.weight", conv.name);
        let from = vec![
            (name.clone(), shape.clone()),
            per_channel("weight"),
            per_channel("running_var"),
        ];
        let size = (shape[1] * shape[2] * shape[3]) as usize;
        let folded = move |tensors: &[Vec<f32>]| {
            let scales = tensors[1].iter().zip(&tensors[2]);
            let filters = tensors[0].chunks(size).zip(scales);
            filters
                .flat_map(|(filter, (&weight, &variance))| {
                    filter
                        .iter()
                        .map(move |value| value * scale(weight, variance))
                })
                .collect()
        };
        let weight = self.computed(&format!("{name}.folded"), shape, from, Box::new(folded));
        let from = ["bias", "running_mean", "weight", "running_var"].map(per_channel);
        let shift = move |tensors: &[Vec<f32>]| {
            let channel = |channel: usize| {
                let scale = scale(tensors[2][channel], tensors[3][channel]);
                tensors[0][channel] - tensors[1][channel] * scale
            };
            (0..tensors[0].len()).map(channel).collect()
        };
        let label = format!("{norm}.bias.folded");
        let bias = self.computed(&label, vec![conv.to], from.into(), Box::new(shift));
        self.graph
            .conv(x, weight, Some(bias), conv.sliding, conv.groups)
    }

    /// Layer normalisation over the channels of a map.
    pub(super) fn map_norm(
        &mut self,
        x: Value,
        name: &str,
        channels: u64,
        epsilon: f32,
    ) -> Result<Value, ExportError> {
        let x = self.graph.transpose(x, &[0, 2, 3, 1])?;
        let x = self.norm(x, name, channels, epsilon)?;
        self.graph.transpose(x, &[0, 3, 1, 2])
    }

    /// The places of a map as a sequence, row by row: `(batch, height x width, channels)`.
    pub(super) fn sequence(&mut self, map: Value) -> Result<Value, ExportError> {
        let flat = [Axis::Keep, Axis::Keep, Axis::Rest("places")];
        let flat = self.graph.reshape(map, &flat)?;
        self.graph.transpose(flat, &[0, 2, 1])
    }

    /// A sequence of places as the map of this height and width.
    pub(super) fn map(
        &mut self,
        sequence: Value,
        (height, width): (u64, u64),
    ) -> Result<Value, ExportError> {
        let turned = self.graph.transpose(sequence, &[0, 2, 1])?;
        let sides = [
            Axis::Keep,
            Axis::Keep,
            Axis::Size(height),
            Axis::Size(width),
        ];
        self.graph.reshape(turned, &sides)
    }

    /// The tokens of a sequence `(batch, tokens, width)` in another order; with `is_padded` the number after the last
    /// stands for a token of zeros.
    pub(super) fn regroup(
        &mut self,
        x: Value,
        label: &str,
        order: &[i64],
        is_padded: bool,
    ) -> Result<Value, ExportError> {
        let x = if is_padded {
            self.graph.pad(x, &[(1, 0, 1)], "padded")?
        } else if order.iter().copied().eq(0..order.len() as i64) {
            return Ok(x);
        } else {
            x
        };
        let order = self.graph.indices(label, order);
        self.graph.choose(x, 1, order)
    }

    /// What is added to a score that must not count: half of half precision's range, for a score on top of the whole
    /// range would overflow to infinity.
    pub(super) fn hidden(&mut self) -> Value {
        let least = self.graph.float().lowest_score();
        self.graph.scalar(least)
    }

    /// A constant table.
    pub(super) fn table(&mut self, label: &str, shape: Vec<u64>, numbers: Vec<f32>) -> Value {
        let compute = move |_: &[Vec<f32>]| numbers.clone();
        self.computed(label, shape, vec![], Box::new(compute))
    }

    /// The input `pixel_values` `(batch, channels, height, width)` in the graph's precision.
    pub(super) fn pixels(&mut self, channels: u64, height: Dim, width: Dim) -> Value {
        let shape = vec![
            Dim::Symbol("batch_size"),
            Dim::Fixed(channels),
            height,
            width,
        ];
        let pixels = self.graph.input("pixel_values", Element::Float32, shape);
        self.graph.cast(pixels, self.graph.float())
    }
}

/// What a checkpoint's weight names begin with, and its classifier where the graph ends in one. `first` is a weight of
/// the encoder without its prefix.
pub(super) fn classified(
    prefix: &'static str,
    first: &str,
    classifier: Option<&'static str>,
    (config, form): (&Config, Form),
    weights: &Weights<'_>,
) -> Result<(&'static str, Option<&'static str>), ExportError> {
    let refuse = |reason: &str| ExportError::Head {
        head: form.head.name(),
        reason: reason.to_owned(),
    };
    let stored = |name: &&str| weights.contains(&format!("{name}.weight"));
    let (is_prefixed, classifier) = if weights.is_recording() {
        let classifies = |class: &str| class.contains("ForImageClassification");
        let classifier = classifier.filter(|_| config.class().is_none_or(classifies));
        (classifier.is_some(), classifier)
    } else {
        let classifier = match form.head {
            Head::Auto => classifier.filter(stored),
            Head::Base => None,
            Head::Classifier => {
                Some(classifier.ok_or_else(|| refuse("the family's recipe has none"))?)
            }
            Head::MaskedLm => {
                return Err(refuse("image encoders end in a classifier or in none"));
            }
        };
        (weights.contains(&format!("{prefix}{first}")), classifier)
    };
    Ok((if is_prefixed { prefix } else { "" }, classifier))
}

/// A weight's full name: `{stage}` and `{layer}` stand for numbers.
pub(super) fn staged(prefix: &str, name: &str, stage: usize, layer: u64) -> String {
    let name = name.replace("{stage}", &stage.to_string());
    super::net::numbered(prefix, &name, layer)
}

/// The error of an image that cannot be cut into patches of this side.
pub(super) const fn unfit((height, width): (u64, u64), patch: u64) -> ExportError {
    ExportError::ImageSize {
        height,
        width,
        patch,
        most: MOST_PATCHES,
    }
}

/// Images of more patches are refused: attention over them would need terabytes.
pub(super) const MOST_PATCHES: u64 = 1 << 20;
