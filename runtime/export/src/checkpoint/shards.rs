//! Which files hold a checkpoint's weights: one, or those an index names.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::read_json;
use crate::error::ExportError;

/// The GGUF file that holds a folder's weights, where it has no safetensors.
pub(crate) fn gguf_file(dir: &Path) -> Option<PathBuf> {
    let has_safetensors = ["model.safetensors", "model.safetensors.index.json"]
        .iter()
        .any(|name| dir.join(name).is_file());
    let file = dir.join("model.gguf");
    (!has_safetensors && file.is_file()).then_some(file)
}

/// The weight files of a folder, sorted.
pub(crate) fn weight_files(dir: &Path) -> Result<Vec<PathBuf>, ExportError> {
    if let Some(file) = gguf_file(dir) {
        return Ok(vec![file]);
    }
    let single = dir.join("model.safetensors");
    if single.is_file() {
        return Ok(vec![single]);
    }
    let index = dir.join("model.safetensors.index.json");
    if !index.is_file() {
        let dir = dir.to_owned();
        return Err(ExportError::NoWeights { dir });
    }
    let json = read_json(&index)?;
    let Some(Value::Object(map)) = json.get("weight_map") else {
        return Err(ExportError::IndexWithoutMap { index });
    };
    let mut files = BTreeSet::new();
    for (tensor, file) in map {
        let refuse = |reason| ExportError::Index {
            index: index.clone(),
            tensor: tensor.clone(),
            file: file
                .as_str()
                .map_or_else(|| file.to_string(), str::to_owned),
            reason,
        };
        let name = file
            .as_str()
            .ok_or_else(|| refuse("which is no file name"))?;
        // Hub caches link to files elsewhere, so the check is on the name and not on where it
        // leads.
        let mut parts = Path::new(name).components();
        let is_plain = matches!(
            (parts.next(), parts.next()),
            (Some(Component::Normal(_)), None)
        );
        if !is_plain {
            return Err(refuse("which is outside the folder"));
        }
        let path = dir.join(name);
        if !files.contains(&path) && !path.is_file() {
            return Err(refuse("which is not there"));
        }
        files.insert(path);
    }
    Ok(files.into_iter().collect())
}
