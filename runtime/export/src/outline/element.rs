//! Element types of tensors, by the codes of ONNX files.

use std::fmt;

use half::{bf16, f16};

/// What the elements of a tensor are (`TensorProto.DataType` of
/// <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ElementType(i32);

/// Codes, names as ONNX spells them, and bits of an element. Texts have no fixed size.
const KNOWN: [(i32, &str, u64); 22] = [
    (1, "float32", 32),
    (2, "uint8", 8),
    (3, "int8", 8),
    (4, "uint16", 16),
    (5, "int16", 16),
    (6, "int32", 32),
    (7, "int64", 64),
    (8, "string", 0),
    (9, "bool", 8),
    (10, "float16", 16),
    (11, "float64", 64),
    (12, "uint32", 32),
    (13, "uint64", 64),
    (14, "complex64", 64),
    (15, "complex128", 128),
    (16, "bfloat16", 16),
    (17, "float8e4m3fn", 8),
    (18, "float8e4m3fnuz", 8),
    (19, "float8e5m2", 8),
    (20, "float8e5m2fnuz", 8),
    (21, "uint4", 4),
    (22, "int4", 4),
];

impl ElementType {
    /// 32-bit floats.
    pub const FLOAT32: Self = Self(1);
    /// 16-bit floats.
    pub const FLOAT16: Self = Self(10);
    /// The upper halves of 32-bit floats.
    pub const BFLOAT16: Self = Self(16);
    /// 64-bit floats.
    pub const FLOAT64: Self = Self(11);
    /// 64-bit signed integers.
    pub const INT64: Self = Self(7);
    /// 32-bit signed integers.
    pub const INT32: Self = Self(6);
    /// Truth values.
    pub const BOOL: Self = Self(9);

    /// The type of a code; `None` for codes that are not known here.
    #[must_use]
    pub fn of(code: i32) -> Option<Self> {
        KNOWN
            .iter()
            .any(|(known, ..)| *known == code)
            .then_some(Self(code))
    }

    /// Its name, such as `float32`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.known().1
    }

    /// Bits of one element; 0 for texts, whose size varies.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.known().2
    }

    fn known(self) -> &'static (i32, &'static str, u64) {
        let place = KNOWN.iter().position(|(code, ..)| *code == self.0);
        &KNOWN[place.unwrap_or(0)]
    }

    /// Whether the elements are floating-point numbers.
    #[must_use]
    pub fn is_float(self) -> bool {
        [Self::FLOAT32, Self::FLOAT16, Self::BFLOAT16, Self::FLOAT64].contains(&self)
    }

    /// Whether the elements are integers that 64 bits with a sign can hold, truth values among them.
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(self.0, 2..=7 | 9 | 12)
    }

    /// A number as this type of float holds it.
    pub(crate) fn rounded(self, number: f64) -> f64 {
        match self {
            Self::FLOAT16 => f16::from_f64(number).to_f64(),
            Self::BFLOAT16 => bf16::from_f64(number).to_f64(),
            Self::FLOAT32 => f64::from(number as f32),
            _ => number,
        }
    }

    /// An integer as this type of integer holds it; what does not fit wraps around.
    pub(crate) fn wrapped(self, number: i64) -> i64 {
        match self.0 {
            2 => i64::from(number as u8),
            3 => i64::from(number as i8),
            4 => i64::from(number as u16),
            5 => i64::from(number as i16),
            6 => i64::from(number as i32),
            9 => i64::from(number != 0),
            12 => i64::from(number as u32),
            _ => number,
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
