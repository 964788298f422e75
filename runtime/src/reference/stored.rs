//! The tensors of `reference.safetensors`, with what `reference.json` says of each.

use std::collections::BTreeMap;

use ndarray::ArrayD;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use super::ReferenceError;
use super::document::Document;
use crate::tensor::Tensor;

const FILE: &str = "reference.safetensors";

/// What is known of a stored tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// `preprocessed`, `output` or `derived`.
    pub role: String,
    /// Largest absolute difference that counts as equal; of masks and label maps the largest share of values that may
    /// differ.
    pub atol: f64,
    /// Whether it is a mask or a label map, which are compared by the share of values that differ.
    pub is_map: bool,
    /// Full name of the mask whose zeros mark positions without meaning.
    pub compare_where: Option<String>,
}

/// Every stored tensor by its full name.
#[derive(Debug)]
pub(super) struct Tensors {
    path: std::path::PathBuf,
    entries: BTreeMap<String, (Stored, Tensor)>,
}

impl Tensors {
    /// Reads those of an element type that is compared.
    pub(super) fn load(document: &Document) -> Result<Self, ReferenceError> {
        let path = document.path(FILE)?;
        let bytes = document.read(FILE)?;
        let failed = |source| ReferenceError::Safetensors {
            path: path.clone(),
            source,
        };
        let file = SafeTensors::deserialize(&bytes).map_err(failed)?;
        let mut entries = BTreeMap::new();
        for (name, said) in document.entries("tensors")? {
            let number = |key: &str| said.get(key).and_then(Value::as_f64);
            let share = number("mismatch_fraction");
            let (Some(role), Some(atol)) = (
                said.get("role").and_then(Value::as_str),
                number("atol").or(share),
            ) else {
                continue;
            };
            let compare_where = said
                .get("compare_where")
                .and_then(Value::as_str)
                .map(str::to_owned);
            let view = file.tensor(name).map_err(failed)?;
            if let Some(tensor) = tensor(view.dtype(), view.shape(), view.data()) {
                entries.insert(
                    name.clone(),
                    (
                        Stored {
                            role: role.to_owned(),
                            atol,
                            is_map: share.is_some(),
                            compare_where,
                        },
                        tensor,
                    ),
                );
            }
        }
        Ok(Self { path, entries })
    }

    /// A tensor by its full name.
    pub(super) fn find(&self, name: &str) -> Result<(&Stored, Tensor), ReferenceError> {
        let missing = || ReferenceError::NoTensor {
            path: self.path.clone(),
            name: name.to_owned(),
        };
        let (stored, tensor) = self.entries.get(name).ok_or_else(missing)?;
        Ok((stored, tensor.clone()))
    }

    /// The tensors of a case by their short names.
    pub(super) fn of_case(&self, case: &str) -> impl Iterator<Item = (&str, &Stored)> {
        self.entries.iter().filter_map(move |(name, (stored, _))| {
            Some((name.strip_prefix(case)?.strip_prefix('.')?, stored))
        })
    }
}

/// Little-endian bytes as a tensor.
fn tensor(dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Option<Tensor> {
    match dtype {
        Dtype::F32 => {
            let values = bytes
                .as_chunks()
                .0
                .iter()
                .copied()
                .map(f32::from_le_bytes)
                .collect();
            ArrayD::from_shape_vec(shape, values).ok().map(Tensor::F32)
        }
        Dtype::I64 => {
            let values = bytes
                .as_chunks()
                .0
                .iter()
                .copied()
                .map(i64::from_le_bytes)
                .collect();
            ArrayD::from_shape_vec(shape, values).ok().map(Tensor::I64)
        }
        Dtype::U8 => ArrayD::from_shape_vec(shape, bytes.to_vec())
            .ok()
            .map(Tensor::U8),
        Dtype::BOOL => {
            let values = bytes.iter().map(|&byte| byte != 0).collect();
            ArrayD::from_shape_vec(shape, values).ok().map(Tensor::Bool)
        }
        _ => None,
    }
}
