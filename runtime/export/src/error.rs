//! The crate's one error type.

use std::fmt;
use std::path::PathBuf;

/// Why a checkpoint could not be turned into a graph.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file could not be read or written.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried: `read`, `map`, `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A JSON file is not JSON.
    #[error("`{file}` is not valid JSON")]
    Json {
        /// The file, or what stands for it.
        file: String,
        /// Where parsing stopped.
        source: serde_json::Error,
    },
    /// A JSON file is larger than any real one.
    #[error("`{}` has {bytes} bytes; at most {limit} are read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        bytes: u64,
        /// The largest size accepted, in bytes.
        limit: u64,
    },
    /// A key of config.json is absent.
    #[error("`{file}` has no key `{key}`, which is needed")]
    ConfigMissing {
        /// The file, or what stands for it.
        file: String,
        /// The key.
        key: String,
    },
    /// A key of config.json has a value that no model of the family can have, or one that is not
    /// implemented.
    #[error("`{file}`: `{key}` is {found}; allowed: {allowed}")]
    ConfigValue {
        /// The file, or what stands for it.
        file: String,
        /// The key.
        key: String,
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: String,
    },
    /// The folder has no weights.
    #[error(
        "`{}` has neither `model.safetensors` nor `model.safetensors.index.json`; other formats of weights are not read",
        dir.display()
    )]
    NoWeights {
        /// The folder.
        dir: PathBuf,
    },
    /// A weight file is damaged.
    #[error("`{}` is not a whole safetensors file; fetch it again", path.display())]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: safetensors::SafeTensorError,
    },
    /// A GGUF file is damaged, or holds what is not read.
    #[error("`{}` cannot be read as GGUF: {reason}", path.display())]
    Gguf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An ONNX file is damaged, or is none.
    #[error("`{}` cannot be read as an ONNX model: {reason}; fetch or export it again", path.display())]
    Onnx {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A shape that an input of an ONNX graph cannot have, or none for an input that needs one.
    #[error("input `{input}`: {reason}")]
    InputShape {
        /// The input.
        input: String,
        /// What is wrong with its shape.
        reason: String,
    },
    /// An entry of model.safetensors.index.json cannot be followed.
    #[error("`{}`: `weight_map.{tensor}` names `{file}`, {reason}", index.display())]
    Index {
        /// The index file.
        index: PathBuf,
        /// The tensor.
        tensor: String,
        /// The file named for it.
        file: String,
        /// Why it is refused.
        reason: &'static str,
    },
    /// model.safetensors.index.json has no usable `weight_map`.
    #[error("`{}` has no `weight_map` from tensors to files", index.display())]
    IndexWithoutMap {
        /// The index file.
        index: PathBuf,
    },
    /// Tensors are missing or of the wrong form; all of them are listed.
    #[error("`{}` does not fit its config.json:{}", dir.display(), Listed(faults))]
    Tensors {
        /// The checkpoint's folder.
        dir: PathBuf,
        /// Every fault, sorted by tensor.
        faults: Vec<TensorFault>,
    },
    /// A weight cannot be held in the precision asked for.
    #[error("`{tensor}` holds {value:e}, beyond the largest {precision} number; export it in fp32")]
    Overflow {
        /// The tensor.
        tensor: String,
        /// Its value.
        value: f32,
        /// The precision asked for.
        precision: &'static str,
    },
    /// The head asked for does not belong to the architecture or is not in the checkpoint.
    #[error("no {head} head: {reason}")]
    Head {
        /// The head.
        head: &'static str,
        /// Why there is none.
        reason: String,
    },
    /// An image size that the patches cannot tile.
    #[error(
        "an image of {height} x {width} pixels cannot be cut into 1 to {most} patches of {patch} x {patch}"
    )]
    ImageSize {
        /// Height in pixels.
        height: u64,
        /// Width in pixels.
        width: u64,
        /// Side of a patch in pixels.
        patch: u64,
        /// The largest number of patches accepted.
        most: u64,
    },
    /// An axis that is unknown, unbound, or bound to what no axis can be.
    #[error("axis `{axis}` {reason}; the graphs have: {axes}")]
    Axis {
        /// The axis.
        axis: String,
        /// What is wrong with it.
        reason: &'static str,
        /// The axes there are.
        axes: String,
    },
    /// A graph was asked for that the model does not have.
    #[error("there is no graph `{graph}`; the model has: {graphs}")]
    NoGraph {
        /// What was asked for.
        graph: String,
        /// The graphs there are.
        graphs: String,
    },
    /// A cache of a length that no decoder of the checkpoint can use.
    #[error("a cache of {places} places: {reason}")]
    Cache {
        /// The length asked for.
        places: u64,
        /// Why it is refused.
        reason: String,
    },
    /// A recipe names a part and leaves out what it needs.
    #[error("the recipe has {part} but no `{field}`; complete the family's registry entry")]
    Recipe {
        /// The part.
        part: &'static str,
        /// The field that is missing.
        field: &'static str,
    },
    /// Shapes or element types that do not go together: a mistake in a builder or a config no model
    /// can have.
    #[error("node `{node}`: {op} of {operands}: {reason}")]
    Graph {
        /// The node, by its path in the graph.
        node: String,
        /// The operator.
        op: &'static str,
        /// Types and shapes of its inputs.
        operands: String,
        /// The rule that is broken.
        reason: String,
    },
}

/// What is wrong with a tensor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TensorFault {
    /// The tensor's name.
    pub tensor: String,
    /// What is wrong with it.
    pub kind: TensorFaultKind,
}

/// The ways in which a tensor can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TensorFaultKind {
    /// It is not there.
    Missing,
    /// Its shape does not follow from config.json.
    Shape {
        /// What config.json says.
        expected: Vec<u64>,
        /// What the checkpoint has.
        found: Vec<u64>,
    },
    /// Its elements are no floating-point numbers that can be read.
    Element {
        /// What they are.
        found: String,
    },
}

impl fmt::Display for TensorFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tensor = &self.tensor;
        match &self.kind {
            TensorFaultKind::Missing => write!(f, "`{tensor}` is missing"),
            TensorFaultKind::Shape { expected, found } => {
                write!(
                    f,
                    "`{tensor}` has the shape {found:?}, expected {expected:?}"
                )
            }
            TensorFaultKind::Element { found } => {
                write!(
                    f,
                    "`{tensor}` holds {found}, expected F32, F16, BF16, F64, Q4_0, Q4_1, Q8_0, Q4_K or Q6_K"
                )
            }
        }
    }
}

/// Faults as lines of a message.
struct Listed<'a>(&'a [TensorFault]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl ExportError {
    /// An I/O error with the path it happened at.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
