//! Reads a checkpoint folder: which files it has, its JSON, its weights. The folder is untrusted input.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::CheckpointError;

/// Weights in one file.
pub(super) const WEIGHTS: &str = "model.safetensors";
/// Names the files of weights in several.
pub(super) const INDEX: &str = "model.safetensors.index.json";
/// Weights in llama.cpp's format.
pub(super) const GGUF: &str = "model.gguf";
/// The largest tokenizers of today have some 35 MB.
const JSON_LIMIT_BYTES: u64 = 128 << 20;

/// Formats that can run code when read.
const PICKLES: [&str; 4] = [
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "pytorch_model.pt",
    "model.pt",
];

/// Whether a path stays inside the folder it is relative to.
pub(super) fn is_inside(name: &str) -> bool {
    let path = Path::new(name);
    !name.is_empty()
        && !name.contains('\\')
        && path
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
}

/// A file of the folder; `None` where it is not there or the name leads out.
pub(super) fn file(root: &Path, name: &str) -> Option<PathBuf> {
    let path = root.join(name);
    (is_inside(name) && path.is_file()).then_some(path)
}

/// A JSON file of the folder; `None` where it is not there.
pub(super) fn json(root: &Path, name: &str) -> Result<Option<Value>, CheckpointError> {
    let Some(path) = file(root, name) else {
        return Ok(None);
    };
    let open = File::open(&path).map_err(CheckpointError::file("open", &path))?;
    let mut text = Vec::new();
    open.take(JSON_LIMIT_BYTES + 1)
        .read_to_end(&mut text)
        .map_err(CheckpointError::file("read", &path))?;
    let found_bytes = text.len() as u64;
    if found_bytes > JSON_LIMIT_BYTES {
        return Err(CheckpointError::JsonSize {
            path,
            found_bytes,
            limit_bytes: JSON_LIMIT_BYTES,
        });
    }
    match serde_json::from_slice(&text) {
        Ok(value) => Ok(Some(value)),
        Err(source) => Err(CheckpointError::Json { path, source }),
    }
}

/// The files of the weights, sorted; empty where the folder has none in safetensors.
pub(super) fn weight_files(root: &Path) -> Result<Vec<PathBuf>, CheckpointError> {
    if let Some(path) = file(root, WEIGHTS) {
        return Ok(vec![path]);
    }
    let Some(shards) = shards(root)? else {
        return Ok(Vec::new());
    };
    let missing: Vec<String> = shards
        .iter()
        .filter(|shard| !root.join(shard).is_file())
        .cloned()
        .collect();
    if !missing.is_empty() {
        return Err(CheckpointError::ShardsMissing {
            path: root.join(INDEX),
            missing,
        });
    }
    Ok(shards.iter().map(|shard| root.join(shard)).collect())
}

/// The shards that the index names; `None` where there is no index.
pub(super) fn shards(root: &Path) -> Result<Option<BTreeSet<String>>, CheckpointError> {
    let Some(index) = json(root, INDEX)? else {
        return Ok(None);
    };
    let path = root.join(INDEX);
    let wrong = || CheckpointError::JsonKey {
        path: path.clone(),
        key: "weight_map",
        expected: "an object from the names of tensors to names of files",
    };
    let map = index
        .get("weight_map")
        .and_then(Value::as_object)
        .filter(|map| !map.is_empty())
        .ok_or_else(wrong)?;
    let mut shards = BTreeSet::new();
    for shard in map.values() {
        let shard = shard.as_str().ok_or_else(wrong)?;
        if !is_inside(shard) || !shard.ends_with(".safetensors") {
            return Err(CheckpointError::ShardRefused {
                path,
                shard: shard.to_owned(),
            });
        }
        shards.insert(shard.to_owned());
    }
    Ok(Some(shards))
}

/// Checks that the folder has a configuration and weights, or graphs ready to run.
pub(super) fn check(root: &Path) -> Result<(), CheckpointError> {
    let path = || root.to_owned();
    if !root.is_dir() {
        return Err(CheckpointError::NoFolder { path: path() });
    }
    let config =
        json(root, "config.json")?.ok_or_else(|| CheckpointError::NoConfig { path: path() })?;
    if !config.is_object() {
        return Err(CheckpointError::NoObject {
            path: root.join("config.json"),
        });
    }
    if !weight_files(root)?.is_empty() || has_graphs(root) || file(root, GGUF).is_some() {
        return Ok(());
    }
    match PICKLES.into_iter().find(|name| root.join(name).is_file()) {
        Some(file) => Err(CheckpointError::Pickled { path: path(), file }),
        None => Err(CheckpointError::NoWeights { path: path() }),
    }
}

fn has_graphs(root: &Path) -> bool {
    root.join("onnx").read_dir().is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "onnx"))
        })
    })
}
