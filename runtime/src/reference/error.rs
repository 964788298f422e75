//! What can be wrong with a reference checkpoint, or with what is compared with it.

use std::io;
use std::path::PathBuf;

/// A reference that cannot be read, or a tensor that cannot be compared with it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not JSON.
    #[error("{}: not valid JSON", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where it stops being JSON.
        source: serde_json::Error,
    },
    /// A key is missing or holds something else than it should.
    #[error("{}: `{key}` is not {expected}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// The key, dotted.
        key: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// A file is not the one that the reference was made with.
    #[error("{}: sha256 is {found}, the reference was made with {expected}: restore the file", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The hash in `reference.json`.
        expected: String,
        /// The file's hash.
        found: String,
    },
    /// The stored tensors cannot be read.
    #[error("{}: not a safetensors file", path.display())]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: safetensors::SafeTensorError,
    },
    /// There is no such tensor.
    #[error("{}: no tensor `{name}`", path.display())]
    NoTensor {
        /// The file.
        path: PathBuf,
        /// The name that was looked for.
        name: String,
    },
    /// A tensor is of another element type or shape than the stored one.
    #[error("`{name}`: expected {expected}, got {got}")]
    Mismatch {
        /// The tensor.
        name: String,
        /// Element type and shape of the stored tensor.
        expected: String,
        /// Element type and shape of the other.
        got: String,
    },
}
