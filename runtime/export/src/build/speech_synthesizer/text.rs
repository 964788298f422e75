//! The text encoder: letters to hidden states, and to the distribution of what is spoken for each.

use super::attention::{Attention, Near};
use super::line::Line;
use super::{Letters, Synthesizer};
use crate::build::activation::Activation;
use crate::build::net::{Net, numbered};
use crate::build::padding;
use crate::error::ExportError;
use crate::graph::Value;

/// What the text encoder gives for every letter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Encoded {
    /// Hidden states, `(batch, width, sequence)`.
    pub(super) hidden: Value,
    /// Means and logarithms of standard deviations, `(batch, 2 x channels, sequence)`.
    pub(super) prior: Value,
}

impl Synthesizer<'_> {
    /// Encodes the letters.
    pub(super) fn encode(
        &self,
        net: &mut Net<'_, '_>,
        letters: Letters,
    ) -> Result<Encoded, ExportError> {
        let (config, keys, names) = (self.config, &self.recipe.config, &self.recipe.weights);
        let vocabulary = config.size("vocab_size")?;
        let table = net.tensor(names.embeddings, &[vocabulary, self.hidden]);
        let x = net.graph.gather(table, letters.ids)?;
        let root = net.graph.scalar((self.hidden as f64).sqrt());
        let x = net.graph.mul(x, root)?;
        let mask = net.graph.transpose(letters.mask, &[0, 2, 1])?;
        let mut x = net.graph.mul(x, mask)?;
        let flat = net.graph.pick(letters.mask, 1, 0)?;
        let padding = padding::score_bias(net, flat)?;
        let near = if config.has(keys.window) {
            let window = config.size(keys.window)?.min(super::LONGEST_SPOKEN_TEXT);
            Some(net.scope("distances", |net| Near::of(net, letters.ids, window))?)
        } else {
            None
        };
        let heads = config.divisor(keys.heads, self.hidden)?;
        let has_bias = config.flag("use_bias", true)?;
        for layer in 0..config.layers(keys.layers)? {
            let attention = Attention {
                names,
                layer,
                width: self.hidden,
                heads,
                has_bias,
                padding,
                near,
            };
            x = net.scope(&format!("layer.{layer}"), |net| {
                self.block(net, x, &attention, letters.mask)
            })?;
        }
        let x = net.graph.mul(x, mask)?;
        let hidden = net.graph.transpose(x, &[0, 2, 1])?;
        let prior = net.line(
            hidden,
            &Line::new(names.prior, self.hidden, 2 * self.channels),
        )?;
        let prior = net.graph.mul(prior, letters.mask)?;
        Ok(Encoded { hidden, prior })
    }

    /// A block, `(batch, sequence, width)`.
    fn block(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        attention: &Attention<'_>,
        mask: Value,
    ) -> Result<Value, ExportError> {
        let named = |name| numbered("", name, attention.layer);
        let names = &self.recipe.weights;
        let change = net.scope("attention", |net| attention.apply(net, x))?;
        let sum = net.graph.add(x, change)?;
        let x = net.norm(sum, &named(names.attention_norm), self.hidden, self.epsilon)?;
        let change = net.scope("feed_forward", |net| {
            let layer = attention.layer;
            self.feed_forward(net, x, layer, mask)
        })?;
        let sum = net.graph.add(x, change)?;
        net.norm(sum, &named(names.output_norm), self.hidden, self.epsilon)
    }

    /// The feed-forward part: two convolutions that see no padding.
    fn feed_forward(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        layer: u64,
        mask: Value,
    ) -> Result<Value, ExportError> {
        let (keys, names) = (&self.recipe.config, &self.recipe.weights);
        let kernel = self.config.size(keys.kernel)?;
        let inner = self.config.size(keys.intermediate_size)?;
        let activation = Activation::of(self.config, keys.activation)?;
        let (widen, narrow) = (
            numbered("", names.intermediate, layer),
            numbered("", names.output, layer),
        );
        let x = net.graph.transpose(x, &[0, 2, 1])?;
        let x = net.graph.mul(x, mask)?;
        let x = net.line(x, &Line::new(&widen, self.hidden, inner).over(kernel, 1))?;
        let x = activation.apply(net, x)?;
        let x = net.graph.mul(x, mask)?;
        let x = net.line(x, &Line::new(&narrow, inner, self.hidden).over(kernel, 1))?;
        let x = net.graph.mul(x, mask)?;
        net.graph.transpose(x, &[0, 2, 1])
    }
}
