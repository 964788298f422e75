//! The tower that hears spectrograms as pictures of one channel, beside towers of texts and pictures.

use super::net::{Linear, Net};
use super::tower::Layers;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Element, Stride, Value};
use crate::recipe::AudioTower;

/// The epsilon of torch's `LayerNorm` where none is given.
const EPSILON: f32 = 1e-5;

/// A tower of sounds with its sizes.
pub(super) struct Listener<'a> {
    recipe: &'a AudioTower,
    layers: Layers<'a>,
    kernel: u64,
    stride: u64,
    mel_bins: u64,
    frames: u64,
    /// Number of patches of a clip.
    patches: u64,
    /// Width of the common space.
    width: u64,
}

impl<'a> Listener<'a> {
    /// Reads the sizes from the tower's section of the configuration.
    pub(super) fn new(
        recipe: &'a AudioTower,
        section: &Config,
        width: u64,
    ) -> Result<Self, ExportError> {
        let kernel = section.size(recipe.kernel)?;
        let stride = section.size(recipe.stride)?;
        let (mel_bins, frames) = (section.size(recipe.mel_bins)?, section.size(recipe.frames)?);
        let places = |key: &str, length: u64| {
            let rest = length.checked_sub(kernel).ok_or_else(|| {
                let allowed = format!("sizes of `{}`, {kernel}, or more", recipe.kernel);
                section.unexpected(key, &length.into(), allowed)
            })?;
            Ok::<_, ExportError>(rest / stride + 1)
        };
        let patches = places(recipe.mel_bins, mel_bins)? * places(recipe.frames, frames)?;
        Ok(Self {
            recipe,
            layers: Layers::new(&recipe.layers, section)?,
            kernel,
            stride,
            mel_bins,
            frames,
            patches,
            width,
        })
    }

    /// Builds the graph: `input_features` `(clips, 1, mel bins, frames)` give `audio_embeds` `(clips, width)` as projected,
    /// not normalised, with `last_hidden_state` `(clips, class token + patches, hidden)` and `pooler_output`.
    pub(super) fn build(
        &self,
        net: &mut Net<'_, '_>,
        clips: &'static str,
    ) -> Result<(), ExportError> {
        let shape = vec![
            Dim::Symbol(clips),
            Dim::Fixed(1),
            Dim::Fixed(self.mel_bins),
            Dim::Fixed(self.frames),
        ];
        let features = net.graph.input("input_features", Element::Float32, shape);
        let features = net.graph.cast(features, net.graph.float());
        net.scope("audio", |net| {
            let embedded = net.scope("embeddings", |net| self.embed(net, features))?;
            let states = net.scope("encoder", |net| self.layers.apply(net, embedded, None))?;
            let token = net.scope("pooler", |net| net.graph.pick(states, 1, 0))?;
            let hidden = self.layers.hidden;
            let pooled = net.norm(token, self.recipe.norm_after, hidden, self.layers.epsilon)?;
            let projection = Linear {
                name: self.recipe.projection,
                from: hidden,
                to: self.width,
                has_bias: false,
            };
            let vectors = net.scope("projection", |net| net.linear(pooled, projection))?;
            net.output("audio_embeds", vectors);
            net.output("last_hidden_state", states);
            net.output("pooler_output", pooled);
            Ok(())
        })
    }

    /// Patches through a convolution whose places overlap, normalised, with room for the class token in front and one
    /// table of positions and token added: `(clips, tokens, hidden)`.
    fn embed(&self, net: &mut Net<'_, '_>, features: Value) -> Result<Value, ExportError> {
        let hidden = self.layers.hidden;
        let name = format!("{}.weight", self.recipe.patch_projection);
        let kernel = net.tensor(&name, &[hidden, 1, self.kernel, self.kernel]);
        let stride = Stride::bare(&[self.stride, self.stride]);
        let graph = &mut net.graph;
        // Every side is fixed, so that no axis changes its name.
        let unnamed = Dim::Fixed(self.patches);
        let patches = graph.convolution(features, kernel, None, &stride, unnamed)?;
        let line = [Axis::Keep, Axis::Keep, Axis::Size(self.patches)];
        let patches = graph.reshape(patches, &line)?;
        let patches = graph.transpose(patches, &[0, 2, 1])?;
        let patches = net.norm(patches, self.recipe.patch_norm, hidden, EPSILON)?;
        let room = net.graph.pad_before(patches, 1, 1)?;
        let table = self.position_table(net);
        net.graph.add(room, table)
    }

    /// Positions with the class token added to its own: `(1, tokens, hidden)`.
    fn position_table(&self, net: &mut Net<'_, '_>) -> Value {
        let hidden = self.layers.hidden;
        let shape = vec![1, 1 + self.patches, hidden];
        let (positions, token) = (self.recipe.position_embeddings, self.recipe.class_token);
        net.computed(
            &format!("{positions}.with_token"),
            shape.clone(),
            vec![
                (positions.to_owned(), shape),
                (token.to_owned(), vec![1, 1, hidden]),
            ],
            Box::new(|tensors: &[Vec<f32>]| {
                let mut table = tensors[0].clone();
                for (position, token) in table.iter_mut().zip(&tensors[1]) {
                    *position += token;
                }
                table
            }),
        )
    }
}
