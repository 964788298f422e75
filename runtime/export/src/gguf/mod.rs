//! GGUF files: metadata and where each tensor lies, read without trust.
//!
//! The format is that of ggml's `docs/gguf.md`, versions 2 and 3, little-endian.

mod cursor;
mod metadata;
mod names;
mod tensors;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use metadata::Entry;
pub(crate) use names::{Part, rename};
pub(crate) use tensors::Tensor;

use crate::checkpoint::Mapping;
use crate::error::ExportError;
use cursor::Cursor;

/// The file's first bytes.
const MAGIC: [u8; 4] = *b"GGUF";
/// Where tensors begin, unless the metadata say otherwise.
const ALIGNMENT: u64 = 32;

/// An open GGUF file.
#[derive(Debug)]
pub struct Gguf {
    path: PathBuf,
    metadata: BTreeMap<String, Entry>,
    pub(crate) tensors: BTreeMap<String, Tensor>,
    pub(crate) map: Mapping,
}

impl Gguf {
    /// Maps a file and reads its header; no weight is read.
    ///
    /// # Errors
    /// A file that cannot be read, or is no whole GGUF file.
    pub fn open(path: &Path) -> Result<Self, ExportError> {
        let map = crate::checkpoint::map(path)?;
        let refuse = |reason: String| ExportError::Gguf {
            path: path.to_owned(),
            reason,
        };
        let (metadata, tensors) = read(&map).map_err(refuse)?;
        Ok(Self {
            path: path.to_owned(),
            metadata,
            tensors,
            map,
        })
    }

    /// The metadata of a key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Entry> {
        self.metadata.get(key)
    }

    /// The metadata of a key that begins with the architecture's name: `block_count` is `llama.block_count`.
    #[must_use]
    pub fn find_own(&self, key: &str) -> Option<&Entry> {
        self.find(&format!("{}.{key}", self.architecture()?))
    }

    /// `general.architecture`: `llama`, `qwen2`.
    #[must_use]
    pub fn architecture(&self) -> Option<&str> {
        self.find("general.architecture")?.as_text()
    }

    /// Whether the file has a tensor of that name.
    #[must_use]
    pub fn has_tensor(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The numbers of a tensor that holds plain F32 ones, as small tables do.
    #[must_use]
    pub fn floats(&self, name: &str) -> Option<Vec<f32>> {
        let tensor = self.tensors.get(name)?;
        let (fours, _) = self.map.get(tensor.bytes.clone())?.as_chunks::<4>();
        let is_plain = tensor.encoding == crate::checkpoint::Encoding::of_ggml(0);
        is_plain.then(|| fours.iter().map(|&four| f32::from_le_bytes(four)).collect())
    }

    /// The error of a file that cannot be used.
    #[must_use]
    pub fn refuse(&self, reason: String) -> ExportError {
        ExportError::Gguf {
            path: self.path.clone(),
            reason,
        }
    }
}

type Header = (BTreeMap<String, Entry>, BTreeMap<String, Tensor>);

/// Reads the header; the error is a reason in words.
fn read(bytes: &[u8]) -> Result<Header, String> {
    let mut cursor = Cursor::new(bytes);
    if cursor.take(4)? != MAGIC {
        return Err("it does not begin with `GGUF`".to_owned());
    }
    let version = cursor.u32()?;
    if !(2..=3).contains(&version) {
        return Err(format!("version {version} is not read; 2 and 3 are"));
    }
    let tensor_count = cursor.count(tensors::LEAST_BYTES)?;
    let entry_count = cursor.count(metadata::LEAST_BYTES)?;
    let mut entries = BTreeMap::new();
    for _ in 0..entry_count {
        let key = cursor.text()?;
        let entry = Entry::read(&mut cursor)?;
        entries.insert(key, entry);
    }
    let alignment = entries.get("general.alignment").and_then(Entry::as_count);
    let alignment = alignment.unwrap_or(ALIGNMENT);
    if !alignment.is_power_of_two() {
        return Err(format!("`general.alignment` is {alignment}"));
    }
    let mut listed = Vec::with_capacity(tensor_count);
    for _ in 0..tensor_count {
        listed.push(tensors::Listed::read(&mut cursor)?);
    }
    let start = (cursor.position() as u64).next_multiple_of(alignment);
    let mut found = BTreeMap::new();
    for tensor in listed {
        let (name, tensor) = tensor.place(start, bytes.len() as u64)?;
        found.insert(name, tensor);
    }
    Ok((entries, found))
}

#[cfg(test)]
mod tests;
