//! Conversion between host tensors and ONNX Runtime's values.

use ort::memory::Allocator;
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor as OrtTensor;
use ort::value::{
    DynTensor, DynTensorValueType, DynValue, Outlet as OrtOutlet, TensorElementType, TensorRef,
    ValueType,
};

use super::turn;
use crate::engine::{Feed, Held, Holdable, Outlet};
use crate::error::Error;
use crate::tensor::Tensor;

/// The value of a feed; nothing is copied.
pub(super) fn feed(feed: Feed<'_>) -> Result<SessionInputValue<'_>, Error> {
    match Fed::of(feed)? {
        Fed::Host(tensor) => borrow(tensor),
        Fed::Kept(value) => Ok(value.into()),
    }
}

/// A feed, with what this engine kept in place of what it handed out for it.
pub(super) enum Fed<'a> {
    /// A tensor on the host.
    Host(&'a Tensor),
    /// An output of an earlier run.
    Kept(&'a DynValue),
}

impl<'a> Fed<'a> {
    pub(super) fn of(feed: Feed<'a>) -> Result<Self, Error> {
        match feed {
            Feed::Tensor(tensor) => Ok(Self::Host(tensor)),
            Feed::Held(held) => match held.value()? {
                Kept {
                    value: Some(value), ..
                } => Ok(Self::Kept(value)),
                Kept { value: None, .. } => Err(Error::Poisoned),
            },
        }
    }

    /// Size of each axis; none where it is no tensor.
    pub(super) fn shape(&self) -> Vec<usize> {
        match self {
            Self::Host(tensor) => tensor.shape().to_vec(),
            Self::Kept(value) => {
                let shape = value.dtype().tensor_shape().into_iter();
                shape
                    .flat_map(|shape| shape.iter())
                    .map(|&size| size as usize)
                    .collect()
            }
        }
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
        let shape = self.value.as_ref().map(ort::value::Value::shape);
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

/// Memory of the host for a tensor of one of the element types that graphs take or give, by its ONNX name.
pub(super) fn room(dtype: &str, shape: &[usize]) -> ort::Result<DynTensor> {
    let kind = element_type(dtype);
    let kind = kind.ok_or_else(|| ort::Error::new(format!("no memory for {dtype}")))?;
    DynTensor::new(&Allocator::default(), kind, shape)
}

/// Whether there can be memory for tensors of this element type.
pub(super) fn is_known(dtype: &str) -> bool {
    element_type(dtype).is_some()
}

fn element_type(dtype: &str) -> Option<TensorElementType> {
    Some(match dtype {
        "float32" => TensorElementType::Float32,
        "float16" => TensorElementType::Float16,
        "bfloat16" => TensorElementType::Bfloat16,
        "int64" => TensorElementType::Int64,
        "int32" => TensorElementType::Int32,
        "uint8" => TensorElementType::Uint8,
        "bool" => TensorElementType::Bool,
        _ => return None,
    })
}

/// Whether the memory is that of a tensor of this element type and shape.
pub(super) fn fits(room: &DynTensor, tensor: &Tensor) -> bool {
    let sizes = room.shape().iter().map(|&size| size as usize);
    Some(*room.data_type()) == element_type(tensor.dtype())
        && sizes.eq(tensor.shape().iter().copied())
}

/// Copies a tensor to memory that it fits.
pub(super) fn fill(room: &mut DynTensor, tensor: &Tensor) -> ort::Result<()> {
    if tensor.shape().contains(&0) {
        return Ok(());
    }
    match tensor {
        Tensor::F32(array) => room.try_extract_array_mut()?.assign(array),
        Tensor::F16(array) => room.try_extract_array_mut()?.assign(array),
        Tensor::Bf16(array) => room.try_extract_array_mut()?.assign(array),
        Tensor::I64(array) => room.try_extract_array_mut()?.assign(array),
        Tensor::I32(array) => room.try_extract_array_mut()?.assign(array),
        Tensor::U8(array) => room.try_extract_array_mut()?.assign(array),
        Tensor::Bool(array) => room.try_extract_array_mut()?.assign(array),
    }
    Ok(())
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
