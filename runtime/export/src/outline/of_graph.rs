//! Outlines of graphs that were built and not written: what a checkpoint's configuration alone says of their cost.

use std::collections::BTreeMap;

use super::{Attribute, Axis, ElementType, Graph, Node, Outline, Port, Stored, tensor};
use crate::graph::{self, Data, Dim};
use crate::onnx::OPSET;

impl Outline {
    /// The outline that [`Outline::read`] gives of the graph's file, but for the numbers of small weights.
    pub(crate) fn of(graph: &graph::Graph) -> Self {
        let ports = |values: &[graph::Value]| values.iter().map(|&v| port(graph, v)).collect();
        let node = |node: &graph::Node| Node {
            name: node.name.clone(),
            operator: node.op.to_owned(),
            domain: String::new(),
            inputs: named(graph, &node.inputs),
            outputs: named(graph, &[node.output]),
            attributes: attributes(&node.attributes),
        };
        let stored = |initializer: &graph::Initializer| {
            let name = graph.name(initializer.value).to_owned();
            (name, stored(graph, initializer))
        };
        Self {
            opset: OPSET,
            graph: Graph {
                nodes: graph.nodes.iter().map(node).collect(),
                stored: graph.initializers.iter().map(stored).collect(),
                inputs: ports(&graph.inputs),
                outputs: ports(&graph.outputs),
            },
        }
    }
}

fn named(graph: &graph::Graph, values: &[graph::Value]) -> Vec<String> {
    let names = values.iter().map(|&value| graph.name(value).to_owned());
    names.collect()
}

fn attributes(built: &[(&'static str, graph::Attribute)]) -> BTreeMap<String, Attribute> {
    let attribute = |(name, value): &(&'static str, graph::Attribute)| {
        let value = match value {
            graph::Attribute::Int(number) => Attribute::Integer(*number),
            graph::Attribute::Float(number) => Attribute::Float((*number).into()),
            graph::Attribute::Ints(numbers) => Attribute::Integers(numbers.clone()),
            graph::Attribute::Text(text) => Attribute::Text((*text).to_owned()),
        };
        ((*name).to_owned(), value)
    };
    built.iter().map(attribute).collect()
}

fn element(graph: &graph::Graph, value: graph::Value) -> ElementType {
    // Every type that is built has a code of the standard.
    ElementType::of(graph.element(value).code()).unwrap_or(ElementType::FLOAT32)
}

fn stored(graph: &graph::Graph, initializer: &graph::Initializer) -> Stored {
    let element = element(graph, initializer.value);
    let numbers = match &initializer.data {
        Data::Inline(bytes) => tensor::few(element, initializer.shape.iter().product(), bytes),
        Data::Tensor { .. } | Data::Computed { .. } => None,
    };
    Stored {
        element,
        shape: initializer.shape.clone(),
        numbers,
    }
}

fn port(graph: &graph::Graph, value: graph::Value) -> Port {
    let axis = |dim: &Dim| match dim {
        Dim::Fixed(size) => Axis::Fixed(*size),
        Dim::Symbol(name) => Axis::Named((*name).to_owned()),
    };
    Port {
        name: graph.name(value).to_owned(),
        element: Some(element(graph, value)),
        axes: Some(graph.shape(value).iter().map(axis).collect()),
    }
}
