//! Stacks of transformer blocks that normalise before each part: what both towers of CLIP and their like are made of.

use super::activation::Activation;
use super::attention::Attention;
use super::cross_attention::attend;
use super::net::{Linear, Net};
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::Value;
use crate::recipe::{TowerLayers, TowerWeights};

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
            intermediate: config.size(keys.intermediate_size)?,
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
                Some(fused) => self.fused(net, &named(fused), &attention, normed)?,
            };
            net.graph.add(change, x)
        })
    }

    /// Attention by one layer for query, key and value, which becomes three when the model is written.
    fn fused(
        &self,
        net: &mut Net<'_, '_>,
        name: &str,
        attention: &Attention,
        x: Value,
    ) -> Result<Value, ExportError> {
        let (matrix, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let queries = third(net, (&matrix, &bias), 0, self.hidden, x)?;
        let keys = third(net, (&matrix, &bias), 1, self.hidden, x)?;
        let values = third(net, (&matrix, &bias), 2, self.hidden, x)?;
        let found = attend(net, [queries, keys, values], self.hidden, self.heads)?;
        net.scope("output", |net| {
            let output = Linear::new(&attention.output, self.hidden, self.hidden);
            net.linear(found, output)
        })
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
    let bias = net.computed(
        &format!("{bias}.{part}"),
        vec![width],
        vec![(bias.to_owned(), vec![3 * width])],
        Box::new(move |tensors: &[Vec<f32>]| tensors[0][start..start + size].to_vec()),
    );
    let product = net.graph.matmul(x, turned)?;
    net.graph.add(product, bias)
}
