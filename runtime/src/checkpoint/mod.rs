//! Checkpoints: folders in the layout of the Hugging Face hub, wherever they come from.

mod error;
mod folder;
mod gguf;
mod hub;
mod policy;
mod spec;
mod synthetic;

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use error::CheckpointError;
pub use policy::{Hub, Policy};
pub use spec::CheckpointSpec;
pub(crate) use synthetic::described;
pub use synthetic::{Forgotten, SyntheticForm, SyntheticSize, describe, files, forget, synthesize};

use crate::cache::Progress;
use crate::catalog::Model;

/// A folder in the layout of the Hugging Face hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    root: PathBuf,
    source: Source,
}

/// Where a checkpoint comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder the user named.
    Local,
    /// A GGUF file the user named.
    Gguf {
        /// The file.
        file: PathBuf,
    },
    /// The architecture's reference checkpoint.
    Reference {
        /// Its folder among the reference checkpoints.
        folder: &'static str,
    },
    /// A repository of the hub that was on this machine already.
    HubCache {
        /// The repository.
        id: String,
        /// The commit; `None` where a package brought it.
        commit: Option<String>,
    },
    /// A repository of the hub, fetched just now.
    Hub {
        /// The repository.
        id: String,
        /// The commit.
        commit: String,
    },
    /// Weights from a seed.
    Synthetic {
        /// The architecture; the model, where the size is its own.
        of: &'static str,
        /// How large it is.
        size: SyntheticSize,
        /// The seed.
        seed: u64,
    },
}

/// Folder of the cache that holds exports.
const EXPORTS: &str = "exports";

impl Checkpoint {
    /// Takes a folder that the user names, if it has a configuration and weights or graphs.
    pub fn local(root: &Path) -> Result<Self, CheckpointError> {
        Self::checked(root.to_owned(), Source::Local)
    }

    fn checked(root: PathBuf, source: Source) -> Result<Self, CheckpointError> {
        folder::check(&root)?;
        Ok(Self { root, source })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// A file of the folder by its relative name, `onnx/model.onnx`; `None` where it is not there.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        folder::file(&self.root, name)
    }

    /// A JSON file of the folder; `None` where it is not there.
    pub fn json(&self, name: &str) -> Result<Option<Value>, CheckpointError> {
        folder::json(&self.root, name)
    }

    /// The files of the weights in safetensors, sorted; empty where the folder has graphs only.
    pub fn weight_files(&self) -> Result<Vec<PathBuf>, CheckpointError> {
        folder::weight_files(&self.root)
    }

    /// Whether outputs that transformers computed lie beside the weights.
    #[must_use]
    pub fn has_reference(&self) -> bool {
        self.file("reference.json").is_some() && self.file("reference.safetensors").is_some()
    }

    /// The folder of the cache that exports of it are kept in: one of its own where they are to be removed with it.
    pub(crate) fn exports(&self) -> String {
        match (&self.source, self.root.file_name()) {
            (
                Source::Synthetic {
                    size: SyntheticSize::Full,
                    ..
                },
                Some(stem),
            ) => format!("{EXPORTS}/{}", stem.to_string_lossy()),
            _ => EXPORTS.to_owned(),
        }
    }

    /// Where it comes from, in one line for messages and evidence.
    #[must_use]
    pub fn identity(&self) -> String {
        match &self.source {
            Source::Local => format!("folder {}", self.root.display()),
            source => source.to_string(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("folder"),
            Self::Gguf { file } => write!(f, "file {}", file.display()),
            Self::Reference { folder } => write!(f, "reference {folder}"),
            Self::HubCache { id, commit: None } => write!(f, "hub {id} (from a package)"),
            Self::HubCache {
                id,
                commit: Some(commit),
            }
            | Self::Hub { id, commit } => {
                write!(f, "hub {id}@{}", commit.get(..12).unwrap_or(commit))
            }
            Self::Synthetic { of, size, seed } => {
                write!(f, "synthetic {of}, {size}, seed {seed}")
            }
        }
    }
}

/// The checkpoint that is asked for, for this model.
pub fn resolve(
    spec: &CheckpointSpec,
    model: &Model,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<Checkpoint, CheckpointError> {
    match spec {
        CheckpointSpec::Folder(path) if gguf::is_one(path) => gguf::resolve(path, policy, progress),
        CheckpointSpec::Folder(path) => Checkpoint::local(path),
        CheckpointSpec::Reference => reference(model, policy),
        CheckpointSpec::Synthetic { size, seed } => {
            synthetic::resolve(*size, *seed, model, policy, progress)
        }
        CheckpointSpec::Hub { id, revision } => {
            let id = id.as_deref().unwrap_or(model.hub_id);
            hub::resolve(id, revision.as_deref(), policy, progress)
        }
    }
}

fn reference(model: &Model, policy: &Policy) -> Result<Checkpoint, CheckpointError> {
    let architecture = &model.family.architecture;
    let folder = model.reference().ok_or(CheckpointError::NoReference {
        model: model.id,
        architecture: architecture.name,
    })?;
    let root = policy
        .reference
        .as_ref()
        .ok_or(CheckpointError::NoReferenceRoot)?;
    let path = root.join(folder);
    if !path.is_dir() {
        return Err(CheckpointError::ReferenceMissing { path });
    }
    Checkpoint::checked(path, Source::Reference { folder })
}
