//! A checkpoint whose weights are in a GGUF file, under Hugging Face's names and in its order of rows.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use super::{Checkpoint, Stored};
use crate::config::Config;
use crate::error::ExportError;
use crate::gguf::{Entry, Gguf, Part, rename};

/// Architectures whose queries and keys llama.cpp stores with the components that are rotated together side by side.
const PAIRED: [&str; 1] = ["llama"];

impl Checkpoint {
    /// Opens a GGUF file beside a config.json.
    pub(super) fn from_gguf(dir: &Path, config: Config, file: &Path) -> Result<Self, ExportError> {
        let mut gguf = Gguf::open(file)?;
        let is_paired = gguf
            .architecture()
            .is_some_and(|architecture| PAIRED.contains(&architecture));
        let heads = |key: &str| gguf.find_own(key).and_then(Entry::as_count);
        let queries = heads("attention.head_count");
        let keys = heads("attention.head_count_kv").or(queries);
        let mut tensors = BTreeMap::new();
        for (name, tensor) in std::mem::take(&mut gguf.tensors) {
            let Some(renamed) = rename(&name) else {
                continue;
            };
            let paired_heads = match renamed.part.filter(|_| is_paired) {
                None => None,
                Some(Part::Query) => queries,
                Some(Part::Key) => keys,
            };
            let stored = Stored {
                encoding: tensor.encoding,
                shape: tensor.shape,
                file: 0,
                bytes: tensor.bytes,
                paired_heads,
            };
            if !stored.can_be_ordered() {
                return Err(gguf.refuse(format!("`{name}` does not divide into its heads")));
            }
            tensors.insert(renamed.name, stored);
        }
        Ok(Self {
            dir: dir.to_owned(),
            config,
            files: vec![gguf.map],
            tensors,
        })
    }
}

impl Stored {
    /// Whether its rows divide into pairs of each head.
    fn can_be_ordered(&self) -> bool {
        let (Some(heads), Some(&rows)) = (self.paired_heads, self.shape.first()) else {
            return true;
        };
        heads > 0 && rows.is_multiple_of(2 * heads)
    }

    /// Its bytes with the rows of each head half after half.
    pub(super) fn in_order<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let (Some(heads), Some(&rows)) = (self.paired_heads, self.shape.first()) else {
            return Cow::Borrowed(bytes);
        };
        let (heads, rows) = (heads as usize, rows as usize);
        let row = bytes.len() / rows.max(1);
        let pairs = rows / heads / 2;
        let mut ordered = Vec::with_capacity(bytes.len());
        for head in 0..heads {
            for half in 0..2 {
                for pair in 0..pairs {
                    let place = (head * pairs + pair) * 2 + half;
                    ordered.extend_from_slice(&bytes[place * row..(place + 1) * row]);
                }
            }
        }
        Cow::Owned(ordered)
    }
}
