//! What makes a tower of pictures one of videos: frames that exchange messages, and a transformer over their vectors.

use super::dual_tower::{scaled, unit};
use super::net::{Linear, Net};
use super::text_tower::Reader;
use super::tower::Layers;
use super::video_prompts::Prompter;
use super::vision_tower::Viewer;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Element, Reduction, Value};
use crate::recipe::{TowerLogits, VideoTower};

/// Axis of the frames of all videos.
const FRAMES: &str = "frame_batch_size";

/// A tower of videos with its sizes.
pub(super) struct Watcher<'a> {
    recipe: &'a VideoTower,
    viewer: &'a Viewer<'a>,
    frames: u64,
    /// The transformer over the frames' vectors, as wide as the common space.
    integration: Layers<'a>,
    prompter: Prompter<'a>,
}

/// What a tower of videos gives.
struct Videos {
    /// States of all frames' tokens, `(frames of all videos, tokens, hidden)`, not normalised.
    states: Value,
    /// `(frames of all videos, hidden)`.
    pooled: Value,
    /// `(videos, width)` in the common space.
    vectors: Value,
}

impl<'a> Watcher<'a> {
    /// Reads the sizes: those of the frames and of their transformer from the vision section, those
    /// of the prompts from the whole configuration.
    pub(super) fn new(
        recipe: &'a VideoTower,
        viewer: &'a Viewer<'a>,
        config: &Config,
        section: &Config,
        reader: &Reader<'_>,
    ) -> Result<Self, ExportError> {
        let keys = &recipe.integration;
        let integration = Layers::new(keys, section)?;
        if integration.hidden != reader.width {
            let key = keys.config.hidden_size;
            let found = integration.hidden.into();
            let allowed = format!("{}, the width of the common space", reader.width);
            return Err(section.unexpected(key, &found, allowed));
        }
        Ok(Self {
            recipe,
            viewer,
            frames: section.size(recipe.frames)?,
            prompter: Prompter::new(
                &recipe.prompts,
                config,
                reader.width,
                (viewer.layers.epsilon, reader.layers.epsilon),
            )?,
            integration,
        })
    }

    /// Declares the videos, `(videos, frames, channels, height, width)`.
    pub(super) fn videos(&self, net: &mut Net<'_, '_>, name: &'static str) -> Value {
        let [channels, height, width] = self.viewer.picture();
        let frames = Dim::Fixed(self.frames);
        let shape = vec![Dim::Symbol(name), frames, channels, height, width];
        let pixels = net.graph.input("pixel_values", Element::Float32, shape);
        net.graph.cast(pixels, net.graph.float())
    }

    /// The joint graph from texts' vectors `(texts, width)` and videos: `logits_per_video`,
    /// `logits_per_text`, `text_embeds` `(videos, texts, width)`, because a text's vector depends on
    /// the video, and `video_embeds` `(videos, width)`.
    pub(super) fn join(
        &self,
        net: &mut Net<'_, '_>,
        logits: &TowerLogits,
        texts: Value,
        pixels: Value,
    ) -> Result<(), ExportError> {
        let videos = self.watch(net, pixels)?;
        let outer = net.graph.shape(pixels)[0];
        let sizes = (self.viewer.tokens()?, self.viewer.layers.hidden);
        let patches = net.scope("prompts", |net| {
            let states = self.prompter.patches(net, videos.states, sizes)?;
            let states = net.graph.unfold(states, outer, self.frames)?;
            net.graph.reduce(Reduction::Mean, states, 1, false)
        })?;
        let texts = net.scope("prompts", |net| self.prompter.adapt(net, texts, patches))?;
        net.scope("logits", |net| {
            let texts = unit(net, texts)?;
            let videos = unit(net, videos.vectors)?;
            let columns = net.graph.unsqueeze(videos, &[2])?;
            let cosine = net.graph.matmul(texts, columns)?;
            let cosine = net.graph.reshape(cosine, &[Axis::Keep, Axis::Keep])?;
            let logits = scaled(net, logits, cosine)?;
            let turned = net.graph.transpose(logits, &[1, 0])?;
            net.output("logits_per_video", logits);
            net.output("logits_per_text", turned);
            net.output("text_embeds", texts);
            net.output("video_embeds", videos);
            Ok(())
        })
    }

    /// The tower alone: `video_embeds` as the frames' transformer gives them, not normalised, and of
    /// every frame `last_hidden_state` and `pooler_output`.
    pub(super) fn alone(&self, net: &mut Net<'_, '_>, pixels: Value) -> Result<(), ExportError> {
        let videos = self.watch(net, pixels)?;
        net.output("video_embeds", videos.vectors);
        net.output("last_hidden_state", videos.states);
        net.output("pooler_output", videos.pooled);
        Ok(())
    }

    fn watch(&self, net: &mut Net<'_, '_>, pixels: Value) -> Result<Videos, ExportError> {
        let outer = net.graph.shape(pixels)[0];
        let (states, pooled) = net.scope("vision", |net| {
            let frames = net.graph.fold(pixels, FRAMES)?;
            let mut hidden = net.scope("embeddings", |net| self.viewer.embed(net, frames))?;
            for layer in 0..self.viewer.layers.count {
                hidden = net.scope(&format!("encoder/layer.{layer}"), |net| {
                    self.block(net, layer, hidden, outer)
                })?;
            }
            let pictures = self.viewer.pool(net, hidden)?;
            Ok((pictures.states, pictures.pooled))
        })?;
        let width = self.integration.hidden;
        let vectors = self.viewer.project(net, pooled, width)?;
        let vectors = net.graph.unfold(vectors, outer, self.frames)?;
        Ok(Videos {
            states,
            pooled,
            vectors: net.scope("integration", |net| self.integrate(net, vectors))?,
        })
    }

    /// A block in which every frame sees one message of each frame.
    fn block(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        x: Value,
        videos: Dim,
    ) -> Result<Value, ExportError> {
        let message = net.scope("message", |net| self.message(net, layer, x, videos))?;
        let tokens = self.viewer.tokens()?;
        let both = net.graph.concat(&[x, message], 1, Dim::Fixed(tokens + 1))?;
        let attended = self.viewer.layers.attend(net, layer, both, None)?;
        let attended = net.graph.cut(attended, 1, 0, tokens)?;
        self.viewer.layers.feed_forward(net, layer, attended)
    }

    /// The frames' messages after they have attended to each other, `(frames of all videos, 1,
    /// hidden)`.
    fn message(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        x: Value,
        videos: Dim,
    ) -> Result<Value, ExportError> {
        let names = &self.recipe.message;
        let named = |name| self.viewer.layers.named(layer, name);
        let hidden = self.viewer.layers.hidden;
        let token = net.graph.pick(x, 1, 0)?;
        let name = named(names.projection);
        let message = net.linear(token, Linear::new(&name, hidden, hidden))?;
        let message = net.graph.unfold(message, videos, self.frames)?;
        let norm = named(names.norm);
        let normed = net.norm(message, &norm, hidden, self.viewer.layers.epsilon)?;
        let weights = [names.query, names.key, names.value, names.output].map(named);
        let change = self.viewer.layers.attention(weights).apply(net, normed)?;
        let message = net.graph.add(change, message)?;
        let message = net.graph.fold(message, FRAMES)?;
        net.graph.unsqueeze(message, &[1])
    }

    /// The mean of the frames' vectors after they have attended to each other, `(videos, width)`.
    fn integrate(&self, net: &mut Net<'_, '_>, vectors: Value) -> Result<Value, ExportError> {
        let width = self.integration.hidden;
        let name = self.recipe.frame_embeddings;
        let positions = net.tensor(name, &[1, self.frames, width]);
        let placed = net.graph.add(vectors, positions)?;
        let states = self.integration.apply(net, placed, None)?;
        let states = net.graph.add(states, vectors)?;
        net.graph.reduce(Reduction::Mean, states, 1, false)
    }
}
