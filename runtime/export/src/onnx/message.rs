//! Translation of a graph into ONNX's messages.

use super::proto;
use crate::graph::{Attribute, Dim, Graph, Initializer, Node, Value};

/// IR version: 8 goes with opset 18, and every runtime from 2022 on reads it.
const IR_VERSION: i64 = 8;
/// Operator set: 17 brings `LayerNormalization`, 18 is what hub exports use and what every provider
/// knows.
pub(crate) const OPSET: i64 = 18;

/// What the names of metadata about axes begin with; the name of an input or output follows.
pub(super) const AXES: &str = "axes.";

/// The model around a graph. Where axes were bound to numbers, the metadata `axes.<input or output>` keeps their names,
/// separated by commas, with nothing in place of an axis that never had one.
pub(super) fn model(graph: &Graph) -> proto::Model {
    let axes = |(outlet, names): &(String, String)| proto::StringPair {
        key: format!("{AXES}{outlet}"),
        value: names.clone(),
    };
    proto::Model {
        ir_version: IR_VERSION,
        producer_name: "assay".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        opset_import: vec![proto::OperatorSet {
            domain: String::new(),
            version: OPSET,
        }],
        metadata_props: graph.bound_axes.iter().map(axes).collect(),
    }
}

/// A graph without its initializers; the types of all values go along.
pub(super) fn graph(graph: &Graph) -> proto::Graph {
    let infos = |values: &[Value]| {
        values
            .iter()
            .map(|&value| value_info(graph, value))
            .collect()
    };
    let inner = graph.nodes.iter().map(|node| node.output);
    let inner: Vec<Value> = inner
        .filter(|value| !graph.outputs.contains(value))
        .collect();
    proto::Graph {
        node: graph.nodes.iter().map(|each| node(graph, each)).collect(),
        name: "main".to_owned(),
        input: infos(&graph.inputs),
        output: infos(&graph.outputs),
        value_info: infos(&inner),
    }
}

/// An initializer without its data.
pub(super) fn tensor(graph: &Graph, initializer: &Initializer) -> proto::Tensor {
    proto::Tensor {
        dims: initializer.shape.iter().map(|&size| size as i64).collect(),
        data_type: graph.element(initializer.value).code(),
        name: graph.name(initializer.value).to_owned(),
        external_data: vec![],
        data_location: None,
    }
}

/// Points an initializer at its data in another file of the same folder.
pub(super) fn move_out(tensor: &mut proto::Tensor, location: &str, offset: u64, length: u64) {
    let pair = |key: &str, value: String| proto::StringPair {
        key: key.to_owned(),
        value,
    };
    tensor.data_location = Some(proto::EXTERNAL);
    tensor.external_data = vec![
        pair("location", location.to_owned()),
        pair("offset", offset.to_string()),
        pair("length", length.to_string()),
    ];
}

fn node(graph: &Graph, node: &Node) -> proto::Node {
    let attribute = |(name, value): &(&'static str, Attribute)| attribute(name, value);
    proto::Node {
        input: node
            .inputs
            .iter()
            .map(|&value| graph.name(value).to_owned())
            .collect(),
        output: vec![graph.name(node.output).to_owned()],
        name: node.name.clone(),
        op_type: node.op.to_owned(),
        attribute: node.attributes.iter().map(attribute).collect(),
    }
}

fn attribute(name: &str, value: &Attribute) -> proto::Attribute {
    let mut message = proto::Attribute {
        name: name.to_owned(),
        ..proto::Attribute::default()
    };
    match value {
        Attribute::Float(number) => {
            message.r#type = proto::ATTRIBUTE_FLOAT;
            message.f = Some(*number);
        }
        Attribute::Int(number) => {
            message.r#type = proto::ATTRIBUTE_INT;
            message.i = Some(*number);
        }
        Attribute::Ints(numbers) => {
            message.r#type = proto::ATTRIBUTE_INTS;
            message.ints.clone_from(numbers);
        }
        Attribute::Text(text) => {
            message.r#type = proto::ATTRIBUTE_STRING;
            message.s = Some(text.as_bytes().to_vec());
        }
    }
    message
}

fn value_info(graph: &Graph, value: Value) -> proto::ValueInfo {
    let dim = |dim: &Dim| proto::Dimension {
        value: Some(match dim {
            Dim::Fixed(size) => proto::Extent::Value(*size as i64),
            Dim::Symbol(name) => proto::Extent::Param((*name).to_owned()),
        }),
    };
    let shape = proto::TensorShape {
        dim: graph.shape(value).iter().map(dim).collect(),
    };
    let tensor_type = proto::TensorType {
        elem_type: graph.element(value).code(),
        shape: Some(shape),
    };
    proto::ValueInfo {
        name: graph.name(value).to_owned(),
        r#type: Some(proto::Type {
            tensor_type: Some(tensor_type),
        }),
    }
}
