//! Transformers in stages with convolutions within, and a head that labels pixels: SegFormer.

mod head;

use serde_json::json;

use self::head::Head;
use super::activation::Activation;
use super::heads::{Attended, Heads};
use super::map::{Conv, MOST_PATCHES, staged, unfit};
use super::net::{Linear, Net};
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Sliding, Value};
use crate::recipe::MixTransformer;
use crate::weights::Weights;

/// The sizes of one stage.
#[derive(Debug, Clone, Copy)]
struct Stage {
    width: u64,
    depth: u64,
    heads: u64,
    patch: u64,
    stride: u64,
    reduction: u64,
    feed_forward: u64,
}

/// A map's states as a sequence, with the map's height and width.
#[derive(Debug, Clone, Copy)]
struct Sequence {
    states: Value,
    grid: (u64, u64),
}

/// The stages and what the parts of the graph share.
struct Encoder<'a> {
    recipe: &'a MixTransformer,
    prefix: &'static str,
    stages: Vec<Stage>,
    channels: u64,
    activation: Activation,
    epsilon: f32,
}

/// Builds the graph: `pixel_values` `(batch, channels, height, width)`, all but the batch fixed; `logits` `(batch, labels,
/// rows, columns)` in the size of the first stage's map, a quarter of the picture's in published models.
pub(super) fn build(
    recipe: &MixTransformer,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    config.only("reshape_last_stage", &json!(true))?;
    let encoder = Encoder::new(recipe, config)?;
    let head = Head::new(recipe, config, encoder.epsilon)?;
    let side = u64::from(recipe.config.usual_side);
    let image = form.image_size.unwrap_or((side, side));
    if image.0.saturating_mul(image.1) > MOST_PATCHES << 6 {
        return Err(unfit(image, 1));
    }
    let mut net = Net::new(form, weights);
    let pixels = net.pixels(encoder.channels, Dim::Fixed(image.0), Dim::Fixed(image.1));
    let maps = net.scope("encoder", |net| encoder.apply(net, pixels, image))?;
    let logits = net.scope("head", |net| head.apply(net, &maps))?;
    net.output("logits", logits);
    Ok(vec![("model", net.finish())])
}

impl<'a> Encoder<'a> {
    fn new(recipe: &'a MixTransformer, config: &Config) -> Result<Self, ExportError> {
        let keys = &recipe.config;
        let widths = config.sizes(keys.widths, None)?;
        let count = Some(widths.len());
        let depths = config.depths(keys.depths, count)?;
        let heads = config.sizes(keys.heads, count)?;
        let patches = config.sizes(keys.patches, count)?;
        let strides = config.sizes(keys.strides, count)?;
        let reductions = config.sizes(keys.reductions, count)?;
        let ratios = config.ratios(keys.feed_forward_ratios, widths.len())?;
        let stage = |(stage, &width): (usize, &u64)| Stage {
            width,
            depth: depths[stage],
            heads: heads[stage],
            patch: patches[stage],
            stride: strides[stage],
            reduction: reductions[stage],
            feed_forward: (ratios[stage] * width as f64) as u64,
        };
        let stages: Vec<Stage> = widths.iter().enumerate().map(stage).collect();
        if stages
            .iter()
            .any(|stage| !stage.width.is_multiple_of(stage.heads))
        {
            let allowed = format!("divisors of {widths:?}");
            return Err(config.unexpected(keys.heads, &json!(heads), allowed));
        }
        Ok(Self {
            recipe,
            prefix: recipe.prefix,
            stages,
            channels: config.size(keys.channels)?,
            activation: Activation::of(config, keys.activation)?,
            epsilon: config.epsilon(keys.norm_eps)?,
        })
    }

    /// The normalised states of every stage.
    fn apply(
        &self,
        net: &mut Net<'_, '_>,
        pixels: Value,
        image: (u64, u64),
    ) -> Result<Vec<Sequence>, ExportError> {
        let names = &self.recipe.weights;
        let (mut map, mut size, mut channels) = (pixels, image, self.channels);
        let mut maps = Vec::with_capacity(self.stages.len());
        for (number, stage) in self.stages.iter().enumerate() {
            let sequence = net.scope(&format!("stage.{number}"), |net| {
                let named = |name: &str| staged(self.prefix, name, number, 0);
                let sequence = self.embed(net, (map, size), (number, stage), channels)?;
                let mut states = sequence.states;
                for layer in 0..stage.depth {
                    states = net.scope(&format!("layer.{layer}"), |net| {
                        let sequence = Sequence { states, ..sequence };
                        self.block(net, sequence, (number, layer), stage)
                    })?;
                }
                let norm = named(names.stage_norm);
                let states = net.norm(states, &norm, stage.width, self.epsilon)?;
                Ok(Sequence { states, ..sequence })
            })?;
            if number + 1 < self.stages.len() {
                map = net.map(sequence.states, sequence.grid)?;
            }
            (size, channels) = (sequence.grid, stage.width);
            maps.push(sequence);
        }
        Ok(maps)
    }

    /// Overlapping patches.
    fn embed(
        &self,
        net: &mut Net<'_, '_>,
        (map, size): (Value, (u64, u64)),
        (number, stage): (usize, &Stage),
        channels: u64,
    ) -> Result<Sequence, ExportError> {
        let names = &self.recipe.weights;
        let named = |name: &str| staged(self.prefix, name, number, 0);
        let sliding = Sliding {
            kernel: stage.patch,
            stride: stage.stride,
            padding: stage.patch / 2,
        };
        let side = |side: u64| match sliding.side(Dim::Fixed(side)) {
            Some(Dim::Fixed(side)) => Ok(side),
            _ => Err(unfit(size, stage.patch)),
        };
        let grid = (side(size.0)?, side(size.1)?);
        let projection = named(names.patch_projection);
        let embedded = net.conv(map, Conv::new(&projection, channels, stage.width, sliding))?;
        let states = net.sequence(embedded)?;
        let norm = named(names.patch_norm);
        let states = net.norm(states, &norm, stage.width, self.epsilon)?;
        Ok(Sequence { states, grid })
    }

    fn block(
        &self,
        net: &mut Net<'_, '_>,
        sequence: Sequence,
        (number, layer): (usize, u64),
        stage: &Stage,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let named = |name: &str| staged(self.prefix, name, number, layer);
        let (x, width) = (sequence.states, stage.width);
        let x = net.scope("attention", |net| {
            let normed = net.norm(x, &named(names.norm_before), width, self.epsilon)?;
            let keys = if stage.reduction > 1 {
                let map = net.map(normed, sequence.grid)?;
                let reduction = named(names.reduction);
                let sliding = Sliding::tiles(stage.reduction);
                let map = net.conv(map, Conv::new(&reduction, width, width, sliding))?;
                let shorter = net.sequence(map)?;
                net.norm(shorter, &named(names.reduction_norm), width, self.epsilon)?
            } else {
                normed
            };
            let attention = Heads {
                query: named(names.query),
                key: named(names.key),
                value: named(names.value),
                output: named(names.attention_output),
                width,
                inner: width,
                count: stage.heads,
                has_bias: true,
            };
            let attended = Attended {
                query: normed,
                key: keys,
                value: keys,
            };
            let change = attention.apply(net, attended, &[])?;
            net.graph.add(change, x)
        })?;
        net.scope("feed_forward", |net| {
            let normed = net.norm(x, &named(names.norm_after), width, self.epsilon)?;
            let widen = named(names.intermediate);
            let inner = net.linear(normed, Linear::new(&widen, width, stage.feed_forward))?;
            let map = net.map(inner, sequence.grid)?;
            let depthwise = named(names.depthwise);
            let map = net.conv(map, Conv::depthwise(&depthwise, stage.feed_forward, 3))?;
            let inner = net.sequence(map)?;
            let inner = self.activation.apply(net, inner)?;
            let narrow = named(names.output);
            let change = net.linear(inner, Linear::new(&narrow, stage.feed_forward, width))?;
            net.graph.add(change, x)
        })
    }
}
