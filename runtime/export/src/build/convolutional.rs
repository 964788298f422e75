//! Convolutional networks in stages of depthwise blocks: ConvNeXt.

use super::activation::Activation;
use super::map::{Conv, MOST_PATCHES, classified, staged, unfit};
use super::net::{Linear, Net};
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Sliding, Value};
use crate::recipe::Convolutional;
use crate::weights::Weights;

/// Side of a block's depthwise kernel, as `ConvNextLayer` of transformers has it.
const KERNEL: u64 = 7;
/// How much wider a block is between its pointwise layers, from the same place.
const EXPANSION: u64 = 4;

/// The sizes of the network and what the parts of its graph share.
struct Network<'a> {
    recipe: &'a Convolutional,
    prefix: &'static str,
    widths: Vec<u64>,
    depths: Vec<u64>,
    patch: u64,
    epsilon: f32,
    stage_epsilon: f32,
    activation: Activation,
    has_scale: bool,
}

/// Builds the graph: `pixel_values` `(batch, channels, height, width)`, all but the batch fixed; `logits` `(batch,
/// labels)` where there is a classifier, else the normalised mean as `pooler_output`; `last_hidden_state` `(batch, width,
/// rows, columns)` is the last stage's map.
pub(super) fn build(
    recipe: &Convolutional,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let first = format!("{}.weight", recipe.weights.patch_projection);
    let (prefix, classifier) = classified(
        recipe.prefix,
        &first,
        recipe.classifier,
        (config, form),
        weights,
    )?;
    let network = Network::new(recipe, config, prefix)?;
    let image = match form.image_size {
        Some(size) => size,
        None => config.pair(recipe.config.image_size)?,
    };
    let least = network.patch << (network.widths.len() - 1);
    let patches = (image.0 / network.patch).saturating_mul(image.1 / network.patch);
    if image.0.min(image.1) < least || patches > MOST_PATCHES {
        return Err(unfit(image, least));
    }
    let channels = config.size(recipe.config.channels)?;
    let mut net = Net::new(form, weights);
    let pixels = net.pixels(channels, Dim::Fixed(image.0), Dim::Fixed(image.1));
    let map = net.scope("embeddings", |net| network.embed(net, pixels, channels))?;
    let map = net.scope("encoder", |net| network.stages(net, map))?;
    let width = network.widths[network.widths.len() - 1];
    let pooled = net.scope("pooler", |net| {
        let mean = net.graph.mean_over(map, &[2, 3])?;
        let norm = format!("{prefix}{}", recipe.weights.norm);
        net.norm(mean, &norm, width, network.epsilon)
    })?;
    if let Some(classifier) = classifier {
        let labels = config.labels()?;
        let logits = net.scope("classifier", |net| {
            net.rows(pooled, classifier, width, labels)
        })?;
        net.output("logits", logits);
        net.output("last_hidden_state", map);
    } else {
        net.output("last_hidden_state", map);
        net.output("pooler_output", pooled);
    }
    Ok(vec![("model", net.finish())])
}

impl<'a> Network<'a> {
    fn new(
        recipe: &'a Convolutional,
        config: &Config,
        prefix: &'static str,
    ) -> Result<Self, ExportError> {
        let keys = &recipe.config;
        let widths = config.sizes(keys.widths, None)?;
        let depths = config.depths(keys.depths, Some(widths.len()))?;
        Ok(Self {
            recipe,
            prefix,
            widths,
            depths,
            patch: config.size(keys.patch_size)?,
            epsilon: config.epsilon(keys.norm_eps)?,
            stage_epsilon: keys.stage_norm_eps as f32,
            activation: Activation::of(config, keys.activation)?,
            has_scale: config.number(keys.layer_scale, 1e-6)? > 0.0,
        })
    }

    fn embed(
        &self,
        net: &mut Net<'_, '_>,
        pixels: Value,
        channels: u64,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let projection = format!("{}{}", self.prefix, names.patch_projection);
        let width = self.widths[0];
        let conv = Conv::new(&projection, channels, width, Sliding::tiles(self.patch));
        let map = net.conv(pixels, conv)?;
        let norm = format!("{}{}", self.prefix, names.embedding_norm);
        net.map_norm(map, &norm, width, self.stage_epsilon)
    }

    fn stages(&self, net: &mut Net<'_, '_>, embedded: Value) -> Result<Value, ExportError> {
        let mut map = embedded;
        for (stage, (&width, &depth)) in self.widths.iter().zip(&self.depths).enumerate() {
            if stage > 0 {
                map = net.scope(&format!("reduction.{stage}"), |net| {
                    self.reduce(net, map, stage)
                })?;
            }
            for layer in 0..depth {
                map = net.scope(&format!("stage.{stage}.layer.{layer}"), |net| {
                    self.block(net, map, (stage, layer), width)
                })?;
            }
        }
        Ok(map)
    }

    /// Normalises a map and halves it.
    fn reduce(
        &self,
        net: &mut Net<'_, '_>,
        map: Value,
        stage: usize,
    ) -> Result<Value, ExportError> {
        let (from, to) = (self.widths[stage - 1], self.widths[stage]);
        let named = |name: &str| staged(self.prefix, name, stage, 0);
        let norm = named(self.recipe.weights.reduction_norm);
        let normed = net.map_norm(map, &norm, from, self.stage_epsilon)?;
        let reduction = named(self.recipe.weights.reduction);
        net.conv(normed, Conv::new(&reduction, from, to, Sliding::tiles(2)))
    }

    /// A depthwise convolution, then two pointwise layers with the channels last.
    fn block(
        &self,
        net: &mut Net<'_, '_>,
        map: Value,
        (stage, layer): (usize, u64),
        width: u64,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let named = |name: &str| staged(self.prefix, name, stage, layer);
        let mixed = net.conv(map, Conv::depthwise(&named(names.depthwise), width, KERNEL))?;
        let rows = net.graph.transpose(mixed, &[0, 2, 3, 1])?;
        let normed = net.norm(rows, &named(names.norm_before), width, self.stage_epsilon)?;
        let widen = named(names.intermediate);
        let inner = net.linear(normed, Linear::new(&widen, width, EXPANSION * width))?;
        let inner = self.activation.apply(net, inner)?;
        let narrow = named(names.output);
        let mut change = net.linear(inner, Linear::new(&narrow, EXPANSION * width, width))?;
        if self.has_scale {
            let scale = net.tensor(&named(names.scale), &[width]);
            change = net.graph.mul(change, scale)?;
        }
        let change = net.graph.transpose(change, &[0, 3, 1, 2])?;
        net.graph.add(change, map)
    }
}
