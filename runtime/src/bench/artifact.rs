//! What was loaded, so that a row can tell it from what comes later.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::Artifact;
use crate::checkpoint::Source;
use crate::session::Session;
use crate::sha256;
use crate::task::Task;

impl Artifact {
    /// What a session loaded. Files that cannot be read any more are left out.
    pub(super) fn of<T: Task>(session: &Session<T>) -> Self {
        let files: BTreeSet<PathBuf> = session
            .graphs()
            .iter()
            .flat_map(|(_, graph)| graph.files())
            .collect();
        let mut onnx_sha256 = BTreeMap::new();
        let mut model_file_bytes = 0;
        for file in &files {
            if let (Some(name), Ok(hash)) = (file.file_name(), hash(file)) {
                onnx_sha256.insert(name.to_string_lossy().into_owned(), hash);
            }
            model_file_bytes += bytes(file);
        }
        let checkpoint = session.checkpoint();
        let config = checkpoint.file("config.json");
        Self {
            checkpoint: checkpoint.identity(),
            is_synthetic: matches!(checkpoint.source(), Source::Synthetic { .. }),
            config_sha256: config.and_then(|file| hash(&file).ok()),
            onnx_sha256,
            model_file_bytes,
        }
    }
}

/// SHA-256 of a file, in hexadecimal.
fn hash(file: &Path) -> io::Result<String> {
    Ok(sha256::of_all(&mut File::open(file)?)?.0)
}

/// Size of an ONNX file with the weights beside it, which carry its name with an ending.
fn bytes(file: &Path) -> u64 {
    let Some((folder, name)) = file.parent().zip(file.file_name()) else {
        return 0;
    };
    let name = name.to_string_lossy();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let own = entries.filter(|entry| {
        let entry = entry.file_name();
        entry.to_string_lossy().starts_with(name.as_ref())
    });
    own.filter_map(|entry| entry.metadata().ok())
        .map(|file| file.len())
        .sum()
}
