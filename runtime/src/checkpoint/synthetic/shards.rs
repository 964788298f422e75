//! Weights spread over files, as transformers' `save_pretrained` names them.

use serde_json::{Map, Value, json};

use super::weights::Tensor;
use crate::checkpoint::folder;

/// The file that says which weights are where.
pub(super) const INDEX: &str = "model.safetensors.index.json";

/// A file's name and its weights.
pub(super) type Shard<'n> = (String, Vec<(&'n str, Tensor)>);

/// Spreads tensors in their order over files of at most so many bytes of weights.
pub(super) fn split(tensors: Vec<(&str, Tensor)>, shard_bytes: Option<u64>) -> Vec<Shard<'_>> {
    let most = shard_bytes.unwrap_or(u64::MAX);
    let mut shards: Vec<Vec<_>> = vec![Vec::new()];
    let mut filled = 0;
    for (name, tensor) in tensors {
        let bytes = tensor.bytes() as u64;
        if filled > 0 && filled + bytes > most {
            shards.push(Vec::new());
            filled = 0;
        }
        filled += bytes;
        if let Some(shard) = shards.last_mut() {
            shard.push((name, tensor));
        }
    }
    let count = shards.len();
    let name = |index: usize| match count {
        1 => folder::WEIGHTS.to_owned(),
        _ => format!("model-{:05}-of-{count:05}.safetensors", index + 1),
    };
    let named = |(index, shard)| (name(index), shard);
    shards.into_iter().enumerate().map(named).collect()
}

/// The text of the index; `None` for a single file, which needs none.
pub(super) fn index(shards: &[Shard<'_>]) -> Option<String> {
    if shards.len() < 2 {
        return None;
    }
    let mut map = Map::new();
    let mut total = 0;
    for (file, tensors) in shards {
        for (name, tensor) in tensors {
            map.insert((*name).to_owned(), Value::from(file.as_str()));
            total += tensor.bytes();
        }
    }
    Some(json!({ "metadata": { "total_size": total }, "weight_map": map }).to_string())
}
