//! Conversion of stored weights to the element type of an initializer, in bounded memory.

use half::{bf16, f16};
use safetensors::Dtype;

use super::encoding::Encoding;
use super::{Checkpoint, blocks};
use crate::error::ExportError;
use crate::graph::{Element, Layout};

/// Elements converted at a time.
const CHUNK: usize = 1 << 16;

impl Checkpoint {
    /// A tensor in single precision.
    pub(crate) fn floats(&self, name: &str) -> Result<Vec<f32>, ExportError> {
        let (stored, bytes) = self.read(name)?;
        let count = stored.shape.iter().product::<u64>() as usize;
        let mut numbers = Vec::with_capacity(count);
        decode(stored.encoding, &bytes, &mut numbers);
        self.release(stored);
        Ok(numbers)
    }

    /// Hands a tensor to `sink` as `element`, in pieces; a transposed one is held in memory.
    pub(crate) fn stream(
        &self,
        name: &str,
        element: Element,
        layout: Layout,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let (stored, bytes) = self.read(name)?;
        let (Layout::Transposed, &[rows, columns]) = (layout, stored.shape.as_slice()) else {
            convert(name, stored.encoding, &bytes, element, sink)?;
            self.release(stored);
            return Ok(());
        };
        let mut converted = Vec::new();
        let bytes: &[u8] = if is_stored_as(stored.encoding, element) {
            &bytes
        } else {
            convert(name, stored.encoding, &bytes, element, &mut |piece| {
                converted.extend_from_slice(piece);
                Ok(())
            })?;
            &converted
        };
        let (rows, columns) = (rows as usize, columns as usize);
        if element.bytes() == 2 {
            sink(transpose::<2>(bytes, rows, columns).as_flattened())?;
        } else {
            sink(transpose::<4>(bytes, rows, columns).as_flattened())?;
        }
        self.release(stored);
        Ok(())
    }
}

/// Hands numbers to `sink` as `element`; `tensor` is named where one is too large for it.
pub(crate) fn encode(
    tensor: &str,
    numbers: &[f32],
    element: Element,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut bytes = Vec::with_capacity(CHUNK * element.bytes() as usize);
    for piece in numbers.chunks(CHUNK) {
        bytes.clear();
        let half = |number: f32| {
            if element == Element::BFloat16 {
                let short = bf16::from_f32(number);
                return (short.to_le_bytes(), short.is_infinite(), "bf16");
            }
            let half = f16::from_f32(number);
            (half.to_le_bytes(), half.is_infinite(), "fp16")
        };
        if element.bytes() == 2 {
            for &number in piece {
                let (half, is_infinite, precision) = half(number);
                if is_infinite && number.is_finite() {
                    return Err(ExportError::Overflow {
                        tensor: tensor.to_owned(),
                        value: number,
                        precision,
                    });
                }
                bytes.extend_from_slice(&half);
            }
        } else {
            bytes.extend(piece.iter().flat_map(|number| number.to_le_bytes()));
        }
        sink(&bytes)?;
    }
    Ok(())
}

/// Hands stored numbers to `sink` as `element`, in pieces.
fn convert(
    tensor: &str,
    encoding: Encoding,
    bytes: &[u8],
    element: Element,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    if is_stored_as(encoding, element) {
        return sink(bytes);
    }
    let mut numbers = Vec::with_capacity(CHUNK);
    let (block, block_bytes) = encoding.block();
    let piece = CHUNK as u64 / block * block_bytes;
    for piece in bytes.chunks((piece as usize).max(1)) {
        numbers.clear();
        decode(encoding, piece, &mut numbers);
        encode(tensor, &numbers, element, sink)?;
    }
    Ok(())
}

fn is_stored_as(encoding: Encoding, element: Element) -> bool {
    matches!(
        (encoding, element),
        (Encoding::Plain(Dtype::F32), Element::Float32)
            | (Encoding::Plain(Dtype::F16), Element::Float16)
            | (Encoding::Plain(Dtype::BF16), Element::BFloat16)
    )
}

/// Appends the numbers in `bytes`, which are little-endian.
fn decode(encoding: Encoding, bytes: &[u8], numbers: &mut Vec<f32>) {
    match encoding {
        Encoding::Blocks(kind) => blocks::decode(kind, bytes, numbers),
        Encoding::Plain(Dtype::F16) => {
            let (pairs, _) = bytes.as_chunks::<2>();
            numbers.extend(pairs.iter().map(|&pair| f16::from_le_bytes(pair).to_f32()));
        }
        Encoding::Plain(Dtype::BF16) => {
            let (pairs, _) = bytes.as_chunks::<2>();
            numbers.extend(pairs.iter().map(|&pair| bf16::from_le_bytes(pair).to_f32()));
        }
        Encoding::Plain(Dtype::F64) => {
            let (eights, _) = bytes.as_chunks::<8>();
            numbers.extend(eights.iter().map(|&eight| f64::from_le_bytes(eight) as f32));
        }
        _ => {
            let (fours, _) = bytes.as_chunks::<4>();
            numbers.extend(fours.iter().map(|&four| f32::from_le_bytes(four)));
        }
    }
}

/// Exchanges rows and columns of elements of `N` bytes, tile by tile to stay in the cache.
fn transpose<const N: usize>(bytes: &[u8], rows: usize, columns: usize) -> Vec<[u8; N]> {
    const TILE: usize = 32;
    let (elements, _) = bytes.as_chunks::<N>();
    let mut turned = vec![[0; N]; elements.len()];
    for top in (0..rows).step_by(TILE) {
        for left in (0..columns).step_by(TILE) {
            for row in top..(top + TILE).min(rows) {
                for column in left..(left + TILE).min(columns) {
                    turned[column * rows + row] = elements[row * columns + column];
                }
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_columns_are_exchanged() {
        let (rows, columns) = (37_usize, 65_usize);
        let numbers: Vec<u16> = (0..rows * columns).map(|n| n as u16).collect();
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        let turned = transpose::<2>(&bytes, rows, columns);
        for row in 0..rows {
            for column in 0..columns {
                let found = u16::from_le_bytes(turned[column * rows + row]);
                assert_eq!(found, numbers[row * columns + column]);
            }
        }
    }

    #[test]
    fn every_float_type_is_read() {
        let check = |dtype, bytes: &[u8]| {
            let mut numbers = Vec::new();
            decode(Encoding::Plain(dtype), bytes, &mut numbers);
            assert_eq!(numbers, [1.5, -2.0]);
        };
        check(Dtype::F32, &[1.5_f32, -2.0].map(f32::to_le_bytes).concat());
        check(Dtype::F64, &[1.5_f64, -2.0].map(f64::to_le_bytes).concat());
        check(Dtype::F16, &[0x00, 0x3e, 0x00, 0xc0]);
        check(Dtype::BF16, &[0xc0, 0x3f, 0x00, 0xc0]);
    }

    #[test]
    fn a_number_beyond_half_precision_is_refused() {
        let mut sink = |_: &[u8]| Ok(());
        assert!(encode("w", &[1e5], Element::BFloat16, &mut sink).is_ok());
        let error = encode("w", &[f32::MAX], Element::BFloat16, &mut sink).unwrap_err();
        assert!(error.to_string().contains("beyond the largest bf16 number"));
        let error = encode("w", &[1.0, 1e5], Element::Float16, &mut sink).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`w` holds 1e5, beyond the largest fp16 number; export it in fp32"
        );
        assert!(encode("w", &[f32::INFINITY, 65504.0], Element::Float16, &mut sink).is_ok());
    }
}
