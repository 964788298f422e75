//! A checkpoint in the Hugging Face layout, read without trust: config.json and memory-mapped
//! safetensors, or a GGUF file in their place.

mod blocks;
mod decode;
mod encoding;
mod from_gguf;
mod json;
mod mapped;
mod shards;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::SafeTensors;

pub(crate) use decode::encode;
pub(crate) use encoding::Encoding;
pub(crate) use json::read_json;
pub(crate) use mapped::{Mapping, map};
pub(crate) use shards::{gguf_file, weight_files};

use crate::config::Config;
use crate::error::ExportError;
use crate::recipe::Renamed;

/// An open checkpoint: its configuration and where each tensor lies in the mapped files.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    pub(crate) dir: PathBuf,
    pub(crate) config: Config,
    files: Vec<Mmap>,
    tensors: BTreeMap<String, Stored>,
}

/// A tensor of a mapped file.
#[derive(Debug)]
pub(crate) struct Stored {
    /// How its numbers are encoded.
    pub(crate) encoding: Encoding,
    /// Shape.
    pub(crate) shape: Vec<u64>,
    file: usize,
    bytes: Range<usize>,
    /// Heads whose rows are stored in pairs, one of each half, rather than half after half.
    paired_heads: Option<u64>,
}

impl Checkpoint {
    /// Opens a folder; every weight file's header is checked, no weight is read.
    pub(crate) fn open(dir: &Path) -> Result<Self, ExportError> {
        let config = Config::read(dir)?;
        if let Some(gguf) = gguf_file(dir) {
            return Self::from_gguf(dir, config, &gguf);
        }
        let mut files = Vec::new();
        let mut tensors = BTreeMap::new();
        for path in weight_files(dir)? {
            let map = mapped::map(&path)?;
            let (header, metadata) =
                SafeTensors::read_metadata(&map).map_err(|source| ExportError::Safetensors {
                    path: path.clone(),
                    source,
                })?;
            let data = size_of::<u64>() + header;
            for (name, info) in metadata.tensors() {
                let (start, end) = info.data_offsets;
                let stored = Stored {
                    encoding: Encoding::Plain(info.dtype),
                    shape: info.shape.iter().map(|&size| size as u64).collect(),
                    file: files.len(),
                    bytes: data + start..data + end,
                    paired_heads: None,
                };
                tensors.insert(name, stored);
            }
            files.push(map);
        }
        Ok(Self {
            dir: dir.to_owned(),
            config,
            files,
            tensors,
        })
    }

    /// One without configuration and weights, for graphs that take none.
    pub(crate) fn without_weights() -> Result<Self, ExportError> {
        Ok(Self {
            dir: PathBuf::new(),
            config: Config::parse("{}")?,
            files: Vec::new(),
            tensors: BTreeMap::new(),
        })
    }

    /// Gives tensors whose names begin in another way the names of the recipe; one that has such a name keeps it.
    pub(crate) fn rename(&mut self, renamed: &[Renamed]) {
        for Renamed { from, to } in renamed {
            let names: Vec<String> = self.tensors.keys().cloned().collect();
            for name in names {
                let Some(rest) = name.strip_prefix(from) else {
                    continue;
                };
                let new = format!("{to}{rest}");
                if !self.tensors.contains_key(&new)
                    && let Some(stored) = self.tensors.remove(&name)
                {
                    self.tensors.insert(new, stored);
                }
            }
        }
    }

    /// A tensor by its name.
    pub(crate) fn find(&self, name: &str) -> Option<&Stored> {
        self.tensors.get(name)
    }

    /// Gives the memory of a tensor that has been read back to the system.
    fn release(&self, stored: &Stored) {
        mapped::release(&self.files[stored.file], &stored.bytes);
    }

    /// A tensor with its bytes.
    fn read(&self, name: &str) -> Result<(&Stored, Cow<'_, [u8]>), ExportError> {
        let stored = self.tensors.get(name);
        let found = stored.and_then(|stored| {
            let bytes = self.files[stored.file].get(stored.bytes.clone())?;
            Some((stored, stored.in_order(bytes)))
        });
        found.ok_or_else(|| ExportError::Tensors {
            dir: self.dir.clone(),
            faults: vec![crate::error::TensorFault {
                tensor: name.to_owned(),
                kind: crate::error::TensorFaultKind::Missing,
            }],
        })
    }
}
