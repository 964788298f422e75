//! Stacks of transformer blocks that normalise before each part: what both towers of CLIP and their like are made of.

use super::activation::Activation;
use super::attention::Attention;
use super::cross_attention::attend_with;
use super::net::{Linear, Net};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Dim, Value};
use crate::recipe::{ExtraKey, FusedLayer, TowerLayers, TowerWeights};

/// A stack of blocks with its sizes.
pub(super) struct Layers<'a> {
    prefix: &'static str,
    weights: &'a TowerWeights,
    /// Width of a hidden state.
    pub(super) hidden: u64,
    /// Number of blocks.
    pub(super) count: u64,
    heads: u64,
    intermediate: u64,
    /// Epsilon of layer normalisation.
    pub(super) epsilon: f32,
    activation: Activation,
}

impl<'a> Layers<'a> {
    /// Reads the sizes from the section of config.json that the recipe's keys belong to.
    pub(super) fn new(recipe: &'a TowerLayers, config: &Config) -> Result<Self, ExportError> {
        let keys = &recipe.config;
        let hidden = config.size(keys.hidden_size)?;
        Ok(Self {
            prefix: recipe.prefix,
            weights: &recipe.weights,
            hidden,
            count: config.layers(keys.layers)?,
            heads: config.divisor(keys.heads, hidden)?,
            intermediate: config.feed_forward(keys.feed_forward, hidden)?,
            epsilon: config.epsilon(keys.norm_eps)?,
            activation: Activation::of(config, keys.activation)?,
        })
    }

    /// All blocks over `(batch, sequence, hidden)`; `bias` is added to the scores of attention.
    pub(super) fn apply(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        bias: Option<Value>,
    ) -> Result<Value, ExportError> {
        let mut hidden = x;
        for layer in 0..self.count {
            hidden = self.block(net, layer, hidden, bias)?;
        }
        Ok(hidden)
    }

    /// The states after each of these numbers of blocks, in their order; 0 gives what goes in.
    pub(super) fn after(
        &self,
        net: &mut Net<'_, '_>,
        counts: &[u64],
        x: Value,
    ) -> Result<Vec<Value>, ExportError> {
        let mut hidden = x;
        let mut states = vec![x; counts.len()];
        let last = counts.iter().max().map_or(0, |most| self.count.min(*most));
        for layer in 0..last {
            hidden = self.block(net, layer, hidden, None)?;
            for (state, _) in states
                .iter_mut()
                .zip(counts)
                .filter(|(_, count)| **count == layer + 1)
            {
                *state = hidden;
            }
        }
        Ok(states)
    }

    fn block(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        x: Value,
        bias: Option<Value>,
    ) -> Result<Value, ExportError> {
        net.scope(&format!("layer.{layer}"), |net| {
            let attended = self.attend(net, layer, x, bias)?;
            self.feed_forward(net, layer, attended)
        })
    }

    /// Normalisation, attention and residual sum of a block.
    pub(super) fn attend(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        x: Value,
        bias: Option<Value>,
    ) -> Result<Value, ExportError> {
        let named = |name| self.named(layer, name);
        let attention = Attention {
            query: named(self.weights.query),
            key: named(self.weights.key),
            value: named(self.weights.value),
            output: named(self.weights.attention_output),
            width: self.hidden,
            heads: self.heads,
            has_bias: true,
            bias,
        };
        net.scope("attention", |net| {
            let norm = named(self.weights.norm_before);
            let normed = net.norm(x, &norm, self.hidden, self.epsilon)?;
            let change = match self.weights.fused {
                None => attention.apply(net, normed)?,
                Some(fused) => self.fused(net, layer, &fused, &attention, normed)?,
            };
            net.graph.add(change, x)
        })
    }

    /// Attention by one layer for query, key and value, which becomes three when the model is written.
    fn fused(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        fused: &FusedLayer,
        attention: &Attention,
        x: Value,
    ) -> Result<Value, ExportError> {
        let [matrix, bias] = [fused.matrix, fused.bias].map(|name| self.named(layer, name));
        let stored = (matrix.as_str(), bias.as_str());
        let queries = third(net, stored, 0, self.hidden, x)?;
        let [keys, values] = match fused.extra {
            None => [
                third(net, stored, 1, self.hidden, x)?,
                third(net, stored, 2, self.hidden, x)?,
            ],
            Some(ExtraKey { key, value }) => [
                self.extended(net, stored, 1, &self.named(layer, key), x)?,
                self.extended(net, stored, 2, &self.named(layer, value), x)?,
            ],
        };
        let all = [queries, keys, values];
        let found = attend_with(net, all, self.hidden, self.heads, attention.bias)?;
        net.scope("output", |net| {
            let output = Linear::new(&attention.output, self.hidden, self.hidden);
            net.linear(found, output)
        })
    }

    /// Keys or values of a sequence of fixed length with the block's own after them: room is made behind the products,
    /// and one table adds the bias to those of the tokens and puts the block's own into the room.
    fn extended(
        &self,
        net: &mut Net<'_, '_>,
        (matrix, bias): (&str, &str),
        part: u64,
        own: &str,
        x: Value,
    ) -> Result<Value, ExportError> {
        let product = product_of_third(net, matrix, part, self.hidden, x)?;
        let product = net.graph.pad_after(product, 1, 1)?;
        let &[_, Dim::Fixed(length), _] = net.graph.shape(product) else {
            return Ok(product);
        };
        let width = self.hidden as usize;
        let start = part as usize * width;
        let table = net.computed(
            &format!("{own}.table"),
            vec![1, length, self.hidden],
            vec![
                (bias.to_owned(), vec![3 * self.hidden]),
                (own.to_owned(), vec![1, 1, self.hidden]),
            ],
            Box::new(move |tensors: &[Vec<f32>]| {
                let mut table = tensors[0][start..start + width].repeat(length as usize - 1);
                table.extend(&tensors[1]);
                table
            }),
        );
        net.graph.add(product, table)
    }

    /// Normalisation, feed-forward part and residual sum of a block.
    pub(super) fn feed_forward(
        &self,
        net: &mut Net<'_, '_>,
        layer: u64,
        x: Value,
    ) -> Result<Value, ExportError> {
        let named = |name| self.named(layer, name);
        net.scope("feed_forward", |net| {
            let norm = named(self.weights.norm_after);
            let normed = net.norm(x, &norm, self.hidden, self.epsilon)?;
            let widen = named(self.weights.intermediate);
            let narrow = named(self.weights.output);
            let change = self.widen_and_narrow(net, normed, &widen, &narrow)?;
            net.graph.add(change, x)
        })
    }

    /// Two linear layers of these names with the stack's activation between them.
    pub(super) fn widen_and_narrow(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        widen: &str,
        narrow: &str,
    ) -> Result<Value, ExportError> {
        let inner = net.linear(x, Linear::new(widen, self.hidden, self.intermediate))?;
        let inner = self.activation.apply(net, inner)?;
        net.linear(inner, Linear::new(narrow, self.intermediate, self.hidden))
    }

    /// Attention of a sequence to itself with other weights and the stack's heads.
    pub(super) fn attention(&self, [query, key, value, output]: [String; 4]) -> Attention {
        Attention {
            query,
            key,
            value,
            output,
            width: self.hidden,
            heads: self.heads,
            has_bias: true,
            bias: None,
        }
    }

    /// The full name of a block's weight.
    pub(super) fn named(&self, layer: u64, name: &str) -> String {
        format!(
            "{}{name}",
            self.prefix.replace("{layer}", &layer.to_string())
        )
    }

    /// Number of attention heads.
    pub(super) const fn heads(&self) -> u64 {
        self.heads
    }
}

/// One of the three linear layers that the checkpoint stores as a matrix `(3 width, width)` and a
/// bias `(3 width)`.
pub(super) fn third(
    net: &mut Net<'_, '_>,
    (matrix, bias): (&str, &str),
    part: u64,
    width: u64,
    x: Value,
) -> Result<Value, ExportError> {
    let product = product_of_third(net, matrix, part, width, x)?;
    let size = width as usize;
    let start = part as usize * size;
    let bias = net.computed(
        &format!("{bias}.{part}"),
        vec![width],
        vec![(bias.to_owned(), vec![3 * width])],
        Box::new(move |tensors: &[Vec<f32>]| tensors[0][start..start + size].to_vec()),
    );
    net.graph.add(product, bias)
}

/// The same without the bias.
fn product_of_third(
    net: &mut Net<'_, '_>,
    matrix: &str,
    part: u64,
    width: u64,
    x: Value,
) -> Result<Value, ExportError> {
    let size = width as usize;
    let start = part as usize * size;
    let turned = net.computed(
        &format!("{matrix}.{part}.transposed"),
        vec![width, width],
        vec![(matrix.to_owned(), vec![3 * width, width])],
        Box::new(move |tensors: &[Vec<f32>]| {
            let element = |place: usize| {
                let (from, to) = (place / size, place % size);
                tensors[0][(start + to) * size + from]
            };
            (0..size * size).map(element).collect()
        }),
    );
    net.graph.matmul(x, turned)
}
