//! Blocks in which a text's vector attends to a video's patches.

use super::activation::Activation;
use super::cross_attention::attend;
use super::net::{Linear, Net, numbered};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::Value;
use crate::recipe::VideoPrompts;

/// What adapts texts' vectors to videos, with its sizes.
pub(super) struct Prompter<'a> {
    recipe: &'a VideoPrompts,
    layers: u64,
    heads: u64,
    activation: Activation,
    /// Width of the common space.
    width: u64,
    /// Epsilon of the normalisations of patches, and of those of texts.
    epsilons: (f32, f32),
}

impl<'a> Prompter<'a> {
    pub(super) fn new(
        recipe: &'a VideoPrompts,
        config: &Config,
        width: u64,
        epsilons: (f32, f32),
    ) -> Result<Self, ExportError> {
        Ok(Self {
            recipe,
            layers: config.layers(recipe.layers)?,
            heads: config.divisor(recipe.heads, width)?,
            activation: Activation::of(config, recipe.activation)?,
            width,
            epsilons,
        })
    }

    /// States of all frames' tokens `(frames, tokens, hidden)` to their patches in the common space,
    /// `(frames, patches, width)`.
    pub(super) fn patches(
        &self,
        net: &mut Net<'_, '_>,
        states: Value,
        (tokens, hidden): (u64, u64),
    ) -> Result<Value, ExportError> {
        let patches = net.graph.cut(states, 1, 1, tokens)?;
        let normed = net.norm(patches, self.recipe.patch_norm, hidden, self.epsilons.0)?;
        let matrix = net.tensor(self.recipe.patch_projection, &[hidden, self.width]);
        net.graph.matmul(normed, matrix)
    }

    /// Texts' vectors `(texts, width)` adapted to each video's patches `(videos, patches, width)`:
    /// `(videos, texts, width)`.
    pub(super) fn adapt(
        &self,
        net: &mut Net<'_, '_>,
        texts: Value,
        patches: Value,
    ) -> Result<Value, ExportError> {
        let seen = net.norm(patches, self.recipe.norm, self.width, self.epsilons.0)?;
        let texts = net.graph.unsqueeze(texts, &[0])?;
        let mut prompt = texts;
        for layer in 0..self.layers {
            prompt = net.scope(&format!("layer.{layer}"), |net| {
                self.block(net, layer, prompt, seen)
            })?;
        }
        let scale = net.tensor(self.recipe.scale, &[self.width]);
        let prompt = net.graph.mul(prompt, scale)?;
        net.graph.add(prompt, texts)
    }

    fn block(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        x: Value,
        seen: Value,
    ) -> Result<Value, ExportError> {
        let Self { recipe, width, .. } = *self;
        let epsilon = self.epsilons.1;
        let named = |name| numbered("", name, layer);
        let x = net.scope("attention", |net| {
            let normed = net.norm(x, &named(recipe.norm_before), width, epsilon)?;
            let mut project = |x, name| {
                let name = &named(name);
                let layer = Linear {
                    name,
                    from: width,
                    to: width,
                    has_bias: false,
                };
                net.linear(x, layer)
            };
            let queries = project(normed, recipe.query)?;
            let keys = project(seen, recipe.key)?;
            let values = project(seen, recipe.value)?;
            let found = attend(net, [queries, keys, values], width, self.heads)?;
            let output = named(recipe.attention_output);
            let change = net.linear(found, Linear::new(&output, width, width))?;
            net.graph.add(change, x)
        })?;
        net.scope("feed_forward", |net| {
            let normed = net.norm(x, &named(recipe.norm_after), width, epsilon)?;
            let (widen, narrow) = (named(recipe.intermediate), named(recipe.output));
            let inner = net.linear(normed, Linear::new(&widen, width, 4 * width))?;
            let inner = self.activation.apply(net, inner)?;
            let change = net.linear(inner, Linear::new(&narrow, 4 * width, width))?;
            net.graph.add(change, x)
        })
    }
}
