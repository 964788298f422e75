//! Language models that see pictures: LLaVA, LLaVA-NeXT and their like.

use serde_json::Value as Json;

use super::activation::Activation;
use super::decoder::{self, Tokens};
use super::net::{Linear, Net};
use super::vision_tower::Viewer;
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Graph, Value};
use crate::recipe::{Decoder, Language, Recipe, VisionLanguage};
use crate::weights::Weights;

/// Axis of pictures, or of their tiles.
const PICTURES: &str = "image_batch_size";

/// Builds three graphs, by the names that hub exports use. `vision_encoder` turns `pixel_values`
/// `(pictures, channels, height, width)` into `image_features` `(pictures, patches, hidden)`, and
/// gives `newline` `(pictures, 1, hidden)` where the family has one. `embed_tokens` turns
/// `input_ids` into `inputs_embeds` `(batch, sequence, hidden)`. `decoder_model_merged` is the
/// language model with a cache, which takes `inputs_embeds` in place of ids.
pub(super) fn build(
    recipe: &VisionLanguage,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let config = config.or_defaults(recipe.defaults)?;
    let (language, text) = language(recipe, &config)?;
    let width = text.size(language.config.hidden_size)?;
    let section = config.section(recipe.vision.section)?;
    let viewer = Viewer::new(&recipe.vision, &section, form.image_size)?;
    let seer = Seer {
        recipe,
        viewer,
        states: states(recipe, &config, &section)?,
        drops_class: drops_class(recipe, &config)?,
        activation: Activation::of(&config, recipe.projector.activation)?,
        has_bias: config.flag(recipe.projector.bias, true)?,
        width,
    };
    Ok(vec![
        ("vision_encoder", seer.graph(form, weights)?),
        (
            "embed_tokens",
            decoder::embeddings(language, &text, form, weights)?,
        ),
        (
            "decoder_model_merged",
            decoder::graph(language, &text, form, weights, Tokens::Embedded)?,
        ),
    ])
}

/// The language model in the checkpoint, with its section of the configuration.
fn language<'a>(
    recipe: &'a VisionLanguage,
    config: &Config,
) -> Result<(&'a Decoder, Config), ExportError> {
    let section = config.section(recipe.section)?;
    let model_type = section.name("model_type")?;
    let is_of = |language: &&Language| language.model_type == model_type;
    let found = recipe.languages.iter().find(is_of);
    let found = found.map(|language| (language.defaults, &language.recipe));
    if let Some((defaults, Recipe::Decoder(decoder))) = found {
        return Ok((decoder, section.or_defaults(defaults)?));
    }
    let known = recipe.languages.iter().map(|language| language.model_type);
    let known: Vec<_> = known.collect();
    Err(section.unexpected("model_type", &Json::from(model_type), known.join(", ")))
}

/// The number of blocks whose states the language model gets.
fn states(recipe: &VisionLanguage, config: &Config, section: &Config) -> Result<u64, ExportError> {
    let blocks = section.layers(recipe.vision.layers.config.layers)?;
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

fn drops_class(recipe: &VisionLanguage, config: &Config) -> Result<bool, ExportError> {
    let key = recipe.features.selection;
    match config.name(key)? {
        "default" => Ok(true),
        "full" => Ok(false),
        other => Err(config.unexpected(key, &Json::from(other), "default, full".to_owned())),
    }
}

/// A vision tower with the way from its states to the language model.
struct Seer<'a> {
    recipe: &'a VisionLanguage,
    viewer: Viewer<'a>,
    /// Number of blocks that are run.
    states: u64,
    drops_class: bool,
    activation: Activation,
    has_bias: bool,
    /// Width of the language model.
    width: u64,
}

impl Seer<'_> {
    fn graph(&self, form: Form, weights: &mut Weights<'_>) -> Result<Graph, ExportError> {
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
        let projector = &self.recipe.projector;
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
