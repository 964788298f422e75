//! Removes a synthetic checkpoint of full size from the cache, with the exports that were made of it.

use std::path::PathBuf;

use super::{FOLDER, Plan, SyntheticSize};
use crate::cache::Progress;
use crate::catalog::Model;
use crate::checkpoint::{CheckpointError, CheckpointSpec, EXPORTS, Policy};

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// The folders, the checkpoint's before those of its exports.
    pub folders: Vec<PathBuf>,
    /// The space that is free again, once no process has its files open any more.
    pub bytes: u64,
}

/// Removes the synthetic checkpoint of full size that the text names, and the cached exports of it; nothing where there is
/// none. Waits for a process that is making one of them. A process that has their files open keeps them, where the
/// operating system allows to remove open files.
///
/// # Errors
/// Any other checkpoint; a model whose full size the registry does not give; a folder that cannot be removed.
pub fn forget(
    spec: &CheckpointSpec,
    model: &Model,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<Forgotten, CheckpointError> {
    let &CheckpointSpec::Synthetic {
        size: SyntheticSize::Full,
        seed,
    } = spec
    else {
        return Err(CheckpointError::Kept {
            checkpoint: spec.to_string(),
        });
    };
    let stem = Plan::new(model, SyntheticSize::Full, seed)?.stem();
    let exports = format!("{EXPORTS}/{stem}");
    let mut forgotten = Forgotten::default();
    let mut remove = |name: &str| -> Result<(), CheckpointError> {
        if let Some((folder, bytes)) = policy.cache.remove(name, progress)? {
            forgotten.folders.push(folder);
            forgotten.bytes += bytes;
        }
        Ok(())
    };
    // The checkpoint first: without it nobody begins another export.
    remove(&format!("{FOLDER}/{stem}"))?;
    for export in policy.cache.names(&exports)? {
        remove(&export)?;
    }
    Ok(forgotten)
}
