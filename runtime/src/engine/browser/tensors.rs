//! Tensors as the page takes and gives them: little-endian bytes behind each other, and base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use half::f16;
use ndarray::{ArrayD, IxDyn};
use serde_json::{Value, json};

use super::BrowserError;
use crate::engine::Outlet;
use crate::error::Error;
use crate::tensor::Tensor;

/// Typed arrays of the page begin at multiples of their element's size; eight is one of all.
const ALIGNMENT: usize = 8;

/// Appends a tensor's bytes and describes where they are.
pub(super) fn write(name: &str, tensor: &Tensor, bytes: &mut Vec<u8>) -> Value {
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    let at = bytes.len();
    let length: usize = tensor.shape().iter().product();
    match tensor {
        Tensor::F32(array) => bytes.extend(array.iter().flat_map(|value| value.to_le_bytes())),
        Tensor::F16(array) => bytes.extend(array.iter().flat_map(|value| value.to_le_bytes())),
        Tensor::Bf16(array) => bytes.extend(array.iter().flat_map(|value| value.to_le_bytes())),
        Tensor::I64(array) => bytes.extend(array.iter().flat_map(|value| value.to_le_bytes())),
        Tensor::I32(array) => bytes.extend(array.iter().flat_map(|value| value.to_le_bytes())),
        Tensor::U8(array) => bytes.extend(array.iter()),
        Tensor::Bool(array) => bytes.extend(array.iter().map(|value| u8::from(*value))),
    }
    json!({ "name": name, "type": tensor.dtype(), "shape": tensor.shape(), "at": at, "length": length })
}

/// Reads a tensor that the page gave.
pub(super) fn read(given: &Value) -> Result<(String, Tensor), Error> {
    let garbage = |what: &str| BrowserError::Garbage {
        reason: format!("an output without {what}"),
    };
    let name = given["name"].as_str().ok_or_else(|| garbage("a name"))?;
    let shape = given["shape"]
        .as_array()
        .and_then(|shape| shape.iter().map(size).collect::<Option<Vec<_>>>());
    let shape = shape.ok_or_else(|| garbage("a shape"))?;
    let data = given["data"]
        .as_str()
        .and_then(|data| STANDARD.decode(data).ok());
    let data = data.ok_or_else(|| garbage("data"))?;
    let dtype = given["type"].as_str().unwrap_or("no type");
    let tensor = match dtype {
        "float32" => array(&shape, &data, f32::from_le_bytes).map(Tensor::F32),
        "float16" => array(&shape, &data, f16::from_le_bytes).map(Tensor::F16),
        "int64" => array(&shape, &data, i64::from_le_bytes).map(Tensor::I64),
        "int32" => array(&shape, &data, i32::from_le_bytes).map(Tensor::I32),
        "uint8" => array(&shape, &data, u8::from_le_bytes).map(Tensor::U8),
        "bool" => array(&shape, &data, |[byte]: [u8; 1]| byte != 0).map(Tensor::Bool),
        other => {
            return Err(Error::WrongOutput {
                output: name.to_owned(),
                found: other.to_owned(),
                expected: "float32, float16, int64, int32, uint8 or bool",
            });
        }
    };
    let tensor = tensor.ok_or_else(|| garbage("as many values as its shape says"))?;
    Ok((name.to_owned(), tensor))
}

fn array<T, const N: usize>(
    shape: &[usize],
    data: &[u8],
    value: impl Fn([u8; N]) -> T,
) -> Option<ArrayD<T>> {
    let (values, rest) = data.as_chunks::<N>();
    if !rest.is_empty() {
        return None;
    }
    let values = values.iter().map(|bytes| value(*bytes)).collect();
    ArrayD::from_shape_vec(IxDyn(shape), values).ok()
}

/// Name, element type and shape of an input or output, as the page tells them.
pub(super) fn outlet(told: &Value) -> Outlet {
    let shape = told["shape"].as_array().map_or(&[][..], Vec::as_slice);
    Outlet {
        name: told["name"].as_str().unwrap_or_default().to_owned(),
        dtype: told["type"].as_str().unwrap_or_default().to_owned(),
        shape: shape.iter().map(size).collect(),
        axes: shape
            .iter()
            .map(|axis| axis.as_str().unwrap_or_default().to_owned())
            .collect(),
    }
}

fn size(axis: &Value) -> Option<usize> {
    axis.as_u64().and_then(|size| usize::try_from(size).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_come_back_as_they_went() {
        let tensors: [Tensor; 6] = [
            ndarray::arr1(&[1.5_f32, -2.0, 3.25]).into(),
            ndarray::arr1(&[f16::from_f32(0.5)]).into(),
            ndarray::arr2(&[[1_i64, -1], [2, -2]]).into(),
            ndarray::arr1(&[7_i32]).into(),
            ndarray::arr1(&[255_u8, 0]).into(),
            ndarray::arr1(&[true, false, true]).into(),
        ];
        let mut bytes = Vec::new();
        for tensor in &tensors {
            let told = write("x", tensor, &mut bytes);
            let at = told["at"].as_u64().unwrap() as usize;
            assert_eq!(at % ALIGNMENT, 0);
            let mut given = told.clone();
            given["data"] = json!(STANDARD.encode(&bytes[at..]));
            let (name, read) = read(&given).unwrap();
            assert_eq!((name.as_str(), &read), ("x", tensor));
        }
    }

    #[test]
    fn what_is_no_tensor_is_refused() {
        for given in [
            json!({}),
            json!({ "name": "x", "type": "float32", "shape": [2], "data": "AAAAAA==" }),
            json!({ "name": "x", "type": "float32", "shape": [1], "data": "AAAA" }),
            json!({ "name": "x", "type": "string", "shape": [], "data": "" }),
        ] {
            assert!(read(&given).is_err(), "{given}");
        }
    }
}
