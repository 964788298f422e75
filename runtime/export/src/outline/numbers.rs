//! The numbers of small tensors, which arithmetic on shapes needs.

use half::{bf16, f16};

use super::element::ElementType;

/// The elements of a tensor in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Integers; truth values are 0 and 1.
    Integers(Vec<i64>),
    /// Floating-point numbers, each one that the tensor's element type can hold.
    Floats(Vec<f64>),
}

impl Numbers {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Integers(numbers) => numbers.len(),
            Self::Floats(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The integers, where they are.
    #[must_use]
    pub fn integers(&self) -> Option<&[i64]> {
        match self {
            Self::Integers(numbers) => Some(numbers),
            Self::Floats(_) => None,
        }
    }

    /// The numbers at these places; `None` where one is beyond the end.
    pub(crate) fn picked(&self, places: impl Iterator<Item = usize>) -> Option<Self> {
        Some(match self {
            Self::Integers(numbers) => Self::Integers(
                places
                    .map(|at| numbers.get(at).copied())
                    .collect::<Option<_>>()?,
            ),
            Self::Floats(numbers) => Self::Floats(
                places
                    .map(|at| numbers.get(at).copied())
                    .collect::<Option<_>>()?,
            ),
        })
    }

    /// The numbers of a tensor's bytes, little-endian; `None` for types that no arithmetic on shapes uses.
    pub(super) fn decode(element: ElementType, bytes: &[u8]) -> Option<Self> {
        fn all<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
            let (chunks, _) = bytes.as_chunks::<N>();
            chunks.iter().map(|&chunk| number(chunk)).collect()
        }
        Some(match element.name() {
            "int64" => Self::Integers(all(bytes, i64::from_le_bytes)),
            "int32" => Self::Integers(all(bytes, |four| i32::from_le_bytes(four).into())),
            "uint32" => Self::Integers(all(bytes, |four| u32::from_le_bytes(four).into())),
            "int16" => Self::Integers(all(bytes, |two| i16::from_le_bytes(two).into())),
            "uint16" => Self::Integers(all(bytes, |two| u16::from_le_bytes(two).into())),
            "int8" => Self::Integers(all(bytes, |one| i8::from_le_bytes(one).into())),
            "uint8" | "bool" => Self::Integers(all(bytes, |one| u8::from_le_bytes(one).into())),
            "float64" => Self::Floats(all(bytes, f64::from_le_bytes)),
            "float32" => Self::Floats(all(bytes, |four| f32::from_le_bytes(four).into())),
            "float16" => Self::Floats(all(bytes, |two| f16::from_le_bytes(two).to_f64())),
            "bfloat16" => Self::Floats(all(bytes, |two| bf16::from_le_bytes(two).to_f64())),
            _ => return None,
        })
    }

    /// The numbers of half-precision floats that a file holds as integers, bit for bit.
    pub(super) fn from_bits(element: ElementType, bits: &[i64]) -> Self {
        let number = |&bits: &i64| match element {
            ElementType::BFLOAT16 => bf16::from_bits(bits as u16).to_f64(),
            _ => f16::from_bits(bits as u16).to_f64(),
        };
        Self::Floats(bits.iter().map(number).collect())
    }
}
