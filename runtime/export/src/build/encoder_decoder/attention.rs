//! Multi-head attention of one sequence to itself or to another, with keys and values that may come
//! from a cache.

use super::sizes::{Model, Stack};
use crate::build::net::{Linear, Net};
use crate::error::ExportError;
use crate::graph::{Axis, Value};
use crate::recipe::{AttentionWeights, StackBiases};

/// An attention layer of a block.
pub(super) struct Attention<'m> {
    pub(super) model: &'m Model<'m>,
    pub(super) stack: &'m Stack,
    pub(super) names: &'m AttentionWeights,
    pub(super) layer: u64,
}

/// Keys and values, each `(batch, heads, length, head width)`.
#[derive(Clone, Copy)]
pub(super) struct Memory {
    pub(super) key: Value,
    pub(super) value: Value,
}

impl Attention<'_> {
    /// Keys and values of `(batch, length, width)`.
    pub(super) fn memory(&self, net: &mut Net<'_, '_>, x: Value) -> Result<Memory, ExportError> {
        let has_bias = self.model.recipe.biases != StackBiases::Absent;
        let has_key_bias = self.model.recipe.biases == StackBiases::All;
        Ok(Memory {
            key: self.project(net, x, "key", self.names.key, has_key_bias)?,
            value: self.project(net, x, "value", self.names.value, has_bias)?,
        })
    }

    /// Attends `(batch, length, width)` to the memory; the bias is broadcast to `(batch, heads,
    /// length, memory length)`.
    pub(super) fn attend(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        memory: Memory,
        bias: Option<Value>,
    ) -> Result<Value, ExportError> {
        let Self { model, stack, .. } = *self;
        let has_bias = model.recipe.biases != StackBiases::Absent;
        let query = self.project(net, x, "query", self.names.query, has_bias)?;
        let graph = &mut net.graph;
        let key = graph.transpose(memory.key, &[0, 1, 3, 2])?;
        let mut scores = graph.matmul(query, key)?;
        if model.recipe.scales_scores {
            let root = graph.scalar((stack.head_width as f64).sqrt());
            scores = graph.div(scores, root)?;
        }
        if let Some(bias) = bias {
            scores = graph.add(scores, bias)?;
        }
        let shares = graph.softmax(scores)?;
        let context = graph.matmul(shares, memory.value)?;
        let context = graph.transpose(context, &[0, 2, 1, 3])?;
        let inner = stack.heads * stack.head_width;
        let context = graph.reshape(context, &[Axis::Keep, Axis::Keep, Axis::Size(inner)])?;
        let name = stack.numbered(model.prefix, self.names.output, self.layer);
        net.scope("output", |net| {
            let layer = Linear {
                name: &name,
                from: inner,
                to: model.width,
                has_bias,
            };
            net.linear(context, layer)
        })
    }

    /// One of the three projections, split into heads.
    fn project(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        part: &str,
        name: &str,
        has_bias: bool,
    ) -> Result<Value, ExportError> {
        let Stack {
            heads, head_width, ..
        } = *self.stack;
        let name = self.stack.numbered(self.model.prefix, name, self.layer);
        net.scope(part, |net| {
            let layer = Linear {
                name: &name,
                from: self.model.width,
                to: heads * head_width,
                has_bias,
            };
            let projected = net.linear(x, layer)?;
            let split = [
                Axis::Keep,
                Axis::Keep,
                Axis::Size(heads),
                Axis::Size(head_width),
            ];
            let split = net.graph.reshape(projected, &split)?;
            net.graph.transpose(split, &[0, 2, 1, 3])
        })
    }
}
