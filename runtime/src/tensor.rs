//! Tensors on the host, as they enter and leave a graph.

pub(crate) mod file;
mod shaping;

use std::borrow::Cow;

use half::{bf16, f16};
use ndarray::{ArrayD, ArrayViewD};

pub(crate) use shaping::Filling;

/// A dense tensor of one of the element types that the graphs take or give.
#[derive(Debug, Clone, PartialEq)]
pub enum Tensor {
    /// 32-bit floats.
    F32(ArrayD<f32>),
    /// 16-bit floats.
    F16(ArrayD<f16>),
    /// The upper halves of 32-bit floats.
    Bf16(ArrayD<bf16>),
    /// 64-bit signed integers.
    I64(ArrayD<i64>),
    /// 32-bit signed integers.
    I32(ArrayD<i32>),
    /// Bytes.
    U8(ArrayD<u8>),
    /// Truth values.
    Bool(ArrayD<bool>),
}

impl Tensor {
    /// Size of each axis.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::F32(array) => array.shape(),
            Self::F16(array) => array.shape(),
            Self::Bf16(array) => array.shape(),
            Self::I64(array) => array.shape(),
            Self::I32(array) => array.shape(),
            Self::U8(array) => array.shape(),
            Self::Bool(array) => array.shape(),
        }
    }

    /// Element type by its ONNX name.
    #[must_use]
    pub fn dtype(&self) -> &'static str {
        match self {
            Self::F32(_) => "float32",
            Self::F16(_) => "float16",
            Self::Bf16(_) => "bfloat16",
            Self::I64(_) => "int64",
            Self::I32(_) => "int32",
            Self::U8(_) => "uint8",
            Self::Bool(_) => "bool",
        }
    }

    /// The values as 32-bit floats; half precision is widened, integers and truth values are `None`.
    #[must_use]
    pub fn to_f32(&self) -> Option<Cow<'_, ArrayD<f32>>> {
        match self {
            Self::F32(array) => Some(Cow::Borrowed(array)),
            Self::F16(array) => Some(Cow::Owned(array.mapv(f16::to_f32))),
            Self::Bf16(array) => Some(Cow::Owned(array.mapv(bf16::to_f32))),
            Self::I64(_) | Self::I32(_) | Self::U8(_) | Self::Bool(_) => None,
        }
    }

    /// The same of a tensor that nobody needs any more: 32-bit floats are not copied.
    pub(crate) fn into_f32(self) -> Option<ArrayD<f32>> {
        match self {
            Self::F32(array) => Some(array),
            other => other.to_f32().map(Cow::into_owned),
        }
    }

    /// The values as 32-bit floats, without a copy; `None` for every other element type.
    #[must_use]
    pub fn as_f32(&self) -> Option<ArrayViewD<'_, f32>> {
        match self {
            Self::F32(array) => Some(array.view()),
            _ => None,
        }
    }

    /// The values as 64-bit integers, without a copy; `None` for every other element type.
    #[must_use]
    pub fn as_i64(&self) -> Option<ArrayViewD<'_, i64>> {
        match self {
            Self::I64(array) => Some(array.view()),
            _ => None,
        }
    }
}

macro_rules! from_array {
    ($($element:ty => $variant:ident),+) => {
        $(impl<D: ndarray::Dimension> From<ndarray::Array<$element, D>> for Tensor {
            fn from(array: ndarray::Array<$element, D>) -> Self {
                // Engines read memory in row-major order.
                let array = if array.is_standard_layout() {
                    array
                } else {
                    array.as_standard_layout().into_owned()
                };
                Self::$variant(array.into_dyn())
            }
        })+
    };
}

from_array!(f32 => F32, f16 => F16, bf16 => Bf16, i64 => I64, i32 => I32, u8 => U8, bool => Bool);

/// Tensors by name, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NamedTensors(Vec<(Cow<'static, str>, Tensor)>);

impl NamedTensors {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more; a tensor of that name is replaced.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, tensor: impl Into<Tensor>) -> Self {
        self.insert(name, tensor);
        self
    }

    /// Adds a tensor; one of that name is replaced.
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, tensor: impl Into<Tensor>) {
        let name = name.into();
        let tensor = tensor.into();
        match self.0.iter_mut().find(|(existing, _)| *existing == name) {
            Some(slot) => slot.1 = tensor,
            None => self.0.push((name, tensor)),
        }
    }

    /// The tensor of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Tensor> {
        self.0
            .iter()
            .find(|(existing, _)| existing == name)
            .map(|(_, tensor)| tensor)
    }

    /// Takes the tensor of that name out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Tensor> {
        let place = self.0.iter().position(|(existing, _)| existing == name)?;
        Some(self.0.remove(place).1)
    }

    /// Names and tensors in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.0.iter().map(|(name, tensor)| (name.as_ref(), tensor))
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}
