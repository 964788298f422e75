//! Element types and symbolic shapes.

use std::fmt;

use half::{bf16, f16};

/// Type of a tensor's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Element {
    Float32,
    Float16,
    BFloat16,
    Int32,
    Int64,
    Bool,
}

impl Element {
    /// Code in ONNX's `TensorProto.DataType`.
    pub(crate) const fn code(self) -> i32 {
        match self {
            Self::Float32 => 1,
            Self::Int32 => 6,
            Self::Int64 => 7,
            Self::Bool => 9,
            Self::Float16 => 10,
            Self::BFloat16 => 16,
        }
    }

    /// Size of one element in bytes.
    pub(crate) const fn bytes(self) -> u64 {
        match self {
            Self::Bool => 1,
            Self::Float16 | Self::BFloat16 => 2,
            Self::Float32 | Self::Int32 => 4,
            Self::Int64 => 8,
        }
    }

    /// Whether it is a floating-point type.
    pub(crate) const fn is_float(self) -> bool {
        matches!(self, Self::Float32 | Self::Float16 | Self::BFloat16)
    }

    /// A number that hides a score it is added to. Half the range of the half precisions: a score on top of the whole range
    /// would overflow to infinity.
    pub(crate) fn lowest_score(self) -> f64 {
        match self {
            Self::Float16 => f64::from(f16::MIN) / 2.0,
            Self::BFloat16 => f64::from(bf16::MIN) / 2.0,
            _ => f64::from(f32::MIN),
        }
    }

    /// Name in listings and in the names of constants.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float16 => "float16",
            Self::BFloat16 => "bfloat16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Bool => "bool",
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One dimension of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Dim {
    /// Known at export time.
    Fixed(u64),
    /// Known at run time, the same wherever the name stands.
    Symbol(&'static str),
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(size) => write!(f, "{size}"),
            Self::Symbol(name) => f.write_str(name),
        }
    }
}

/// A shape in brackets, as listings and messages print it.
pub(crate) fn bracketed(shape: &[Dim]) -> String {
    let dims: Vec<String> = shape.iter().map(Dim::to_string).collect();
    format!("[{}]", dims.join(", "))
}

/// The shape of a list of fixed sizes.
pub(crate) fn fixed(sizes: &[u64]) -> Vec<Dim> {
    sizes.iter().map(|&size| Dim::Fixed(size)).collect()
}

/// The shape two operands are broadcast to, by NumPy's rule; `None` where they cannot be.
pub(crate) fn broadcast(left: &[Dim], right: &[Dim]) -> Option<Vec<Dim>> {
    let rank = left.len().max(right.len());
    let from_end = |shape: &[Dim], place: usize| {
        let place = shape.len().checked_sub(place + 1);
        place.map_or(Dim::Fixed(1), |place| shape[place])
    };
    let mut shape: Vec<Dim> = (0..rank)
        .map(
            |place| match (from_end(left, place), from_end(right, place)) {
                (one, other) if one == other => Some(one),
                (Dim::Fixed(1), other) => Some(other),
                (one, Dim::Fixed(1)) => Some(one),
                _ => None,
            },
        )
        .collect::<Option<_>>()?;
    shape.reverse();
    Some(shape)
}

/// The product of fixed dimensions; `None` where one is symbolic or the product is beyond 64 bits.
pub(crate) fn volume(shape: &[Dim]) -> Option<u64> {
    shape.iter().try_fold(1_u64, |product, dim| match dim {
        Dim::Fixed(size) => product.checked_mul(*size),
        Dim::Symbol(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const B: Dim = Dim::Symbol("b");
    const S: Dim = Dim::Symbol("s");

    #[test]
    fn shapes_are_broadcast_by_numpys_rule() {
        let check = |left: &[Dim], right: &[Dim], expected: Option<&str>| {
            assert_eq!(
                broadcast(left, right).map(|s| bracketed(&s)).as_deref(),
                expected
            );
            assert_eq!(
                broadcast(right, left).map(|s| bracketed(&s)).as_deref(),
                expected
            );
        };
        check(&[B, S, Dim::Fixed(4)], &[Dim::Fixed(4)], Some("[b, s, 4]"));
        check(
            &[B, Dim::Fixed(1), S],
            &[Dim::Fixed(3), Dim::Fixed(1)],
            Some("[b, 3, s]"),
        );
        check(&[], &[Dim::Fixed(2)], Some("[2]"));
        check(&[B], &[S], None);
        check(&[B], &[Dim::Fixed(2)], None);
        check(&[Dim::Fixed(3)], &[Dim::Fixed(2)], None);
    }

    #[test]
    fn a_volume_beyond_64_bits_is_none() {
        assert_eq!(volume(&fixed(&[3, 4])), Some(12));
        assert_eq!(volume(&fixed(&[1 << 40, 1 << 40])), None);
        assert_eq!(volume(&[B]), None);
    }
}
