//! How the numbers of a stored tensor are encoded: plainly, or in blocks that share a scale.

use safetensors::Dtype;

/// The encoding of a stored tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// One number after the other.
    Plain(Dtype),
    /// ggml's blocks.
    Blocks(Quantisation),
    /// An encoding of ggml that is not read, by its number.
    Unknown(u32),
}

/// ggml's blocks of quantised numbers, by the names llama.cpp gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantisation {
    Q4_0,
    Q4_1,
    Q8_0,
    Q4K,
    Q6K,
}

impl Encoding {
    /// The encoding of a number in ggml's `ggml_type`.
    pub(crate) const fn of_ggml(number: u32) -> Self {
        match number {
            0 => Self::Plain(Dtype::F32),
            1 => Self::Plain(Dtype::F16),
            2 => Self::Blocks(Quantisation::Q4_0),
            3 => Self::Blocks(Quantisation::Q4_1),
            8 => Self::Blocks(Quantisation::Q8_0),
            12 => Self::Blocks(Quantisation::Q4K),
            14 => Self::Blocks(Quantisation::Q6K),
            28 => Self::Plain(Dtype::F64),
            30 => Self::Plain(Dtype::BF16),
            other => Self::Unknown(other),
        }
    }

    /// Whether its numbers can be read as floating-point weights.
    pub(crate) fn is_readable(self) -> bool {
        match self {
            Self::Plain(dtype) => {
                matches!(dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F64)
            }
            Self::Blocks(_) => true,
            Self::Unknown(_) => false,
        }
    }

    /// The numbers of a block and the bytes they take.
    pub(crate) fn block(self) -> (u64, u64) {
        match self {
            Self::Plain(dtype) => (1, (dtype.bitsize() as u64 / 8).max(1)),
            Self::Blocks(Quantisation::Q4_0) => (32, 18),
            Self::Blocks(Quantisation::Q4_1) => (32, 20),
            Self::Blocks(Quantisation::Q8_0) => (32, 34),
            Self::Blocks(Quantisation::Q4K) => (256, 144),
            Self::Blocks(Quantisation::Q6K) => (256, 210),
            // Where it lies is unknown as well; that it is there is all that is said of it.
            Self::Unknown(_) => (1, 0),
        }
    }

    /// Its name in messages.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Plain(dtype) => format!("{dtype:?}"),
            Self::Blocks(blocks) => format!("{blocks:?}"),
            Self::Unknown(number) => format!("ggml's type {number}"),
        }
    }
}
