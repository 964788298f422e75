//! Where the workspace's tests find what they read: the repository, its source files and the reference checkpoints.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Reference checkpoints whose families have a graph builder, in alphabetical order.
pub const FAMILIES: [&str; 7] = [
    "bert",
    "bert-mlm",
    "dinov2",
    "distilbert",
    "mpnet",
    "roberta",
    "vit",
];

/// Reference checkpoints whose families have an encoder and a decoder as graphs of their own.
pub const SEQUENCE_FAMILIES: [&str; 2] = ["t5", "whisper"];

/// The families among [`FAMILIES`] that read texts.
pub const TEXT_FAMILIES: [&str; 5] = ["bert", "bert-mlm", "distilbert", "mpnet", "roberta"];

/// The families among [`FAMILIES`] that give embeddings of texts.
pub const EMBEDDING_FAMILIES: [&str; 4] = ["bert", "distilbert", "mpnet", "roberta"];

/// The families among [`FAMILIES`] that read pictures.
pub const IMAGE_FAMILIES: [&str; 2] = ["dinov2", "vit"];

/// Reference checkpoints of two towers that read texts beside pictures or videos.
pub const TOWER_FAMILIES: [&str; 2] = ["clip", "xclip"];

/// Reference checkpoints that hear sounds and whose graph takes waveforms, or spectrograms beside texts.
pub const SOUND_FAMILIES: [&str; 2] = ["clap", "wav2vec2"];

/// The repository's root.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder of a reference checkpoint.
#[must_use]
pub fn reference(family: &str) -> PathBuf {
    workspace().join("tests/reference").join(family)
}

/// Every file below `folders` of the repository whose name ends in `ending`, relative to the root and sorted.
///
/// # Errors
/// A folder that cannot be listed.
pub fn files(folders: &[&str], ending: &str) -> io::Result<Vec<PathBuf>> {
    let root = workspace();
    let mut pending: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path.strip_prefix(&root).unwrap_or(&path).to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}
