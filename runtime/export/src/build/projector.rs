//! The way from a vision tower's patches to a language model: each becomes a vector (LLaVA).

use serde_json::Value as Json;

use super::Form;
use super::activation::Activation;
use super::net::{Linear, Net};
use super::vision_language::PICTURES;
use super::vision_tower::Viewer;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Graph, Value};
use crate::recipe::Projector;
use crate::weights::Weights;

/// The numbers of blocks whose states the language model gets, side by side.
fn states(recipe: &Projector, config: &Config, blocks: u64) -> Result<Vec<u64>, ExportError> {
    let key = recipe.features.layer;
    let given = config.find(key).unwrap_or(&Json::Null);
    let layers = match given {
        Json::Array(layers) => layers.as_slice(),
        single => std::slice::from_ref(single),
    };
    let states = |layer: &Json| {
        let layer = layer.as_i64()?;
        let from_end = (blocks as i64 + 1).checked_add(layer)?;
        let states = u64::try_from(if layer < 0 { from_end } else { layer }).ok()?;
        (states <= blocks).then_some(states)
    };
    let found: Option<Vec<u64>> = layers.iter().map(states).collect();
    found.filter(|found| !found.is_empty()).ok_or_else(|| {
        let allowed = format!(
            "whole numbers from -{} to {blocks}, one or a list",
            blocks + 1
        );
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
    /// Numbers of blocks whose states are taken.
    states: Vec<u64>,
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
        let mut net = Net::new(form, weights);
        let pixels = self.viewer.pictures(&mut net, PICTURES);
        let states = net.scope("vision", |net| {
            let embedded = net.scope("embeddings", |net| self.viewer.embed(net, pixels))?;
            let layers = &self.viewer.layers;
            net.scope("encoder", |net| layers.after(net, &self.states, embedded))
        })?;
        let features = net.scope("projector", |net| self.project(net, states))?;
        net.output("image_features", features);
        if let Some(newline) = self.recipe.newline {
            let newline = net.scope("newline", |net| self.newline(net, newline, pixels))?;
            net.output("newline", newline);
        }
        Ok(net.finish())
    }

    fn project(&self, net: &mut Net<'_, '_>, states: Vec<Value>) -> Result<Value, ExportError> {
        let tokens = self.viewer.tokens()?;
        let states = if self.drops_class {
            let cut = |state| net.graph.cut(state, 1, 1, tokens);
            states.into_iter().map(cut).collect::<Result<Vec<_>, _>>()?
        } else {
            states
        };
        let width = self.viewer.layers.hidden * states.len() as u64;
        let states = match states.as_slice() {
            [single] => *single,
            several => net.graph.concat(several, 2, Dim::Fixed(width))?,
        };
        let layer = |name, from| Linear {
            name,
            from,
            to: self.width,
            has_bias: self.has_bias,
        };
        let projector = self.recipe;
        let inner = net.linear(states, layer(projector.first, width))?;
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
