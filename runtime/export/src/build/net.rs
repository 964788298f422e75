//! A graph under construction together with the weights it asks for: the layers all architectures
//! share.

use super::Form;
use crate::error::ExportError;
use crate::graph::{Compute, Element, Graph, Layout, Value};
use crate::weights::Weights;

/// A graph and the weights it asks for.
pub(super) struct Net<'n, 'w> {
    pub(super) graph: Graph,
    pub(super) weights: &'n mut Weights<'w>,
}

/// A linear layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linear<'a> {
    /// Name of its weights without `.weight`.
    pub(super) name: &'a str,
    /// Width of what goes in.
    pub(super) from: u64,
    /// Width of what comes out.
    pub(super) to: u64,
    /// Whether it adds a bias.
    pub(super) has_bias: bool,
}

impl<'a> Linear<'a> {
    /// A linear layer with a bias.
    pub(super) fn new(name: &'a str, from: u64, to: u64) -> Self {
        Self {
            name,
            from,
            to,
            has_bias: true,
        }
    }
}

impl<'n, 'w> Net<'n, 'w> {
    /// An empty graph in a form.
    pub(super) fn new(form: Form, weights: &'n mut Weights<'w>) -> Self {
        Self {
            graph: Graph::bound(form.float, form.bindings),
            weights,
        }
    }

    /// The finished graph, without what no output needs.
    pub(super) fn finish(mut self) -> Graph {
        self.graph.sweep();
        self.graph
    }

    /// Builds a part whose nodes' names begin with `part`.
    pub(super) fn scope<T>(
        &mut self,
        part: &str,
        build: impl FnOnce(&mut Self) -> Result<T, ExportError>,
    ) -> Result<T, ExportError> {
        self.graph.enter(part);
        let built = build(self);
        self.graph.leave();
        built
    }

    /// A tensor of the checkpoint by its full name.
    pub(super) fn tensor(&mut self, name: &str, shape: &[u64]) -> Value {
        self.weights.require(name, shape);
        self.graph.tensor(name, shape, Layout::AsStored)
    }

    /// A table computed from tensors of the checkpoint, which are named with their shapes.
    pub(super) fn computed(
        &mut self,
        label: &str,
        shape: Vec<u64>,
        from: Vec<(String, Vec<u64>)>,
        compute: Compute,
    ) -> Value {
        for (name, shape) in &from {
            self.weights.require(name, shape);
        }
        let from = from.into_iter().map(|(name, _)| name).collect();
        self.graph.computed(label, shape, from, compute)
    }

    /// A linear layer over the last dimension.
    pub(super) fn linear(&mut self, x: Value, layer: Linear<'_>) -> Result<Value, ExportError> {
        let Linear {
            name,
            from,
            to,
            has_bias,
        } = layer;
        let weight = format!("{name}.weight");
        self.weights.require(&weight, &[to, from]);
        let weight = self.graph.tensor(&weight, &[to, from], Layout::Transposed);
        let product = self.graph.matmul(x, weight)?;
        if !has_bias {
            return Ok(product);
        }
        let bias = self.tensor(&format!("{name}.bias"), &[to]);
        self.graph.add(product, bias)
    }

    /// A linear layer with a bias over rows `(m, k)`.
    pub(super) fn rows(
        &mut self,
        x: Value,
        name: &str,
        from: u64,
        to: u64,
    ) -> Result<Value, ExportError> {
        let weight = self.tensor(&format!("{name}.weight"), &[to, from]);
        let bias = self.tensor(&format!("{name}.bias"), &[to]);
        self.graph.gemm(x, weight, bias)
    }

    /// Layer normalisation; older checkpoints call weight and bias gamma and beta.
    pub(super) fn norm(
        &mut self,
        x: Value,
        name: &str,
        width: u64,
        epsilon: f32,
    ) -> Result<Value, ExportError> {
        let weight = self.renamed(name, "weight", "gamma");
        let bias = self.renamed(name, "bias", "beta");
        let weight = self.tensor(&weight, &[width]);
        let bias = self.tensor(&bias, &[width]);
        self.graph.layer_norm(x, weight, bias, epsilon)
    }

    /// Makes a value an output, in single precision whatever the graph computes in.
    pub(super) fn output(&mut self, name: &str, value: Value) {
        let value = self.graph.cast(value, Element::Float32);
        self.graph.output(name, value);
    }

    fn renamed(&self, name: &str, modern: &str, old: &str) -> String {
        let modern = format!("{name}.{modern}");
        let old = format!("{name}.{old}");
        if !self.weights.contains(&modern) && self.weights.contains(&old) {
            old
        } else {
            modern
        }
    }
}

/// A block's weight name: `{layer}` stands for its number.
pub(super) fn numbered(prefix: &str, name: &str, layer: u64) -> String {
    format!("{prefix}{}", name.replace("{layer}", &layer.to_string()))
}
