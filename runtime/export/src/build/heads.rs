//! Multi-head attention between two sequences (Vaswani et al., 2017, arXiv:1706.03762), whatever dimensions stand before
//! the sequence.

use super::net::{Linear, Net};
use crate::error::ExportError;
use crate::graph::{Axis, Value};

/// One attention layer between two sequences.
#[derive(Debug)]
pub(super) struct Heads {
    /// Names of the projections, full but for `.weight` and `.bias`.
    pub(super) query: String,
    pub(super) key: String,
    pub(super) value: String,
    pub(super) output: String,
    /// Width of what goes in and comes out.
    pub(super) width: u64,
    /// Width of all heads together.
    pub(super) inner: u64,
    /// Number of heads, a divisor of `inner`.
    pub(super) count: u64,
    /// Whether query, key and value have a bias.
    pub(super) has_bias: bool,
}

/// What a layer attends from and to, each `(…, sequence, width)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attended {
    pub(super) query: Value,
    pub(super) key: Value,
    pub(super) value: Value,
}

impl Attended {
    /// A sequence that attends to itself.
    pub(super) const fn itself(x: Value) -> Self {
        Self {
            query: x,
            key: x,
            value: x,
        }
    }
}

impl Heads {
    /// Attends; `biases` are added to the scores `(…, heads, queries, keys)` one after the other.
    pub(super) fn apply(
        &self,
        net: &mut Net<'_, '_>,
        attended: Attended,
        biases: &[Value],
    ) -> Result<Value, ExportError> {
        let query = self.project(net, attended.query, "query", &self.query, false)?;
        let key = self.project(net, attended.key, "key", &self.key, true)?;
        let value = self.project(net, attended.value, "value", &self.value, false)?;
        let graph = &mut net.graph;
        let scores = graph.matmul(query, key)?;
        let root = graph.scalar(((self.inner / self.count) as f64).sqrt());
        let mut scores = graph.div(scores, root)?;
        for &bias in biases {
            scores = graph.add(scores, bias)?;
        }
        let shares = graph.softmax(scores)?;
        let context = graph.matmul(shares, value)?;
        let rank = graph.shape(context).len();
        let context = graph.transpose(context, &exchanged(rank, false))?;
        let mut axes = vec![Axis::Keep; rank - 2];
        axes.push(Axis::Size(self.inner));
        let context = graph.reshape(context, &axes)?;
        net.scope("output", |net| {
            net.linear(context, Linear::new(&self.output, self.inner, self.width))
        })
    }

    /// One of the three projections, split into heads: `(…, heads, sequence, head width)`, or with the last two
    /// exchanged.
    fn project(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
        part: &str,
        name: &str,
        is_turned: bool,
    ) -> Result<Value, ExportError> {
        net.scope(part, |net| {
            let layer = Linear {
                name,
                from: self.width,
                to: self.inner,
                has_bias: self.has_bias,
            };
            let projected = net.linear(x, layer)?;
            let mut axes = vec![Axis::Keep; net.graph.shape(projected).len() - 1];
            axes.push(Axis::Size(self.count));
            axes.push(Axis::Size(self.inner / self.count));
            let split = net.graph.reshape(projected, &axes)?;
            net.graph
                .transpose(split, &exchanged(axes.len(), is_turned))
        })
    }
}

/// The order of dimensions that exchanges the third and the second from the end; `is_turned` also puts what was third
/// from the end last.
fn exchanged(rank: usize, is_turned: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rank).collect();
    order.swap(rank - 3, rank - 2);
    if is_turned {
        order.swap(rank - 2, rank - 1);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::exchanged;

    #[test]
    fn heads_come_before_the_sequence() {
        assert_eq!(exchanged(4, false), [0, 2, 1, 3]);
        assert_eq!(exchanged(4, true), [0, 2, 3, 1]);
        assert_eq!(exchanged(5, true), [0, 1, 3, 4, 2]);
    }
}
