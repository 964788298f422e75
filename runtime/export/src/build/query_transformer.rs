//! The way from a picture to a language model by trained queries (BLIP-2's Q-Former).

use super::Form;
use super::activation::Activation;
use super::cross_attention::attend;
use super::net::{Linear, Net};
use super::vision_language::PICTURES;
use super::vision_tower::Viewer;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Graph, Value};
use crate::recipe::{QueryAttention, QueryTransformer};
use crate::weights::Weights;

/// A vision tower with queries that look at what it sees.
pub(super) struct Querier<'a> {
    recipe: &'a QueryTransformer,
    viewer: Viewer<'a>,
    queries: u64,
    frequency: u64,
    hidden: u64,
    layers: u64,
    heads: u64,
    intermediate: u64,
    epsilon: f32,
    activation: Activation,
    /// Width of the language model.
    width: u64,
}

impl<'a> Querier<'a> {
    pub(super) fn new(
        recipe: &'a QueryTransformer,
        viewer: Viewer<'a>,
        config: &Config,
        width: u64,
    ) -> Result<Self, ExportError> {
        let section = config.section(recipe.section)?;
        let keys = &recipe.config;
        let hidden = section.size(keys.hidden_size)?;
        Ok(Self {
            recipe,
            viewer,
            queries: config.size(recipe.count)?,
            frequency: section.size(recipe.frequency)?,
            hidden,
            layers: section.layers(keys.layers)?,
            heads: section.divisor(keys.heads, hidden)?,
            intermediate: section.feed_forward(keys.feed_forward, hidden)?,
            epsilon: section.epsilon(keys.norm_eps)?,
            activation: Activation::of(&section, keys.activation)?,
            width,
        })
    }

    pub(super) fn graph(
        &self,
        form: Form,
        weights: &mut Weights<'_>,
    ) -> Result<Graph, ExportError> {
        let mut net = Net::new(form, weights);
        let pixels = self.viewer.pictures(&mut net, PICTURES);
        let seen = net.scope("vision", |net| self.see(net, pixels))?;
        let found = net.scope("queries", |net| self.query(net, seen))?;
        let projection = Linear::new(self.recipe.projection, self.hidden, self.width);
        let features = net.scope("projection", |net| net.linear(found, projection))?;
        net.output("image_features", features);
        Ok(net.finish())
    }

    /// The normalised states of all tokens, class token included.
    fn see(&self, net: &mut Net<'_, '_>, pixels: Value) -> Result<Value, ExportError> {
        let layers = &self.viewer.layers;
        let embedded = net.scope("embeddings", |net| self.viewer.embed(net, pixels))?;
        let states = net.scope("encoder", |net| layers.apply(net, embedded, None))?;
        let norm = self.viewer.recipe.norm_after;
        net.norm(states, norm, layers.hidden, layers.epsilon)
    }

    fn query(&self, net: &mut Net<'_, '_>, seen: Value) -> Result<Value, ExportError> {
        let (recipe, hidden) = (self.recipe, self.hidden);
        let queries = net.tensor(recipe.queries, &[1, self.queries, hidden]);
        let mut x = net.norm(queries, recipe.norm, hidden, self.epsilon)?;
        let seen = (seen, self.viewer.layers.hidden);
        for layer in 0..self.layers {
            x = net.scope(&format!("layer.{layer}"), |net| {
                let mut x = net.scope("attention", |net| {
                    self.attend(net, layer, &recipe.attention, x, (x, hidden))
                })?;
                if layer % self.frequency == 0 {
                    x = net.scope("cross_attention", |net| {
                        self.attend(net, layer, &recipe.cross_attention, x, seen)
                    })?;
                }
                net.scope("feed_forward", |net| self.feed_forward(net, layer, x))
            })?;
        }
        Ok(x)
    }

    /// Attention to a sequence of some width, the residual sum, and its normalisation.
    fn attend(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        names: &QueryAttention,
        x: Value,
        (memory, width): (Value, u64),
    ) -> Result<Value, ExportError> {
        let hidden = self.hidden;
        let query = self.named(layer, names.query);
        let (key, value) = (self.named(layer, names.key), self.named(layer, names.value));
        let queries = net.linear(x, Linear::new(&query, hidden, hidden))?;
        let keys = net.linear(memory, Linear::new(&key, width, hidden))?;
        let values = net.linear(memory, Linear::new(&value, width, hidden))?;
        let found = attend(net, [queries, keys, values], hidden, self.heads)?;
        let output = self.named(layer, names.output);
        let change = net.linear(found, Linear::new(&output, hidden, hidden))?;
        let sum = net.graph.add(change, x)?;
        net.norm(sum, &self.named(layer, names.norm), hidden, self.epsilon)
    }

    fn feed_forward(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        x: Value,
    ) -> Result<Value, ExportError> {
        let hidden = self.hidden;
        let widen = self.named(layer, self.recipe.intermediate);
        let inner = net.linear(x, Linear::new(&widen, hidden, self.intermediate))?;
        let inner = self.activation.apply(net, inner)?;
        let narrow = self.named(layer, self.recipe.output);
        let change = net.linear(inner, Linear::new(&narrow, self.intermediate, hidden))?;
        let sum = net.graph.add(change, x)?;
        let norm = self.named(layer, self.recipe.output_norm);
        net.norm(sum, &norm, hidden, self.epsilon)
    }

    fn named(&self, layer: u64, name: &str) -> String {
        let prefix = self.recipe.prefix.replace("{layer}", &layer.to_string());
        format!("{prefix}{name}")
    }
}
