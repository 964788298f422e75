//! Reads what an export wrote, by message definitions of its own.

use std::collections::BTreeMap;
use std::path::Path;

use prost::Message;

/// `ModelProto`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Model {
    #[prost(int64, tag = "1")]
    pub(crate) ir_version: i64,
    #[prost(message, optional, tag = "7")]
    pub(crate) graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) opset_import: Vec<Opset>,
}

/// `OperatorSetIdProto`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Opset {
    #[prost(int64, tag = "2")]
    pub(crate) version: i64,
}

/// `GraphProto`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Graph {
    #[prost(message, repeated, tag = "1")]
    pub(crate) node: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) initializer: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) input: Vec<Named>,
    #[prost(message, repeated, tag = "12")]
    pub(crate) output: Vec<Named>,
    #[prost(message, repeated, tag = "13")]
    pub(crate) value_info: Vec<Named>,
}

/// `NodeProto`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Node {
    #[prost(string, repeated, tag = "1")]
    pub(crate) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) output: Vec<String>,
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    #[prost(string, tag = "4")]
    pub(crate) op_type: String,
}

/// `ValueInfoProto`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Named {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) r#type: Option<Type>,
}

/// `TypeProto`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Type {
    #[prost(message, optional, tag = "1")]
    pub(crate) tensor: Option<TensorType>,
}

/// `TypeProto.Tensor`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorType {
    #[prost(int32, tag = "1")]
    pub(crate) element: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) shape: Option<Shape>,
}

/// `TensorShapeProto`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Shape {
    #[prost(message, repeated, tag = "1")]
    pub(crate) dim: Vec<Dimension>,
}

/// `TensorShapeProto.Dimension`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Dimension {
    #[prost(int64, optional, tag = "1")]
    pub(crate) value: Option<i64>,
    #[prost(string, optional, tag = "2")]
    pub(crate) name: Option<String>,
}

/// `TensorProto`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Tensor {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub(crate) dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub(crate) data_type: i32,
    #[prost(string, tag = "8")]
    pub(crate) name: String,
    #[prost(bytes = "vec", optional, tag = "9")]
    pub(crate) raw_data: Option<Vec<u8>>,
    #[prost(message, repeated, tag = "13")]
    pub(crate) external_data: Vec<Pair>,
    #[prost(int32, tag = "14")]
    pub(crate) data_location: i32,
}

/// `StringStringEntryProto`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Pair {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

/// An initializer with its bytes, wherever they stood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Initializer {
    pub(crate) dims: Vec<i64>,
    pub(crate) data_type: i32,
    pub(crate) bytes: Vec<u8>,
    /// Where in the data file they stood.
    pub(crate) offset: Option<usize>,
}

/// Reads a model.
pub(crate) fn read(path: &Path) -> Model {
    Model::decode(std::fs::read(path).unwrap().as_slice()).unwrap()
}

/// The initializers of a model at `path`, by name.
pub(crate) fn initializers(path: &Path) -> BTreeMap<String, Initializer> {
    let graph = read(path).graph.unwrap();
    let initializer = |tensor: Tensor| {
        let entry = |key: &str| {
            let pair = tensor
                .external_data
                .iter()
                .find(|pair| pair.key == key)
                .unwrap();
            pair.value.clone()
        };
        let (bytes, offset) = if tensor.data_location == 1 {
            let data = std::fs::read(path.with_file_name(entry("location"))).unwrap();
            let offset: usize = entry("offset").parse().unwrap();
            let length: usize = entry("length").parse().unwrap();
            (data[offset..offset + length].to_vec(), Some(offset))
        } else {
            (tensor.raw_data.unwrap(), None)
        };
        let initializer = Initializer {
            dims: tensor.dims,
            data_type: tensor.data_type,
            bytes,
            offset,
        };
        (tensor.name, initializer)
    };
    graph.initializer.into_iter().map(initializer).collect()
}
