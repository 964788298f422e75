//! Detectors: a residual network, a transformer over its map, heads for classes and boxes (DETR).

mod backbone;
mod positions;

use serde_json::json;

use self::backbone::Backbone;
use super::activation::Activation;
use super::heads::{Attended, Heads};
use super::map::Conv;
use super::net::{Linear, Net, numbered};
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Element, Sliding, Value};
use crate::recipe::Detector;
use crate::weights::Weights;

/// Number of layers of the head that gives boxes, as `DetrForObjectDetection` of transformers has it.
const BOX_LAYERS: u64 = 3;

/// The sizes of one half of the transformer.
#[derive(Debug, Clone, Copy)]
struct Half {
    layers: u64,
    heads: u64,
    feed_forward: u64,
}

/// The sizes of the transformer and what the parts of its graph share.
struct Transformer<'a> {
    recipe: &'a Detector,
    width: u64,
    queries: u64,
    encoder: Half,
    decoder: Half,
    activation: Activation,
    epsilon: f32,
}

/// What a map's places carry beside their states.
#[derive(Debug, Clone, Copy)]
struct Places {
    /// Embeddings of the places, `(batch, places, width)`.
    positions: Value,
    /// What is added to the scores of places that hold padding, `(batch, 1, 1, places)`.
    bias: Value,
}

/// Builds the graph: `pixel_values` `(batch, channels, height, width)` and `pixel_mask` `(batch, height, width)`, 0 where
/// a picture was padded; `logits` `(batch, queries, labels + 1)`, `pred_boxes` `(batch, queries, 4)` as shares of the
/// picture (centre x, centre y, width, height), `last_hidden_state` and `encoder_last_hidden_state`.
pub(super) fn build(
    recipe: &Detector,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let transformer = Transformer::new(recipe, config)?;
    let backbone = Backbone::new(recipe, config, transformer.epsilon)?;
    let labels = config.labels()?;
    let (height, width) = match form.image_size {
        Some((height, width)) => (Dim::Fixed(height), Dim::Fixed(width)),
        None => (Dim::Symbol("height"), Dim::Symbol("width")),
    };
    let mut net = Net::new(form, weights);
    let pixels = net.pixels(backbone.channels, height, width);
    let shape = vec![Dim::Symbol("batch_size"), height, width];
    let mask = net.graph.input("pixel_mask", form.ids, shape);
    let map = net.scope("backbone", |net| backbone.apply(net, pixels))?;
    let mask = net.scope("mask", |net| positions::reduced_mask(net, mask, map))?;
    let places = net.scope("positions", |net| transformer.places(net, mask))?;
    let projection = recipe.weights.input_projection;
    let sliding = Sliding::tiles(1);
    let conv = Conv::new(projection, backbone.width(), transformer.width, sliding);
    let map = net.scope("projection", |net| net.conv(map, conv))?;
    let encoded = net.sequence(map)?;
    let encoded = net.scope("encoder", |net| transformer.encode(net, encoded, places))?;
    let found = net.scope("decoder", |net| transformer.decode(net, encoded, places))?;
    let logits = net.scope("classifier", |net| {
        let name = recipe.weights.classifier;
        net.linear(found, Linear::new(name, transformer.width, labels + 1))
    })?;
    let boxes = net.scope("boxes", |net| transformer.boxes(net, found))?;
    net.output("logits", logits);
    net.output("pred_boxes", boxes);
    net.output("last_hidden_state", found);
    net.output("encoder_last_hidden_state", encoded);
    Ok(vec![("model", net.finish())])
}

impl<'a> Transformer<'a> {
    fn new(recipe: &'a Detector, config: &Config) -> Result<Self, ExportError> {
        config.only("position_embedding_type", &json!("sine"))?;
        let keys = &recipe.config;
        let width = config.size(keys.width)?;
        if !width.is_multiple_of(4) {
            let allowed = "multiples of 4, for sine embeddings".to_owned();
            return Err(config.unexpected(keys.width, &json!(width), allowed));
        }
        Ok(Self {
            recipe,
            width,
            queries: config.size(keys.queries)?,
            encoder: Half {
                layers: config.layers(keys.encoder_layers)?,
                heads: config.divisor(keys.encoder_heads, width)?,
                feed_forward: config.size(keys.encoder_feed_forward)?,
            },
            decoder: Half {
                layers: config.layers(keys.decoder_layers)?,
                heads: config.divisor(keys.decoder_heads, width)?,
                feed_forward: config.size(keys.decoder_feed_forward)?,
            },
            activation: Activation::of(config, keys.activation)?,
            epsilon: config.epsilon(keys.norm_eps)?,
        })
    }

    fn places(&self, net: &mut Net<'_, '_>, mask: Value) -> Result<Places, ExportError> {
        let positions = positions::sine(net, mask, self.width)?;
        let graph = &mut net.graph;
        let flat = graph.reshape(mask, &[Axis::Keep, Axis::Rest("places")])?;
        let flat = graph.unsqueeze(flat, &[1, 2])?;
        let flat = graph.cast(flat, Element::Bool);
        let (nothing, hidden) = (graph.scalar(0.0), net.hidden());
        let bias = net.graph.select(flat, nothing, hidden)?;
        Ok(Places { positions, bias })
    }

    fn encode(
        &self,
        net: &mut Net<'_, '_>,
        map: Value,
        places: Places,
    ) -> Result<Value, ExportError> {
        let mut hidden = map;
        let names = &self.recipe.weights;
        for layer in 0..self.encoder.layers {
            let block = numbered("", names.encoder_block, layer);
            hidden = net.scope(&format!("layer.{layer}"), |net| {
                let placed = net.graph.add(hidden, places.positions)?;
                let attended = Attended {
                    query: placed,
                    key: placed,
                    value: hidden,
                };
                let attention = self.heads(&block, names.self_attention, self.encoder);
                let change = attention.apply(net, attended, &[places.bias])?;
                let hidden = self.added(net, (hidden, change), &block, names.self_norm)?;
                self.feed_forward(net, hidden, &block, self.encoder)
            })?;
        }
        Ok(hidden)
    }

    /// The queries start as nothing but their positions.
    fn decode(
        &self,
        net: &mut Net<'_, '_>,
        encoded: Value,
        places: Places,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let (queries, width) = (self.queries, self.width);
        let positions = net.tensor(names.queries, &[queries, width]);
        let nothing = vec![0.0; (queries * width) as usize];
        let mut hidden = net.table("constant/queries", vec![1, queries, width], nothing);
        let placed_keys = net.graph.add(encoded, places.positions)?;
        for layer in 0..self.decoder.layers {
            let block = numbered("", names.decoder_block, layer);
            hidden = net.scope(&format!("layer.{layer}"), |net| {
                let placed = net.graph.add(hidden, positions)?;
                let attended = Attended {
                    query: placed,
                    key: placed,
                    value: hidden,
                };
                let attention = self.heads(&block, names.self_attention, self.decoder);
                let change = net.scope("self", |net| attention.apply(net, attended, &[]))?;
                let hidden = self.added(net, (hidden, change), &block, names.self_norm)?;
                let attended = Attended {
                    query: net.graph.add(hidden, positions)?,
                    key: placed_keys,
                    value: encoded,
                };
                let attention = self.heads(&block, names.cross_attention, self.decoder);
                let bias = [places.bias];
                let change = net.scope("cross", |net| attention.apply(net, attended, &bias))?;
                let hidden = self.added(net, (hidden, change), &block, names.cross_norm)?;
                self.feed_forward(net, hidden, &block, self.decoder)
            })?;
        }
        net.norm(hidden, names.norm, width, self.epsilon)
    }

    fn heads(&self, block: &str, attention: &str, half: Half) -> Heads {
        let named = |part: &str| format!("{block}.{attention}.{part}");
        Heads {
            query: named("q_proj"),
            key: named("k_proj"),
            value: named("v_proj"),
            output: named("out_proj"),
            width: self.width,
            inner: self.width,
            count: half.heads,
            has_bias: true,
        }
    }

    /// The normalised sum of states and their change.
    fn added(
        &self,
        net: &mut Net<'_, '_>,
        (hidden, change): (Value, Value),
        block: &str,
        norm: &str,
    ) -> Result<Value, ExportError> {
        let sum = net.graph.add(hidden, change)?;
        net.norm(sum, &format!("{block}.{norm}"), self.width, self.epsilon)
    }

    fn feed_forward(
        &self,
        net: &mut Net<'_, '_>,
        hidden: Value,
        block: &str,
        half: Half,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.weights;
        let widen = format!("{block}.{}", names.intermediate);
        let inner = net.linear(hidden, Linear::new(&widen, self.width, half.feed_forward))?;
        let inner = self.activation.apply(net, inner)?;
        let narrow = format!("{block}.{}", names.output);
        let change = net.linear(inner, Linear::new(&narrow, half.feed_forward, self.width))?;
        self.added(net, (hidden, change), block, names.output_norm)
    }

    fn boxes(&self, net: &mut Net<'_, '_>, found: Value) -> Result<Value, ExportError> {
        let mut x = found;
        for layer in 0..BOX_LAYERS {
            let is_last = layer + 1 == BOX_LAYERS;
            let to = if is_last { 4 } else { self.width };
            let name = numbered("", self.recipe.weights.boxes, layer);
            x = net.linear(x, Linear::new(&name, self.width, to))?;
            x = if is_last {
                net.graph.sigmoid(x)?
            } else {
                net.graph.relu(x)?
            };
        }
        Ok(x)
    }
}
