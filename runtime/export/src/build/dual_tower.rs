//! Towers that map texts and pictures, texts and videos, or sounds besides, into one space: CLIP, X-CLIP, ImageBind and
//! their like.

use super::audio_tower::Listener;
use super::image_pooling::Pictures;
use super::net::Net;
use super::text_tower::{Reader, Texts, token_ids};
use super::video_tower::Watcher;
use super::vision_tower::Viewer;
use super::{Form, NamedGraph};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Element, Reduction, Value};
use crate::options::Head;
use crate::recipe::{DualTower, TowerLogits};
use crate::weights::Weights;

/// Axis of the texts in the joint graph.
const TEXTS: &str = "text_batch_size";
/// Axis of the pictures in the joint graph.
const PICTURES: &str = "image_batch_size";
/// Axis of the videos in the joint graph.
const VIDEOS: &str = "video_batch_size";
/// The batch of a graph with one tower.
const BATCH: &str = "batch_size";

/// Builds the joint graph `model`: `input_ids` and `attention_mask` `(texts, sequence)` and
/// `pixel_values` `(pictures, channels, height, width)` give `logits_per_image`, `logits_per_text`
/// and the normalised `text_embeds` and `image_embeds`; with a tower of videos see
/// [`Watcher::join`].
///
/// Without a head, the towers alone: `text_model` and `vision_model` give `text_embeds` and
/// `image_embeds` as projected, not normalised, with `last_hidden_state` and `pooler_output`.
///
/// A tower of sounds has a graph of its own beside either, `audio_model`; see [`Listener::build`].
pub(super) fn build(
    recipe: &DualTower,
    config: &Config,
    form: Form,
    weights: &mut Weights<'_>,
) -> Result<Vec<NamedGraph>, ExportError> {
    let config = config.or_defaults(recipe.defaults)?;
    let width = config.size(recipe.projection_size)?;
    let reader = Reader::new(&recipe.text, &config, width)?;
    let section = config.part(recipe.vision.section)?;
    let viewer = Viewer::new(&recipe.vision, &section, form.image_size)?;
    let watcher = match &recipe.video {
        Some(video) => Some(Watcher::new(video, &viewer, &config, &section, &reader)?),
        None => None,
    };
    let towers = Towers {
        recipe,
        reader,
        viewer: &viewer,
        watcher,
        width,
    };
    let mut graphs = match form.head {
        Head::Auto => {
            let mut net = Net::new(form, weights);
            towers.join(&mut net, form.ids)?;
            vec![("model", net.finish())]
        }
        Head::Base => {
            let mut text = Net::new(form, weights);
            towers.text(&mut text, form.ids)?;
            let text = text.finish();
            let mut vision = Net::new(form, weights);
            towers.vision(&mut vision)?;
            vec![("text_model", text), ("vision_model", vision.finish())]
        }
        head => {
            return Err(ExportError::Head {
                head: head.name(),
                reason: "towers are exported together or each for itself".to_owned(),
            });
        }
    };
    if let Some(audio) = &recipe.audio {
        let section = config.part(audio.section)?;
        let listener = Listener::new(audio, &section, width)?;
        let mut net = Net::new(form, weights);
        listener.build(&mut net, BATCH)?;
        graphs.push(("audio_model", net.finish()));
    }
    Ok(graphs)
}

struct Towers<'a> {
    recipe: &'a DualTower,
    reader: Reader<'a>,
    viewer: &'a Viewer<'a>,
    watcher: Option<Watcher<'a>>,
    width: u64,
}

impl Towers<'_> {
    fn join(&self, net: &mut Net<'_, '_>, ids: Element) -> Result<(), ExportError> {
        let tokens = token_ids(net, ids, TEXTS);
        let pixels = match &self.watcher {
            Some(watcher) => watcher.videos(net, VIDEOS),
            None => self.viewer.pictures(net, PICTURES),
        };
        let mask = self.reader.mask(net, ids, TEXTS);
        let texts = net.scope("text", |net| self.reader.read(net, tokens, mask))?;
        if let Some(watcher) = &self.watcher {
            return watcher.join(net, &self.recipe.logits, texts.vectors, pixels);
        }
        let (_, pictures) = net.scope("vision", |net| self.see(net, pixels))?;
        net.scope("logits", |net| {
            let texts = unit(net, texts.vectors)?;
            let pictures = unit(net, pictures)?;
            let across = net.graph.transpose(texts, &[1, 0])?;
            let cosine = net.graph.matmul(pictures, across)?;
            let logits = scaled(net, &self.recipe.logits, cosine)?;
            let turned = net.graph.transpose(logits, &[1, 0])?;
            net.output("logits_per_image", logits);
            net.output("logits_per_text", turned);
            net.output("text_embeds", texts);
            net.output("image_embeds", pictures);
            Ok(())
        })
    }

    /// States and vectors of pictures.
    fn see(&self, net: &mut Net<'_, '_>, pixels: Value) -> Result<(Pictures, Value), ExportError> {
        let embedded = net.scope("embeddings", |net| self.viewer.embed(net, pixels))?;
        let states = net.scope("encoder", |net| {
            self.viewer.layers.apply(net, embedded, None)
        })?;
        let pictures = self.viewer.pool(net, states)?;
        let vectors = self.viewer.project(net, pictures.pooled, self.width)?;
        Ok((pictures, vectors))
    }

    fn text(&self, net: &mut Net<'_, '_>, ids: Element) -> Result<(), ExportError> {
        let tokens = token_ids(net, ids, BATCH);
        let mask = self.reader.mask(net, ids, BATCH);
        let Texts {
            states,
            pooled,
            vectors,
        } = net.scope("text", |net| self.reader.read(net, tokens, mask))?;
        net.output("text_embeds", vectors);
        net.output("last_hidden_state", states);
        net.output("pooler_output", pooled);
        Ok(())
    }

    fn vision(&self, net: &mut Net<'_, '_>) -> Result<(), ExportError> {
        if let Some(watcher) = &self.watcher {
            let pixels = watcher.videos(net, BATCH);
            return watcher.alone(net, pixels);
        }
        let pixels = self.viewer.pictures(net, BATCH);
        let (pictures, vectors) = net.scope("vision", |net| self.see(net, pixels))?;
        // A tower without projection pools into the common space; a value has one name.
        if vectors != pictures.pooled {
            net.output("image_embeds", vectors);
        }
        net.output("last_hidden_state", pictures.states);
        net.output("pooler_output", pictures.pooled);
        Ok(())
    }
}

/// Vectors along the last of two or three dimensions divided by their length, in single precision.
pub(super) fn unit(net: &mut Net<'_, '_>, vectors: Value) -> Result<Value, ExportError> {
    let vectors = net.graph.cast(vectors, Element::Float32);
    let last = net.graph.shape(vectors).len() - 1;
    let length = net.graph.reduce(Reduction::Norm, vectors, last, true)?;
    net.graph.div(vectors, length)
}

/// Cosines as logits, in single precision: multiplied by the exponential of the trained scale, with
/// the bias added where there is one. `SiglipModel` of transformers, which has a bias, stores both as
/// vectors of one number, `CLIPModel` its scale as a scalar.
pub(super) fn scaled(
    net: &mut Net<'_, '_>,
    recipe: &TowerLogits,
    cosine: Value,
) -> Result<Value, ExportError> {
    let TowerLogits {
        scale, bias, most, ..
    } = *recipe;
    let most = most.map_or(f32::INFINITY, |most| most as f32);
    let shape = bias.map_or(vec![], |_| vec![1]);
    let factor = net.computed(
        &format!("{scale}.exp"),
        shape.clone(),
        vec![(scale.to_owned(), shape.clone())],
        Box::new(move |tensors: &[Vec<f32>]| {
            let factors = tensors[0].iter().map(|scale| scale.exp().min(most));
            factors.collect()
        }),
    );
    let factor = net.graph.cast(factor, Element::Float32);
    let logits = net.graph.mul(cosine, factor)?;
    let Some(bias) = bias else {
        return Ok(logits);
    };
    let bias = net.tensor(bias, &shape);
    let bias = net.graph.cast(bias, Element::Float32);
    net.graph.add(logits, bias)
}
