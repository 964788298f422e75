//! Where each tensor of a GGUF file lies.

use std::ops::Range;

use super::cursor::Cursor;
use crate::checkpoint::Encoding;

/// The fewest bytes an entry takes: lengths of name and shape, type, offset.
pub(super) const LEAST_BYTES: usize = 24;
/// ggml's most dimensions.
const MOST_DIMENSIONS: u32 = 4;

/// A tensor of the file.
#[derive(Debug)]
pub(crate) struct Tensor {
    pub(crate) encoding: Encoding,
    pub(crate) shape: Vec<u64>,
    pub(crate) bytes: Range<usize>,
}

/// A tensor as the header lists it.
pub(super) struct Listed {
    name: String,
    shape: Vec<u64>,
    kind: u32,
    offset: u64,
}

impl Listed {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, String> {
        let name = cursor.text()?;
        let dimensions = cursor.u32()?;
        if dimensions > MOST_DIMENSIONS {
            return Err(format!("`{name}` has {dimensions} dimensions"));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(cursor.u64()?);
        }
        // ggml names the innermost dimension first.
        shape.reverse();
        Ok(Self {
            name,
            shape,
            kind: cursor.u32()?,
            offset: cursor.u64()?,
        })
    }

    /// The tensor, where it lies within the file; tensors begin at `start`.
    pub(super) fn place(self, start: u64, file: u64) -> Result<(String, Tensor), String> {
        let Self {
            name,
            shape,
            kind,
            offset,
        } = self;
        let encoding = Encoding::of_ggml(kind);
        let elements = shape
            .iter()
            .try_fold(1_u64, |product, &size| product.checked_mul(size));
        let (block, block_bytes) = encoding.block();
        let size = elements
            .filter(|elements| elements.is_multiple_of(block))
            .and_then(|elements| (elements / block).checked_mul(block_bytes));
        let begin = start.checked_add(offset);
        let end = begin
            .zip(size)
            .and_then(|(begin, size)| begin.checked_add(size));
        match (begin, end) {
            (Some(begin), Some(end)) if end <= file => {
                let tensor = Tensor {
                    encoding,
                    shape,
                    bytes: begin as usize..end as usize,
                };
                Ok((name, tensor))
            }
            _ => Err(format!("`{name}` does not lie within its {file} bytes")),
        }
    }
}
