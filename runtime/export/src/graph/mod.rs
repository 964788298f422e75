//! A typed ONNX graph under construction: every value knows its element type and symbolic shape.

mod along;
mod bindings;
mod choose;
mod constant;
mod convolution;
mod deconvolution;
mod elementwise;
mod functions;
mod group;
mod join;
mod layout;
mod linear;
mod listing;
mod mean;
mod places;
mod reduce;
mod sampling;
mod shape;
mod spatial;
mod sweep;

use std::collections::{BTreeMap, HashMap};

pub(crate) use bindings::{Bindings, parts_of};
pub(crate) use constant::{Compute, Data, Initializer, Layout};
pub(crate) use convolution::Stride;
pub(crate) use layout::Axis;
pub(crate) use reduce::Reduction;
pub(crate) use shape::{Dim, Element};
pub(crate) use spatial::Sliding;

use crate::error::ExportError;

/// A value of the graph: an input, an initializer or a node's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Value(usize);

/// What is known of a value.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) name: String,
    pub(crate) element: Element,
    pub(crate) shape: Vec<Dim>,
}

/// One operator with its operands.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) op: &'static str,
    pub(crate) inputs: Vec<Value>,
    pub(crate) output: Value,
    pub(crate) attributes: Vec<(&'static str, Attribute)>,
}

/// The value of a node's attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Attribute {
    Int(i64),
    Float(f32),
    Ints(Vec<i64>),
    Text(&'static str),
}

/// A graph under construction; nodes stand in the order of execution.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) values: Vec<Slot>,
    pub(crate) inputs: Vec<Value>,
    pub(crate) outputs: Vec<Value>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) initializers: Vec<Initializer>,
    /// Names of the axes that inputs and outputs would have unbound, by the names of those.
    pub(crate) bound_axes: Vec<(String, String)>,
    /// The most that axes can count: tables cut to an axis are no longer.
    longest: BTreeMap<&'static str, u64>,
    float: Element,
    bindings: Bindings,
    /// Integers known while the graph is built, so that arithmetic on lengths leaves no nodes.
    integers: HashMap<Value, Vec<i64>>,
    scope: Vec<String>,
    names: HashMap<String, usize>,
    interned: HashMap<String, Value>,
    lengths: HashMap<(Value, usize), Value>,
}

impl Graph {
    /// An empty graph whose floating-point arithmetic is in `float`, with symbolic axes.
    #[cfg(test)]
    pub(crate) fn new(float: Element) -> Self {
        Self::bound(float, Bindings::default())
    }

    /// An empty graph whose floating-point arithmetic is in `float`; the axes of its inputs are as long as `bindings` says.
    pub(crate) fn bound(float: Element, bindings: Bindings) -> Self {
        Self {
            bound_axes: Vec::new(),
            longest: BTreeMap::new(),
            bindings,
            integers: HashMap::new(),
            values: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            nodes: Vec::new(),
            initializers: Vec::new(),
            float,
            scope: Vec::new(),
            names: HashMap::new(),
            interned: HashMap::new(),
            lengths: HashMap::new(),
        }
    }

    /// The element type of the graph's floating-point arithmetic.
    pub(crate) fn float(&self) -> Element {
        self.float
    }

    /// Element type of a value.
    pub(crate) fn element(&self, value: Value) -> Element {
        self.values[value.0].element
    }

    /// Shape of a value.
    pub(crate) fn shape(&self, value: Value) -> &[Dim] {
        &self.values[value.0].shape
    }

    /// Name of a value.
    pub(crate) fn name(&self, value: Value) -> &str {
        &self.values[value.0].name
    }

    /// Adds an input.
    pub(crate) fn input(&mut self, name: &str, element: Element, shape: Vec<Dim>) -> Value {
        let shape = shape.into_iter().map(|dim| self.bindings.bind(dim));
        let value = self.add_value(name.to_owned(), element, shape.collect());
        self.inputs.push(value);
        value
    }

    /// Makes a computed value an output of that name.
    pub(crate) fn output(&mut self, name: &str, value: Value) {
        name.clone_into(&mut self.values[value.0].name);
        self.outputs.push(value);
    }

    /// Opens a level of the path that the names of nodes begin with.
    pub(crate) fn enter(&mut self, part: &str) {
        self.scope.push(part.to_owned());
    }

    /// Closes the innermost level of the path.
    pub(crate) fn leave(&mut self) {
        self.scope.pop();
    }

    fn add_value(&mut self, name: String, element: Element, shape: Vec<Dim>) -> Value {
        self.values.push(Slot {
            name,
            element,
            shape,
        });
        Value(self.values.len() - 1)
    }

    /// Adds a node whose output's type has been derived already.
    fn add_node(
        &mut self,
        op: &'static str,
        inputs: &[Value],
        attributes: Vec<(&'static str, Attribute)>,
        element: Element,
        shape: Vec<Dim>,
    ) -> Value {
        let path = self.node_path(op);
        let seen = self.names.entry(path.clone()).or_default();
        let name = if *seen == 0 {
            path
        } else {
            format!("{path}_{seen}")
        };
        *seen += 1;
        let output = self.add_value(format!("{name}_output"), element, shape);
        self.nodes.push(Node {
            name,
            op,
            inputs: inputs.to_vec(),
            output,
            attributes,
        });
        output
    }

    fn node_path(&self, op: &str) -> String {
        let mut path = String::new();
        for part in &self.scope {
            path.push('/');
            path.push_str(part);
        }
        path.push('/');
        path.push_str(op);
        path
    }

    /// The error of an operator whose operands do not go together.
    fn mismatch(
        &self,
        op: &'static str,
        operands: &[Value],
        reason: impl Into<String>,
    ) -> ExportError {
        let operands: Vec<String> = operands.iter().map(|&value| self.describe(value)).collect();
        ExportError::Graph {
            node: self.node_path(op),
            op,
            operands: operands.join(", "),
            reason: reason.into(),
        }
    }

    /// Fails unless all operands have the same element type.
    fn same_element(&self, op: &'static str, operands: &[Value]) -> Result<Element, ExportError> {
        let first = self.element(operands[0]);
        if operands.iter().all(|&value| self.element(value) == first) {
            Ok(first)
        } else {
            Err(self.mismatch(op, operands, "element types differ"))
        }
    }
}

#[cfg(test)]
mod tests;
