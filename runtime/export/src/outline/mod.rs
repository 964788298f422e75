//! ONNX files without their weights: nodes, attributes, and what is known of inputs, outputs and stored tensors.

mod element;
mod numbers;
mod of_graph;
mod read;
mod tensor;
mod wire;

use std::collections::BTreeMap;
use std::path::Path;

pub use element::ElementType;
pub use numbers::Numbers;

use crate::checkpoint;
use crate::error::ExportError;

/// An ONNX model without its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Version of the standard operators.
    pub opset: i64,
    /// The graph.
    pub graph: Graph,
}

/// A graph, or a branch of one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    /// Nodes in the order of execution.
    pub nodes: Vec<Node>,
    /// Stored tensors by their names.
    pub stored: BTreeMap<String, Stored>,
    /// Inputs that a caller gives; stored tensors are none, even where a file lists them as inputs with a default.
    pub inputs: Vec<Port>,
    /// Outputs.
    pub outputs: Vec<Port>,
}

/// One operator with its operands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Node {
    /// Its name; empty where the file gives it none.
    pub name: String,
    /// Operator.
    pub operator: String,
    /// What set of operators it is of; empty for the standard's.
    pub domain: String,
    /// Names of its operands; empty where one is left out.
    pub inputs: Vec<String>,
    /// Names of what it gives; empty where nobody wants it.
    pub outputs: Vec<String>,
    /// Attributes by their names.
    pub attributes: BTreeMap<String, Attribute>,
}

/// The value of a node's attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    /// An integer.
    Integer(i64),
    /// Integers.
    Integers(Vec<i64>),
    /// A float.
    Float(f64),
    /// Floats.
    Floats(Vec<f64>),
    /// A text.
    Text(String),
    /// A tensor.
    Tensor(Stored),
    /// A graph, as the branches of an `If` are.
    Graph(Graph),
    /// Something that no operator known here has.
    Other,
}

/// A tensor that the file, or one beside it, holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// What its elements are.
    pub element: ElementType,
    /// Size of each axis.
    pub shape: Vec<u64>,
    /// Its numbers, where they are few and stand in the file itself.
    pub numbers: Option<Numbers>,
}

/// An input or output of a graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// What its elements are; `None` where the file does not say or it is no tensor.
    pub element: Option<ElementType>,
    /// Each axis; `None` where the file does not say how many there are.
    pub axes: Option<Vec<Axis>>,
}

/// An axis of an input or output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Axis {
    /// Of this length.
    Fixed(u64),
    /// Of a length that the caller chooses; by its name, which may be a sum of names.
    Named(String),
    /// Of any length.
    Free,
}

impl Outline {
    /// Reads a model's nodes and the shapes of its weights. Weights are passed over: of a file of any size, only the pages
    /// between them are touched.
    ///
    /// # Errors
    /// A file that cannot be mapped, or that is not a whole ONNX model.
    pub fn read(path: &Path) -> Result<Self, ExportError> {
        let bytes = checkpoint::map(path)?;
        Self::parse(&bytes).map_err(|reason| ExportError::Onnx {
            path: path.to_owned(),
            reason,
        })
    }

    /// The same from a model's bytes.
    ///
    /// # Errors
    /// What is wrong, where they are not a whole ONNX model.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        read::model(bytes)
    }
}

/// The number of elements of a shape, where 64 bits can count their bits and those of any part of its axes.
pub(crate) fn countable(shape: &[u64], element: ElementType) -> Option<u64> {
    // An empty tensor may have vast axes beside the empty one.
    let mut sizes = shape.iter().map(|&size| size.max(1));
    sizes.try_fold(element.bits().max(8), u64::checked_mul)?;
    Some(shape.iter().product())
}

impl Node {
    /// Its name, or what stands for it: the first value that it gives.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() {
            self.outputs.first().map_or("", String::as_str)
        } else {
            &self.name
        }
    }

    /// The integer of that name.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.attributes.get(name)? {
            Attribute::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The integers of that name.
    #[must_use]
    pub fn integers(&self, name: &str) -> Option<&[i64]> {
        match self.attributes.get(name)? {
            Attribute::Integers(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// The text of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name)? {
            Attribute::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The graph of that name.
    #[must_use]
    pub fn graph(&self, name: &str) -> Option<&Graph> {
        match self.attributes.get(name)? {
            Attribute::Graph(graph) => Some(graph),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
