//! The way from a vision tower's patches to a language model: each becomes a vector (LLaVA).

use serde_json::Value as Json;

use super::Form;
use super::activation::Activation;
use super::net::{Linear, Net};
use super::vision_language::PICTURES;
use super::vision_tower::Viewer;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Graph, Value};
use crate::recipe::Projector;
use crate::weights::Weights;

/// The number of blocks whose states the language model gets.
fn states(recipe: &Projector, config: &Config, blocks: u64) -> Result<u64, ExportError> {
    let key = recipe.features.layer;
    let given = config.find(key).unwrap_or(&Json::Null);
    let states = given.as_i64().and_then(|layer| {
        let from_end = blocks as i64 + 1 + layer;
        u64::try_from(if layer < 0 { from_end } else { layer }).ok()
    });
    states.filter(|states| *states <= blocks).ok_or_else(|| {
        let allowed = format!("whole numbers from -{} to {blocks}", blocks + 1);
        config.unexpected(key, given, allowed)
    })
}

fn drops_class(recipe: &Projector, config: &Config) -> Result<bool, ExportError> {
    let key = recipe.features.selection;
    match config.name(key)? {
        "default" => Ok(true),
        "full" => Ok(false),
        other => Err(config.unexpected(key, &Json::from(other), "default, full".to_owned())),
    }
}

/// A vision tower with the way from its states to the language model.
pub(super) struct Seer<'a> {
    recipe: &'a Projector,
    viewer: Viewer<'a>,
    /// Number of blocks that are run.
    states: u64,
    drops_class: bool,
    activation: Activation,
    has_bias: bool,
    /// Width of the language model.
    width: u64,
}

impl<'a> Seer<'a> {
    pub(super) fn new(
        recipe: &'a Projector,
        viewer: Viewer<'a>,
        config: &Config,
        section: &Config,
        width: u64,
    ) -> Result<Self, ExportError> {
        let blocks = section.layers(viewer.recipe.layers.config.layers)?;
        Ok(Self {
            recipe,
            states: states(recipe, config, blocks)?,
            drops_class: drops_class(recipe, config)?,
            activation: Activation::of(config, recipe.activation)?,
            has_bias: config.flag(recipe.bias, true)?,
            viewer,
            width,
        })
    }

    pub(super) fn graph(
        &self,
        form: Form,
        weights: &mut Weights<'_>,
    ) -> Result<Graph, ExportError> {
        let mut net = Net::new(form.float, weights);
        let pixels = self.viewer.pictures(&mut net, PICTURES);
        let states = net.scope("vision", |net| {
            let embedded = net.scope("embeddings", |net| self.viewer.embed(net, pixels))?;
            let layers = &self.viewer.layers;
            net.scope("encoder", |net| {
                layers.first(net, self.states, embedded, None)
            })
        })?;
        let features = net.scope("projector", |net| self.project(net, states))?;
        net.output("image_features", features);
        if let Some(newline) = self.recipe.newline {
            let newline = net.scope("newline", |net| self.newline(net, newline, pixels))?;
            net.output("newline", newline);
        }
        Ok(net.finish())
    }

    fn project(&self, net: &mut Net<'_, '_>, states: Value) -> Result<Value, ExportError> {
        let tokens = self.viewer.tokens()?;
        let states = if self.drops_class {
            net.graph.cut(states, 1, 1, tokens)?
        } else {
            states
        };
        let layer = |name, from| Linear {
            name,
            from,
            to: self.width,
            has_bias: self.has_bias,
        };
        let projector = self.recipe;
        let inner = net.linear(states, layer(projector.first, self.viewer.layers.hidden))?;
        let inner = self.activation.apply(net, inner)?;
        net.linear(inner, layer(projector.second, self.width))
    }

    /// The vector after each row of tiles, once a picture. An output must follow from an input, or
    /// OpenVINO does not load the graph: nought times a pixel is added.
    fn newline(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        pixels: Value,
    ) -> Result<Value, ExportError> {
        let vector = net.tensor(name, &[self.width]);
        let graph = &mut net.graph;
        let mut pixel = pixels;
        for axis in [3, 2, 1] {
            pixel = graph.pick(pixel, axis, 0)?;
        }
        let nought = graph.scalar(0.0);
        let nought = graph.mul(pixel, nought)?;
        let nought = graph.unsqueeze(nought, &[1, 2])?;
        graph.add(nought, vector)
    }
}
