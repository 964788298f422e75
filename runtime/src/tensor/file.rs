//! Tensors in safetensors files, of every element type that graphs take or give.

use std::borrow::Cow;
use std::path::Path;

use half::{bf16, f16};
use ndarray::ArrayD;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::{NamedTensors, Tensor};
use crate::error::Error;

/// Writes tensors by their names.
///
/// # Errors
/// [`Error::Write`].
pub(crate) fn write(path: &Path, tensors: &NamedTensors) -> Result<(), Error> {
    let failed = |source| Error::Write {
        path: path.to_owned(),
        source,
    };
    let mut stored = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors.iter() {
        let (dtype, bytes) = encode(tensor);
        stored.push((name, dtype, tensor.shape().to_vec(), bytes));
    }
    let mut views = Vec::with_capacity(stored.len());
    for (name, dtype, shape, bytes) in &stored {
        let view = TensorView::new(*dtype, shape.clone(), bytes);
        views.push((*name, view.map_err(|error| failed(Box::new(error)))?));
    }
    safetensors::serialize_to_file(views, None, path).map_err(|error| failed(Box::new(error)))
}

/// Reads the tensors of a file, in no particular order.
///
/// # Errors
/// [`Error::InvalidInput`] where the file cannot be read or holds another element type.
pub(crate) fn read(path: &Path) -> Result<NamedTensors, Error> {
    let invalid = |reason: &dyn std::fmt::Display| {
        let path = path.display();
        Error::InvalidInput(format!(
            "`{path}` is no safetensors file of numbers: {reason}"
        ))
    };
    let bytes = std::fs::read(path).map_err(|error| invalid(&error))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| invalid(&error))?;
    let mut named = NamedTensors::new();
    for (name, view) in file.iter() {
        let tensor = decode(view.dtype(), view.shape(), view.data());
        let tensor = tensor.ok_or_else(|| invalid(&format!("`{name}` is {:?}", view.dtype())))?;
        named.insert(name.to_owned(), tensor);
    }
    Ok(named)
}

/// The values in little-endian order, which the format prescribes.
fn encode(tensor: &Tensor) -> (Dtype, Cow<'_, [u8]>) {
    fn bytes<E: Copy, const N: usize>(
        array: &ArrayD<E>,
        of: impl Fn(E) -> [u8; N],
    ) -> Cow<'static, [u8]> {
        array.iter().flat_map(|&value| of(value)).collect()
    }
    match tensor {
        Tensor::F32(array) => (Dtype::F32, bytes(array, f32::to_le_bytes)),
        Tensor::F16(array) => (Dtype::F16, bytes(array, f16::to_le_bytes)),
        Tensor::Bf16(array) => (Dtype::BF16, bytes(array, bf16::to_le_bytes)),
        Tensor::I64(array) => (Dtype::I64, bytes(array, i64::to_le_bytes)),
        Tensor::I32(array) => (Dtype::I32, bytes(array, i32::to_le_bytes)),
        Tensor::U8(array) => (Dtype::U8, bytes(array, u8::to_le_bytes)),
        Tensor::Bool(array) => (Dtype::BOOL, bytes(array, |bit| [u8::from(bit)])),
    }
}

fn decode(dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Option<Tensor> {
    fn values<E, const N: usize>(
        shape: &[usize],
        bytes: &[u8],
        of: impl Fn([u8; N]) -> E,
    ) -> Option<ArrayD<E>> {
        let values = bytes.as_chunks().0.iter().map(|&bytes| of(bytes)).collect();
        ArrayD::from_shape_vec(shape, values).ok()
    }
    match dtype {
        Dtype::F32 => values(shape, bytes, f32::from_le_bytes).map(Tensor::F32),
        Dtype::F16 => values(shape, bytes, f16::from_le_bytes).map(Tensor::F16),
        Dtype::BF16 => values(shape, bytes, bf16::from_le_bytes).map(Tensor::Bf16),
        Dtype::I64 => values(shape, bytes, i64::from_le_bytes).map(Tensor::I64),
        Dtype::I32 => values(shape, bytes, i32::from_le_bytes).map(Tensor::I32),
        Dtype::U8 => values(shape, bytes, u8::from_le_bytes).map(Tensor::U8),
        Dtype::BOOL => values(shape, bytes, |[byte]| byte != 0).map(Tensor::Bool),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, arr1, arr2};

    use super::*;

    #[test]
    fn tensors_of_every_type_come_back_as_they_went() {
        let halves = arr1(&[1.5, -2.0]);
        let tensors = NamedTensors::new()
            .with("f32", arr2(&[[1.0_f32, f32::MIN], [-0.0, 3.5]]))
            .with("f16", halves.mapv(f16::from_f32))
            .with("bf16", halves.mapv(bf16::from_f32))
            .with("i64", arr1(&[i64::MIN, 7]))
            .with("i32", arr1(&[i32::MAX]))
            .with("u8", arr1(&[255_u8]))
            .with("bool", arr1(&[true, false, true]))
            .with("nothing", Array3::<f32>::zeros((1, 0, 4)));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tensors.safetensors");
        write(&path, &tensors).unwrap();
        let found = read(&path).unwrap();
        assert_eq!(found.len(), tensors.len());
        for (name, tensor) in tensors.iter() {
            assert_eq!(found.find(name), Some(tensor), "{name}");
        }
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        assert!(matches!(read(&path), Err(Error::InvalidInput(_))));
        std::fs::write(&path, "no tensors").unwrap();
        assert!(matches!(read(&path), Err(Error::InvalidInput(_))));
    }
}
