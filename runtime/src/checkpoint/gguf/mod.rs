//! GGUF files as checkpoints: configuration, tokenizer and chat template are written from the metadata beside a link to
//! the file, so that everything else finds the folder it knows.

mod config;
mod split;
mod tokenizer;

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use export::gguf::Gguf;
use serde_json::Value;

use super::{Checkpoint, CheckpointError, Policy, Source, folder};
use crate::cache::Progress;
use crate::sha256;

/// Part of the cache key: to be raised when the same file shall give other files.
const FORMAT: u32 = 2;

/// Whether a path names a GGUF file.
pub(super) fn is_one(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "gguf") && path.is_file()
}

/// The folder of a GGUF file, made once for each path, size and time of change.
pub(super) fn resolve(
    path: &Path,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<Checkpoint, CheckpointError> {
    let file = fs::canonicalize(path).map_err(CheckpointError::file("find", path))?;
    let name = format!("gguf/{}", key(&file)?);
    let root = policy
        .cache
        .ensure(&name, progress, |folder| write(&file, folder))?;
    let source = Source::Gguf {
        file: path.to_owned(),
    };
    Checkpoint::checked(root, source)
}

/// Hash of what tells one file from another without reading it.
fn key(file: &Path) -> Result<String, CheckpointError> {
    let metadata = fs::metadata(file).map_err(CheckpointError::file("read", file))?;
    let changed = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .unwrap_or_default();
    let text = format!(
        "{FORMAT}\0{}\0{}\0{}",
        file.display(),
        metadata.len(),
        changed.as_nanos()
    );
    Ok(sha256::name_of(&text, 16))
}

fn write(file: &Path, root: &Path) -> Result<(), CheckpointError> {
    let gguf = Gguf::open(file).map_err(CheckpointError::Gguf)?;
    let refused = |reason: String| CheckpointError::Gguf(gguf.refuse(reason));
    let vocabulary = tokenizer::Vocabulary::read(&gguf).map_err(refused)?;
    let files = [
        (
            "config.json",
            config::config(&gguf, vocabulary.len()).map_err(refused)?,
        ),
        ("generation_config.json", config::generation(&gguf)),
        (
            "tokenizer.json",
            tokenizer::tokenizer(&gguf, &vocabulary).map_err(refused)?,
        ),
        (
            "tokenizer_config.json",
            tokenizer::settings(&gguf, &vocabulary),
        ),
    ];
    for (name, content) in files {
        json(&root.join(name), &content)?;
    }
    link(file, &root.join(folder::GGUF))
}

fn json(path: &Path, content: &Value) -> Result<(), CheckpointError> {
    fs::write(path, content.to_string()).map_err(CheckpointError::file("write", path))
}

/// A link where the system has them, else a copy.
fn link(file: &Path, place: &Path) -> Result<(), CheckpointError> {
    #[cfg(unix)]
    if std::os::unix::fs::symlink(file, place).is_ok() {
        return Ok(());
    }
    fs::copy(file, place)
        .map(drop)
        .map_err(CheckpointError::file("write", place))
}
