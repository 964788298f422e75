//! Why there is no checkpoint, each with the way out.

use std::io;
use std::path::{Path, PathBuf};

use crate::cache::CacheError;

/// Why a checkpoint cannot be had or read.
///
/// The text of a cause is in `source()`, not in the message.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The text names no checkpoint.
    #[error(
        "`{text}` names no checkpoint: {reason}; give a folder, `hub`, `hub:<id>[@revision]`, `reference`, `synthetic[:<seed>]` or `synthetic:full[:<seed>]`"
    )]
    Spec {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The folder is not there.
    #[error("checkpoint folder {} does not exist; give a folder, `hub`, `hub:<id>[@revision]`, `reference`, `synthetic[:<seed>]` or `synthetic:full[:<seed>]`", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A GGUF file that cannot be read or used.
    #[error(transparent)]
    Gguf(export::ExportError),
    /// The folder has no configuration.
    #[error("{} has no config.json; a checkpoint is a folder in the layout of the Hugging Face hub", path.display())]
    NoConfig {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has no weights.
    #[error("{} has neither model.safetensors, nor model.safetensors.index.json, nor onnx/*.onnx", path.display())]
    NoWeights {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has weights of a format that can run code.
    #[error("{} has only {file}, a pickle, which may run code when read and is never opened; convert it to model.safetensors", path.display())]
    Pickled {
        /// The folder.
        path: PathBuf,
        /// The file.
        file: &'static str,
    },
    /// A JSON file is no JSON.
    #[error("{} is no valid JSON", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A JSON file is larger than any of its kind.
    #[error("{} has {found_bytes} bytes, and {limit_bytes} is the limit for JSON", path.display())]
    JsonSize {
        /// The file.
        path: PathBuf,
        /// Its size.
        found_bytes: u64,
        /// The largest that is read.
        limit_bytes: u64,
    },
    /// A JSON file holds something else than an object.
    #[error("{} must hold an object", path.display())]
    NoObject {
        /// The file.
        path: PathBuf,
    },
    /// A JSON file lacks a key or has another type under it.
    #[error("{}: `{key}` must be {expected}", path.display())]
    JsonKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What is expected there.
        expected: &'static str,
    },
    /// An index names a file outside the folder or of another format.
    #[error("{} names the shard `{shard}`, which is no safetensors file inside the folder", path.display())]
    ShardRefused {
        /// The index.
        path: PathBuf,
        /// What it names.
        shard: String,
    },
    /// An index names files that are not there.
    #[error("{} names shards that are missing: {}", path.display(), missing.join(", "))]
    ShardsMissing {
        /// The index.
        path: PathBuf,
        /// The files.
        missing: Vec<String>,
    },
    /// The architecture has no reference checkpoint.
    #[error(
        "architecture `{architecture}` of `{model}` has no reference checkpoint; use `synthetic`, or a folder"
    )]
    NoReference {
        /// The model.
        model: &'static str,
        /// Its architecture.
        architecture: &'static str,
    },
    /// The reference checkpoint is not where it should be.
    #[error("reference checkpoint {} does not exist; set ASSAY_REFERENCE to the folder that holds the reference checkpoints, or use `synthetic`", path.display())]
    ReferenceMissing {
        /// The folder.
        path: PathBuf,
    },
    /// Nothing tells where the reference checkpoints are.
    #[error(
        "the reference checkpoints are not found; set ASSAY_REFERENCE to the folder that holds them"
    )]
    NoReferenceRoot,
    /// The hub's cache has no whole checkpoint, and the hub must not be asked.
    #[error("{id} is not in {}, and HF_HUB_OFFLINE or ASSAY_OFFLINE forbids asking the hub; unset it, or give a folder", cache.display())]
    HubOffline {
        /// The repository.
        id: String,
        /// The hub's cache.
        cache: PathBuf,
    },
    /// The hub wants to know who asks.
    #[error(
        "{endpoint} does not give {id} to this user (status {status}); check the id, accept the model's terms on its page, and set HF_TOKEN"
    )]
    HubRefused {
        /// The repository.
        id: String,
        /// The hub.
        endpoint: String,
        /// Its answer.
        status: u16,
    },
    /// The hub has no such repository or revision.
    #[error("{endpoint} has no {id} at revision {revision}; check the id and the revision")]
    HubNotFound {
        /// The repository.
        id: String,
        /// The hub.
        endpoint: String,
        /// The revision.
        revision: String,
    },
    /// The hub answers with something else.
    #[error(
        "{endpoint} does not give {what} of {id}; try again, give a folder, or set HF_ENDPOINT to a mirror"
    )]
    HubFailed {
        /// The repository.
        id: String,
        /// The hub.
        endpoint: String,
        /// The file or the listing.
        what: String,
        /// What happened.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The client of the hub gave up in a way it should not have.
    #[error(
        "the answer of {endpoint} for {what} of {id} makes no sense to the hub client; try again, or give a folder"
    )]
    HubSenseless {
        /// The repository.
        id: String,
        /// The hub.
        endpoint: String,
        /// The file or the listing.
        what: String,
    },
    /// Nothing arrives.
    #[error(
        "{endpoint} sent nothing of {what} of {id} for {seconds} s; check the network, or give a folder"
    )]
    HubStalled {
        /// The repository.
        id: String,
        /// The hub.
        endpoint: String,
        /// The file or the listing.
        what: String,
        /// How long nothing came.
        seconds: u64,
    },
    /// What arrived is not what the hub announced.
    #[error(
        "{what} of {id} arrived altered: {found}, expected {expected}; it was removed, try again"
    )]
    HubAltered {
        /// The repository.
        id: String,
        /// The file.
        what: String,
        /// What was announced.
        expected: String,
        /// What arrived.
        found: String,
    },
    /// The repository has no weights in a safe format.
    #[error(
        "{id} has no model.safetensors on {endpoint} (pickles are never read); convert it, or choose another revision"
    )]
    HubUnsafe {
        /// The repository.
        id: String,
        /// The hub.
        endpoint: String,
    },
    /// No builder tells which weights the architecture has.
    #[error(
        "no builder for architecture `{architecture}` yet, so `{model}` has no synthetic checkpoint"
    )]
    NoBuilder {
        /// The model.
        model: &'static str,
        /// Its architecture.
        architecture: &'static str,
    },
    /// The registry does not give the model's full size.
    #[error(
        "`{model}` has no synthetic checkpoint of full size; give it `full: {{config: …}}` in model_registry/families/{family}.yaml, or take `synthetic`, the small one of its family"
    )]
    NoFull {
        /// The model.
        model: &'static str,
        /// Its family.
        family: &'static str,
    },
    /// The checkpoint is none that may be removed.
    #[error(
        "{checkpoint} stays: only synthetic checkpoints of full size are removed; name one, `synthetic:full` or `synthetic:full:<seed>`"
    )]
    Kept {
        /// The checkpoint.
        checkpoint: String,
    },
    /// The builder does not take the synthetic configuration.
    #[error("the synthetic configuration of `{of}` does not build; mend `{key}` in the registry")]
    SyntheticConfig {
        /// The architecture, or the model whose full size it is.
        of: &'static str,
        /// Its key in the registry.
        key: &'static str,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The vocabulary of the synthetic configuration is too small for bytes and special tokens.
    #[error(
        "the synthetic configuration of `{of}` has `vocab_size` {found}, and a byte-level tokenizer needs {needed}; mend `{key}` in the registry"
    )]
    Vocabulary {
        /// The architecture, or the model whose full size it is.
        of: &'static str,
        /// Its key in the registry.
        key: &'static str,
        /// Its size.
        found: u64,
        /// The least that works.
        needed: u64,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl CheckpointError {
    /// Turns an error of the file system into this one.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }
}
