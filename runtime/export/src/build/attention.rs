//! Multi-head self-attention (Vaswani et al., 2017, arXiv:1706.03762), as encoders use it.

use super::net::{Linear, Net};
use crate::error::ExportError;
use crate::graph::{Axis, Value};

/// One attention layer.
#[derive(Debug)]
pub(super) struct Attention {
    /// Names of the projections, full but for `.weight` and `.bias`.
    pub(super) query: String,
    pub(super) key: String,
    pub(super) value: String,
    pub(super) output: String,
    /// Width of a hidden state.
    pub(super) width: u64,
    /// Number of heads, a divisor of `width`.
    pub(super) heads: u64,
    /// Whether query, key and value have a bias.
    pub(super) has_bias: bool,
    /// What is added to the scores, broadcast to `(batch, heads, sequence, sequence)`.
    pub(super) bias: Option<Value>,
}

impl Attention {
    /// Attends `(batch, sequence, width)` to itself.
    pub(super) fn apply(&self, net: &mut Net<'_, '_>, x: Value) -> Result<Value, ExportError> {
        let query = self.project(net, x, "query", &self.query, &[0, 2, 1, 3])?;
        let key = self.project(net, x, "key", &self.key, &[0, 2, 3, 1])?;
        let value = self.project(net, x, "value", &self.value, &[0, 2, 1, 3])?;
        let graph = &mut net.graph;
        let scores = graph.matmul(query, key)?;
        let root = graph.scalar((self.head_width() as f64).sqrt());
        let mut scores = graph.div(scores, root)?;
        if let Some(bias) = self.bias {
            scores = graph.add(scores, bias)?;
        }
        let shares = graph.softmax(scores)?;
        let context = graph.matmul(shares, value)?;
        let context = graph.transpose(context, &[0, 2, 1, 3])?;
        let context = graph.reshape(context, &[Axis::Keep, Axis::Keep, Axis::Size(self.width)])?;
        net.scope("output", |net| {
            net.linear(context, Linear::new(&self.output, self.width, self.width))
        })
    }

    /// One of the three projections, split into heads.
    fn project(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        part: &str,
        name: &str,
        order: &[usize],
    ) -> Result<Value, ExportError> {
        net.scope(part, |net| {
            let layer = Linear {
                name,
                from: self.width,
                to: self.width,
                has_bias: self.has_bias,
            };
            let projected = net.linear(x, layer)?;
            let heads = [
                Axis::Keep,
                Axis::Keep,
                Axis::Size(self.heads),
                Axis::Size(self.head_width()),
            ];
            let split = net.graph.reshape(projected, &heads)?;
            net.graph.transpose(split, order)
        })
    }

    fn head_width(&self) -> u64 {
        self.width / self.heads
    }
}
