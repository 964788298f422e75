//! Conversion between host tensors and ONNX Runtime's values.

use ort::session::{Session, SessionInputValue};
use ort::value::Tensor as OrtTensor;
use ort::value::{
    DynTensorValueType, DynValue, Outlet as OrtOutlet, TensorElementType, TensorRef, ValueType,
};

use super::turn;
use crate::engine::{Feed, Held, Holdable, Outlet};
use crate::error::Error;
use crate::tensor::Tensor;

/// The value of a feed; nothing is copied.
pub(super) fn feed(feed: Feed<'_>) -> Result<SessionInputValue<'_>, Error> {
    match feed {
        Feed::Tensor(tensor) => borrow(tensor),
        Feed::Held(held) => match held.value()? {
            Kept {
                value: Some(value), ..
            } => Ok(value.into()),
            Kept { value: None, .. } => Err(Error::Poisoned),
        },
    }
}

/// An output that stays where it is.
struct Kept {
    /// There until it is dropped.
    value: Option<DynValue>,
    takes_turns: bool,
}

impl Holdable for Kept {
    fn shape(&self) -> Vec<usize> {
        let shape = self.value.as_ref().map(|value| value.shape());
        let sizes = shape.into_iter().flat_map(|shape| shape.iter().copied());
        sizes.map(|size| size as usize).collect()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // Memory of a device that all share is freed there, which is work like any other.
        let _turn = turn::wait(self.takes_turns);
        self.value = None;
    }
}

/// Keeps an output where it is.
pub(super) fn hold(value: DynValue, takes_turns: bool) -> Held {
    let tensor = value.view().downcast::<DynTensorValueType>();
    let memory = tensor.map_or_else(
        |_| String::new(),
        |tensor| {
            let device = tensor.memory_info().allocation_device();
            device.as_str().to_owned()
        },
    );
    let kept = Kept {
        value: Some(value),
        takes_turns,
    };
    Held::new(kept, &memory)
}

/// The value of a feed for a binding, which keeps it beyond the call: tensors of the host are copied. A borrowed one must not
/// be bound: the crate would copy it itself, and wait for itself in doing so.
pub(super) fn feed_bound(given: Feed<'_>) -> Result<SessionInputValue<'_>, Error> {
    let Feed::Tensor(tensor) = given else {
        return feed(given);
    };
    let value = match tensor {
        Tensor::F32(array) => OrtTensor::from_array(array.clone()).map(Into::into),
        Tensor::F16(array) => OrtTensor::from_array(array.clone()).map(Into::into),
        Tensor::Bf16(array) => OrtTensor::from_array(array.clone()).map(Into::into),
        Tensor::I64(array) => OrtTensor::from_array(array.clone()).map(Into::into),
        Tensor::I32(array) => OrtTensor::from_array(array.clone()).map(Into::into),
        Tensor::U8(array) => OrtTensor::from_array(array.clone()).map(Into::into),
        Tensor::Bool(array) => OrtTensor::from_array(array.clone()).map(Into::into),
    };
    value.map_err(Error::engine("hand a tensor to ONNX Runtime"))
}

/// A value that borrows the tensor's memory.
fn borrow(tensor: &Tensor) -> Result<SessionInputValue<'_>, Error> {
    let value = match tensor {
        Tensor::F32(array) => TensorRef::from_array_view(array).map(Into::into),
        Tensor::F16(array) => TensorRef::from_array_view(array).map(Into::into),
        Tensor::Bf16(array) => TensorRef::from_array_view(array).map(Into::into),
        Tensor::I64(array) => TensorRef::from_array_view(array).map(Into::into),
        Tensor::I32(array) => TensorRef::from_array_view(array).map(Into::into),
        Tensor::U8(array) => TensorRef::from_array_view(array).map(Into::into),
        Tensor::Bool(array) => TensorRef::from_array_view(array).map(Into::into),
    };
    value.map_err(Error::engine("hand a tensor to ONNX Runtime"))
}

/// A copy of an output on the host.
pub(super) fn copy(name: &str, value: &DynValue) -> Result<Tensor, Error> {
    let context = || format!("read the output `{name}`");
    let tensor = match value.dtype().tensor_type() {
        Some(TensorElementType::Float32) => value
            .try_extract_array::<f32>()
            .map(|view| view.to_owned().into()),
        Some(TensorElementType::Float16) => value
            .try_extract_array::<half::f16>()
            .map(|view| view.to_owned().into()),
        Some(TensorElementType::Bfloat16) => value
            .try_extract_array::<half::bf16>()
            .map(|view| view.to_owned().into()),
        Some(TensorElementType::Int64) => value
            .try_extract_array::<i64>()
            .map(|view| view.to_owned().into()),
        Some(TensorElementType::Int32) => value
            .try_extract_array::<i32>()
            .map(|view| view.to_owned().into()),
        Some(TensorElementType::Uint8) => value
            .try_extract_array::<u8>()
            .map(|view| view.to_owned().into()),
        Some(TensorElementType::Bool) => value
            .try_extract_array::<bool>()
            .map(|view| view.to_owned().into()),
        other => {
            return Err(Error::WrongOutput {
                output: name.to_owned(),
                found: other.map_or_else(|| "no tensor".to_owned(), |dtype| dtype.to_string()),
                expected: "float32, float16, bfloat16, int64, int32, uint8 or bool",
            });
        }
    };
    tensor.map_err(Error::engine(context()))
}

/// Name, element type and shape of an input or output.
pub(super) fn outlet(outlet: &OrtOutlet) -> Outlet {
    let (dtype, shape, axes) = match outlet.dtype() {
        ValueType::Tensor {
            ty,
            shape,
            dimension_symbols,
        } => {
            let sizes = shape
                .iter()
                .map(|&size| usize::try_from(size).ok())
                .collect();
            let axes = dimension_symbols.iter().cloned().collect();
            (onnx_name(*ty), sizes, axes)
        }
        other => (other.to_string(), Vec::new(), Vec::new()),
    };
    Outlet {
        name: outlet.name().to_owned(),
        dtype,
        shape,
        axes,
    }
}

fn onnx_name(dtype: TensorElementType) -> String {
    let name = match dtype {
        TensorElementType::Float32 => "float32",
        TensorElementType::Float16 => "float16",
        TensorElementType::Bfloat16 => "bfloat16",
        TensorElementType::Float64 => "float64",
        TensorElementType::Int64 => "int64",
        TensorElementType::Int32 => "int32",
        TensorElementType::Uint8 => "uint8",
        other => return other.to_string().to_lowercase(),
    };
    name.to_owned()
}

/// The same with the names that its axes had before they were bound to numbers, as the exporter keeps them in the model's
/// metadata.
pub(super) fn with_bound_axes(outlet: Outlet, session: &Session) -> Outlet {
    let key = format!("axes.{}", outlet.name);
    let names = session.metadata().ok().and_then(|data| data.custom(&key));
    let axes: Vec<_> = names.iter().flat_map(|names| names.split(',')).collect();
    if axes.len() != outlet.shape.len() {
        return outlet;
    }
    Outlet {
        axes: axes.into_iter().map(str::to_owned).collect(),
        ..outlet
    }
}
