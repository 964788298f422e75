//! Checkpoint folders to try an export on: the kit's, copies of them, and broken ones.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder of the reference kit.
pub(crate) fn kit(family: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference");
    let folder = root.join(family);
    assert!(
        folder.is_dir(),
        "the reference kit has no `{family}`: {}",
        folder.display()
    );
    folder
}

/// A copy of a kit folder's configuration and weights, to be changed.
pub(crate) fn copy(family: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        std::fs::copy(kit(family).join(file), dir.path().join(file)).unwrap();
    }
    dir
}

/// Changes the text of a folder's config.json.
pub(crate) fn edit_config(dir: &Path, from: &str, to: &str) {
    let path = dir.join("config.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// A safetensors file of a header and some bytes of data.
pub(crate) fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

/// Header (as JSON) and data of a safetensors file.
pub(crate) fn parts(path: &Path) -> (serde_json::Value, Vec<u8>) {
    let bytes = std::fs::read(path).unwrap();
    let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    (serde_json::from_slice(header).unwrap(), data.to_vec())
}
