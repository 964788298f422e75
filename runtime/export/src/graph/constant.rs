//! Initializers: weights, tables computed from them, and constants, each of which stands in the
//! graph once.

use std::fmt;

use half::{bf16, f16};

use super::shape::fixed;
use super::{Element, Graph, Value};
use crate::checkpoint::Checkpoint;
use crate::error::ExportError;

/// A tensor that is part of the model.
#[derive(Debug)]
pub(crate) struct Initializer {
    pub(crate) value: Value,
    pub(crate) shape: Vec<u64>,
    pub(crate) data: Data,
}

/// Where an initializer's elements come from.
pub(crate) enum Data {
    /// From here, in the initializer's element type, little-endian.
    Inline(Vec<u8>),
    /// From a tensor of the checkpoint.
    Tensor { name: String, layout: Layout },
    /// From tensors of the checkpoint by a computation in single precision, done when the model is
    /// written.
    Computed { from: Vec<String>, compute: Compute },
}

/// A computation over the checkpoint's tensors, given in the order of [`Data::Computed`]'s names.
pub(crate) type Compute = Box<dyn Fn(&[Vec<f32>]) -> Vec<f32>>;

/// How a tensor's elements are laid out in the initializer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As the checkpoint has them.
    AsStored,
    /// A matrix with rows and columns exchanged.
    Transposed,
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Tensor { name, layout } => write!(f, "{name} {layout:?}"),
            Self::Computed { from, .. } => write!(f, "computed from {from:?}"),
        }
    }
}

impl Graph {
    /// A tensor of the checkpoint whose stored shape is `stored`.
    pub(crate) fn tensor(&mut self, name: &str, stored: &[u64], layout: Layout) -> Value {
        let (label, shape) = match layout {
            Layout::AsStored => (name.to_owned(), stored.to_vec()),
            Layout::Transposed => {
                let shape = stored.iter().rev().copied().collect();
                (format!("{name}.transposed"), shape)
            }
        };
        let data = Data::Tensor {
            name: name.to_owned(),
            layout,
        };
        self.initializer(label, self.float(), shape, data)
    }

    /// A table computed from tensors of the checkpoint.
    pub(crate) fn computed(
        &mut self,
        label: &str,
        shape: Vec<u64>,
        from: Vec<String>,
        compute: Compute,
    ) -> Value {
        let data = Data::Computed { from, compute };
        self.initializer(label.to_owned(), self.float(), shape, data)
    }

    /// A floating-point scalar in the graph's precision.
    pub(crate) fn scalar(&mut self, number: f64) -> Value {
        self.scalar_as(self.float(), number)
    }

    /// A floating-point scalar.
    pub(crate) fn scalar_as(&mut self, element: Element, number: f64) -> Value {
        let bytes = match element {
            Element::Float16 => f16::from_f64(number).to_le_bytes().to_vec(),
            Element::BFloat16 => bf16::from_f64(number).to_le_bytes().to_vec(),
            _ => (number as f32).to_le_bytes().to_vec(),
        };
        let label = format!("constant/{element}/{:?}", number as f32);
        self.initializer(label, element, vec![], Data::Inline(bytes))
    }

    /// 64-bit integers.
    pub(crate) fn int64s(&mut self, shape: &[u64], numbers: &[i64]) -> Value {
        let bytes = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        let label = integer_label(Element::Int64, shape, numbers);
        let value = self.initializer(label, Element::Int64, shape.to_vec(), Data::Inline(bytes));
        self.integers.insert(value, numbers.to_vec());
        value
    }

    /// A vector of 64-bit indices, too many to be its name.
    pub(crate) fn indices(&mut self, label: &str, numbers: &[i64]) -> Value {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
        let data = Data::Inline(bytes.collect());
        self.initializer(
            label.to_owned(),
            Element::Int64,
            vec![numbers.len() as u64],
            data,
        )
    }

    /// One integer of either width.
    pub(crate) fn integer(&mut self, element: Element, number: i64) -> Value {
        if element == Element::Int64 {
            return self.int64s(&[], &[number]);
        }
        let label = integer_label(Element::Int32, &[], &[number]);
        let bytes = (number as i32).to_le_bytes().to_vec();
        self.initializer(label, Element::Int32, vec![], Data::Inline(bytes))
    }

    /// A list of 32-bit indices, under a label because it may be long.
    pub(crate) fn short_indices(&mut self, label: &str, indices: &[u64]) -> Value {
        let bytes = indices
            .iter()
            .flat_map(|&index| (index as i32).to_le_bytes());
        let data = Data::Inline(bytes.collect());
        let shape = vec![indices.len() as u64];
        self.initializer(label.to_owned(), Element::Int32, shape, data)
    }

    /// The whole numbers of a range in single precision, exact below 2^24.
    pub(crate) fn range(
        &mut self,
        label: &str,
        shape: Vec<u64>,
        numbers: std::ops::Range<u64>,
    ) -> Value {
        let bytes = numbers
            .flat_map(|number| (number as f32).to_le_bytes())
            .collect();
        self.initializer(
            label.to_owned(),
            Element::Float32,
            shape,
            Data::Inline(bytes),
        )
    }

    /// A vector of single precision, whatever the graph computes in.
    pub(crate) fn singles(&mut self, label: &str, numbers: &[f32]) -> Value {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
        let data = Data::Inline(bytes.collect());
        let shape = vec![numbers.len() as u64];
        self.initializer(label.to_owned(), Element::Float32, shape, data)
    }

    fn initializer(
        &mut self,
        label: String,
        element: Element,
        shape: Vec<u64>,
        data: Data,
    ) -> Value {
        if let Some(&value) = self.interned.get(&label) {
            return value;
        }
        let value = self.add_value(label.clone(), element, fixed(&shape));
        self.interned.insert(label, value);
        self.initializers.push(Initializer { value, shape, data });
        value
    }
}

fn integer_label(element: Element, shape: &[u64], numbers: &[i64]) -> String {
    let rank = shape.len();
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("constant/{element}/{rank}d/{}", numbers.join("_"))
}

impl Data {
    /// The number of bytes the elements take as `element`.
    pub(crate) fn bytes(&self, element: Element, shape: &[u64]) -> Option<u64> {
        match self {
            Self::Inline(bytes) => Some(bytes.len() as u64),
            Self::Tensor { .. } | Self::Computed { .. } => shape
                .iter()
                .try_fold(element.bytes(), |product, &size| product.checked_mul(size)),
        }
    }

    /// Writes the elements as `element`, holding one tensor at most in memory.
    pub(crate) fn write(
        &self,
        checkpoint: &Checkpoint,
        element: Element,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        match self {
            Self::Inline(bytes) => sink(bytes),
            Self::Tensor { name, layout } => checkpoint.stream(name, element, *layout, sink),
            Self::Computed { from, compute } => {
                let tensors = from
                    .iter()
                    .map(|name| checkpoint.floats(name))
                    .collect::<Result<Vec<_>, _>>()?;
                let numbers = compute(&tensors);
                let label = from.first().map_or("", String::as_str);
                crate::checkpoint::encode(label, &numbers, element, sink)
            }
        }
    }
}
