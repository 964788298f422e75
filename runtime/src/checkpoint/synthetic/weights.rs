//! Weights from a seed, the same on every machine.
//!
//! A tensor is an [`export::Seeded`] sequence that starts at the first eight bytes of the sha256 of the seed and the tensor's
//! name, scaled:
//!
//! * matrices, tables and convolutions to variance 1 / fan-in (Glorot and Bengio, 2010), the fan-in being the last
//!   dimension of a matrix or table, `(1, rows, width)` among them, and the product of all but the first of a convolution;
//! * vectors to ±0.1, around 1 unless they are biases, since what is left of vectors scales (normalisation, layer scale);
//! * what a flow shifts and scales by to ±0.1.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use export::{ParameterSpec, Seeded};
use half::f16;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, SafeTensorError, TensorInfo};
use sha2::{Digest, Sha256};

use super::SyntheticForm;
use super::shards;
use crate::cache::Progress;

/// The most numbers that are made before they are written.
const PIECE: usize = 1 << 18;
/// What the length of a safetensors header is a multiple of.
const ALIGNMENT: usize = 8;
/// Largest distance of a vector's element from its centre.
const VECTOR_SPREAD: f64 = 0.1;

/// Number of weights.
pub(super) fn count(parameters: &[ParameterSpec]) -> u64 {
    let of = |parameter: &ParameterSpec| parameter.shape.iter().product::<u64>();
    parameters.iter().map(of).sum()
}

/// Size of the weights in their files, headers apart.
pub(super) fn bytes(parameters: &[ParameterSpec], form: SyntheticForm) -> u64 {
    let each = if form.is_half {
        size_of::<f16>()
    } else {
        size_of::<f32>()
    };
    count(parameters) * each as u64
}

/// Writes the weights into a folder, piece by piece: one file, or shards and their index.
pub(super) fn write(
    parameters: &[ParameterSpec],
    form: SyntheticForm,
    root: &Path,
    progress: &dyn Progress,
) -> Result<(), SafeTensorError> {
    let tensors: Vec<_> = parameters
        .iter()
        .map(|parameter| (parameter.name.as_str(), Tensor::new(parameter, form)))
        .collect();
    let files = shards::split(tensors, form.shard_bytes);
    for (name, tensors) in &files {
        file(&root.join(name), tensors, progress)?;
    }
    match shards::index(&files) {
        Some(index) => Ok(std::fs::write(root.join(shards::INDEX), index)?),
        None => Ok(()),
    }
}

/// Writes tensors in the format of safetensors (its README, "Format"): the length of the header, the header, the numbers.
/// The crate's own writer wants every tensor in memory as a whole.
fn file(
    path: &Path,
    tensors: &[(&str, Tensor)],
    progress: &dyn Progress,
) -> Result<(), SafeTensorError> {
    let mut tensors: Vec<_> = tensors.iter().collect();
    tensors.sort_by_key(|(name, _)| *name);
    let mut end = 0;
    let listed = tensors.iter().map(|(name, tensor)| {
        let start = end;
        end += tensor.bytes();
        let info = TensorInfo {
            dtype: tensor.dtype(),
            shape: tensor.shape.clone(),
            data_offsets: (start, end),
        };
        ((*name).to_owned(), info)
    });
    let format = [("format".to_owned(), "pt".to_owned())].into();
    let metadata = Metadata::new(Some(format), listed.collect())?;
    let mut header = serde_json::to_vec(&metadata)?;
    header.resize(header.len().next_multiple_of(ALIGNMENT), b' ');
    let mut file = File::create(path)?;
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(&header)?;
    let mut bytes = Vec::new();
    for (_, tensor) in tensors {
        for first in (0..tensor.len()).step_by(PIECE) {
            let places = first..tensor.len().min(first + PIECE);
            bytes.clear();
            if tensor.is_half {
                tensor.numbers.halves(places, &mut bytes);
            } else {
                tensor.numbers.floats(places, &mut bytes);
            }
            file.write_all(&bytes)?;
            progress.advanced(bytes.len() as u64);
        }
    }
    Ok(())
}

/// A tensor whose data are computed when they are written.
pub(super) struct Tensor {
    shape: Vec<usize>,
    is_half: bool,
    numbers: Seeded,
}

impl Tensor {
    fn new(parameter: &ParameterSpec, form: SyntheticForm) -> Self {
        let shape: Vec<usize> = parameter.shape.iter().map(|size| *size as usize).collect();
        let (centre, spread) = match shape.as_slice() {
            [] | [_] if is_bias(&parameter.name) => (0.0, VECTOR_SPREAD),
            [] | [_] => (1.0, VECTOR_SPREAD),
            _ if is_shift(&parameter.name) => (0.0, VECTOR_SPREAD),
            [_, fan_in] | [1, _, fan_in] => (0.0, spread(*fan_in)),
            [_, rest @ ..] => (0.0, spread(rest.iter().product())),
        };
        let mut hash = Sha256::new();
        hash.update(form.seed.to_le_bytes());
        hash.update(parameter.name.as_bytes());
        let start = hash
            .finalize()
            .iter()
            .take(8)
            .fold(0, |start, byte| start << 8 | u64::from(*byte));
        Self {
            shape,
            is_half: form.is_half,
            numbers: Seeded {
                start,
                centre,
                spread,
            },
        }
    }

    fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Size in the file.
    pub(super) fn bytes(&self) -> usize {
        self.len()
            * if self.is_half {
                size_of::<f16>()
            } else {
                size_of::<f32>()
            }
    }

    fn dtype(&self) -> Dtype {
        if self.is_half { Dtype::F16 } else { Dtype::F32 }
    }
}

/// Whether it moves what it is applied to, whatever its rank.
fn is_shift(name: &str) -> bool {
    name.ends_with("log_scale") || name.ends_with("translate")
}

fn is_bias(name: &str) -> bool {
    name.ends_with("bias") || name.ends_with("beta")
}

/// Half the width of the uniform distribution of variance 1 / fan-in.
fn spread(fan_in: usize) -> f64 {
    (3.0 / fan_in.max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, shape: &[u64], seed: u64) -> Tensor {
        let parameter = ParameterSpec {
            name: name.to_owned(),
            shape: shape.to_vec(),
        };
        Tensor::new(&parameter, SyntheticForm::of_seed(seed))
    }

    #[test]
    fn every_kind_of_tensor_has_its_mean_and_variance() {
        for (name, shape, mean, variance) in [
            ("query.weight", &[300, 200][..], 0.0, 1.0 / 200.0),
            ("position_embeddings", &[1, 300, 200], 0.0, 1.0 / 200.0),
            ("projection.weight", &[100, 3, 16, 16], 0.0, 1.0 / 768.0),
            ("conv.weight", &[200, 30, 5], 0.0, 1.0 / 150.0),
            ("flows.0.log_scale", &[50_000, 1], 0.0, 0.01 / 3.0),
            ("LayerNorm.weight", &[50_000], 1.0, 0.01 / 3.0),
            ("layer_scale1.lambda1", &[50_000], 1.0, 0.01 / 3.0),
            ("LayerNorm.beta", &[50_000], 0.0, 0.01 / 3.0),
            ("query.bias", &[50_000], 0.0, 0.01 / 3.0),
        ] {
            let tensor = tensor(name, shape, 7);
            let elements: Vec<f64> = (0..tensor.len())
                .map(|i| f64::from(tensor.numbers.number(i)))
                .collect();
            let count = elements.len() as f64;
            let found_mean = elements.iter().sum::<f64>() / count;
            let squares = elements.iter().map(|x| (x - found_mean).powi(2));
            let found_variance = squares.sum::<f64>() / count;
            assert!(
                (found_mean - mean).abs() < 5.0 * (variance / count).sqrt(),
                "{name}: {found_mean}"
            );
            assert!(
                (found_variance / variance - 1.0).abs() < 0.03,
                "{name}: {found_variance}"
            );
        }
    }

    #[test]
    fn seed_and_name_decide() {
        let numbers = |name, seed| tensor(name, &[2, 2], seed).numbers;
        assert_eq!(numbers("a", 0), numbers("a", 0));
        assert_ne!(numbers("a", 0).start, numbers("a", 1).start);
        assert_ne!(numbers("a", 0).start, numbers("b", 0).start);
    }
}
