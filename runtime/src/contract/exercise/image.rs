//! Pictures, good and bad, for every task that takes one.

use crate::error::Error;
use crate::processor::image::Picture;
use crate::reference::{Case, Reference};
use crate::task::ImageInput;

/// Pictures of different size and proportion, with a pattern that depends on both coordinates.
pub(super) fn examples() -> Vec<ImageInput> {
    [(64, 48), (31, 57), (40, 40)]
        .into_iter()
        .filter_map(|(width, height)| pattern(width, height))
        .collect()
}

/// Pictures of one size with different patterns.
pub(super) fn examples_of_one_size() -> Vec<ImageInput> {
    let size = (64, 48);
    [1, 5, 11]
        .into_iter()
        .filter_map(|step| patterned(size.0, size.1, step))
        .collect()
}

fn pattern(width: usize, height: usize) -> Option<ImageInput> {
    patterned(width, height, 1)
}

/// A pattern whose coarse part repeats `step` times.
fn patterned(width: usize, height: usize, step: usize) -> Option<ImageInput> {
    let pixel = |x: usize, y: usize| {
        [
            (x * step * 255 / width % 256) as u8,
            (y * step * 255 / height % 256) as u8,
            ((x * 7 + y * 13) % 256) as u8,
        ]
    };
    let rgb = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)))
        .collect();
    Picture::from_rgb(width, height, rgb)
        .ok()
        .map(ImageInput::from)
}

/// A file without a byte.
pub(super) fn empty() -> Vec<ImageInput> {
    vec![ImageInput::from(Vec::new())]
}

/// A PNG header that promises 60,000 × 60,000 pixels.
pub(super) fn oversized() -> Vec<ImageInput> {
    vec![ImageInput::from(png_header(60_000, 60_000))]
}

/// Text, and a PNG that ends after its header.
pub(super) fn malformed() -> Vec<ImageInput> {
    vec![
        ImageInput::from(b"This is no picture.".to_vec()),
        ImageInput::from(png_header(32, 32)),
    ]
}

/// Signature, header and the beginning of the pixels of an 8-bit RGB picture (PNG specification, third edition, 5 and 11).
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let zlib_header = [0x78, 0x9c];
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in [(b"IHDR", header.as_slice()), (b"IDAT", &zlib_header)] {
        let chunk = [kind.as_slice(), content].concat();
        file.extend(
            u32::try_from(content.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        file.extend(&chunk);
        file.extend(crc32(&chunk).to_be_bytes());
    }
    file
}

/// The PNG specification's cyclic redundancy check, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

/// The pictures of a reference case.
pub(super) fn reference_items(
    reference: &Reference,
    case: &Case,
) -> Result<Option<Vec<ImageInput>>, Error> {
    let images = reference.images(case)?;
    Ok(images.map(|paths| paths.into_iter().map(ImageInput::from).collect()))
}
