//! Reads back which nodes a model file holds, and writes copies of it that give inner values too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use prost::Message;

use super::proto;

/// `AttributeProto.AttributeType.GRAPH`: the body of a loop or a branch.
const ATTRIBUTE_GRAPH: i32 = 5;

/// `TensorProto.DataType`: float, uint8, int32, int64, bool, float16, bfloat16.
const READABLE: [i32; 7] = [1, 2, 6, 7, 9, 10, 16];

/// `ModelProto` with nothing but its graph.
#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(message, optional, tag = "7")]
    graph: Option<proto::Graph>,
}

/// `ModelProto` with nothing but the initializers of its graph.
#[derive(Clone, PartialEq, Message)]
struct Weights {
    #[prost(message, optional, tag = "7")]
    graph: Option<Initializers>,
}

/// `GraphProto` with nothing but its initializers.
#[derive(Clone, PartialEq, Message)]
struct Initializers {
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<proto::Tensor>,
}

/// The graph of a model file as it is stored: nodes in an order in which they can run.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphListing {
    model: PathBuf,
    /// The nodes.
    pub nodes: Vec<ListedNode>,
    /// Names of the values that are fed.
    pub inputs: Vec<String>,
    /// Names of the values that a run gives.
    pub outputs: Vec<String>,
    /// The types of inner values, as far as the file tells them.
    types: BTreeMap<String, proto::ValueInfo>,
    /// Files beside the model that hold weights.
    data: BTreeSet<String>,
}

/// One node of a model file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedNode {
    /// Its name, which may be empty in files of other exporters.
    pub name: String,
    /// The operator, such as `MatMul`.
    pub operator: String,
    /// Names of the values it takes; empty for one that is left out.
    pub inputs: Vec<String>,
    /// Names of the values it gives; empty for one that is left out.
    pub outputs: Vec<String>,
    /// Whether its attributes hold graphs of their own, which may take values that `inputs` does not name.
    pub has_body: bool,
}

impl GraphListing {
    /// Reads a model file.
    ///
    /// # Errors
    /// A file that cannot be read, that is no ONNX model, or whose weights lie in files outside of its folder.
    pub fn read(model: &Path) -> io::Result<Self> {
        let bytes = fs::read(model)?;
        let graph = Model::decode(bytes.as_slice())?.graph.unwrap_or_default();
        let weights = Weights::decode(bytes.as_slice())?.graph.unwrap_or_default();
        let mut data = BTreeSet::new();
        for pair in weights.initializer.iter().flat_map(|it| &it.external_data) {
            if pair.key == "location" {
                data.insert(within_folder(&pair.value)?.to_owned());
            }
        }
        let is_weight = |name: &String| weights.initializer.iter().any(|it| it.name == *name);
        let named = |infos: &[proto::ValueInfo]| -> Vec<String> {
            infos.iter().map(|info| info.name.clone()).collect()
        };
        Ok(Self {
            model: model.to_owned(),
            inputs: named(&graph.input)
                .into_iter()
                .filter(|name| !is_weight(name))
                .collect(),
            outputs: named(&graph.output),
            nodes: graph.node.into_iter().map(ListedNode::from).collect(),
            types: graph
                .value_info
                .into_iter()
                .map(|info| (info.name.clone(), info))
                .collect(),
            data,
        })
    }

    /// Whether a value's elements are of one of the types that graphs of this crate hold, or of an unknown one.
    #[must_use]
    pub fn is_readable(&self, value: &str) -> bool {
        let info = self.types.get(value).and_then(|info| info.r#type.as_ref());
        info.is_none_or(|info| {
            let tensor = info.tensor_type.as_ref();
            tensor.is_some_and(|tensor| READABLE.contains(&tensor.elem_type))
        })
    }

    /// Writes a copy of the model under its own name into an empty folder, which gives these inner values beside its own
    /// outputs. The weights beside the model are linked where the file system can, else copied.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn copy_giving(&self, values: &[&str], folder: &Path) -> io::Result<PathBuf> {
        let name = self.model.file_name().unwrap_or_default();
        for file in &self.data {
            let (from, to) = (self.model.with_file_name(file), folder.join(file));
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            // A link to a link would lead out of the folder, which ONNX Runtime refuses.
            let from = fs::canonicalize(from)?;
            fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop))?;
        }
        let copy = folder.join(name);
        let mut file = File::create(&copy)?;
        io::copy(&mut File::open(&self.model)?, &mut file)?;
        let untyped = |name: &str| proto::ValueInfo {
            name: name.to_owned(),
            r#type: None,
        };
        let info = |&name: &&str| {
            self.types
                .get(name)
                .cloned()
                .unwrap_or_else(|| untyped(name))
        };
        let graph = proto::Graph {
            output: values.iter().map(info).collect(),
            ..proto::Graph::default()
        };
        // "Two embedded messages of the same field are merged": https://protobuf.dev/programming-guides/encoding/#last-one-wins
        let more = Model { graph: Some(graph) }.encode_to_vec();
        file.write_all(&more)?;
        Ok(copy)
    }
}

impl From<proto::Node> for ListedNode {
    fn from(node: proto::Node) -> Self {
        let mut attributes = node.attribute.iter();
        Self {
            has_body: attributes.any(|attribute| attribute.r#type == ATTRIBUTE_GRAPH),
            name: node.name,
            operator: node.op_type,
            inputs: node.input,
            outputs: node.output,
        }
    }
}

/// A relative name that stays in its folder; model files are untrusted input.
fn within_folder(name: &str) -> io::Result<&str> {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if !name.is_empty() && Path::new(name).components().all(is_plain) {
        return Ok(name);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        format!("its weights lie in `{name}`, outside of its folder"),
    ))
}
