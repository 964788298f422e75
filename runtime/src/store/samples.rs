//! The stored form of samples: the bytes of the numbers, all first bytes together, then all second ones and so on, deflated.
//!
//! Samples of one kind agree in their high bytes, which deflate to nothing when they stand together; every bit comes back.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// The most samples of one kind in a row: 128 MiB of numbers.
pub(super) const MOST: usize = 1 << 24;

/// Deflate makes at most this much of a byte (<https://zlib.net/zlib_tech.html>).
const LARGEST_GROWTH: usize = 1032;

/// Bytes of a number.
const BYTES: usize = size_of::<f64>();

/// The stored form of samples.
pub(super) fn pack(samples: &[f64]) -> std::io::Result<Vec<u8>> {
    let mut planes = vec![0; samples.len() * BYTES];
    for (index, sample) in samples.iter().enumerate() {
        for (plane, byte) in sample.to_be_bytes().into_iter().enumerate() {
            planes[plane * samples.len() + index] = byte;
        }
    }
    deflate(&planes)
}

/// The samples of a stored form.
///
/// # Errors
/// What is wrong with it. A count that its bytes cannot hold is refused before anything is allocated for it.
pub(super) fn unpack(count: i64, content: &[u8]) -> Result<Vec<f64>, String> {
    let most = content.len().saturating_mul(LARGEST_GROWTH) / BYTES;
    let count = usize::try_from(count)
        .ok()
        .filter(|count| *count <= most.min(MOST))
        .ok_or_else(|| format!("{} bytes cannot hold {count} samples", content.len()))?;
    let planes = inflate(content, count * BYTES)?;
    if planes.len() != count * BYTES {
        let held = planes.len() / BYTES;
        return Err(format!("{held} samples where {count} are said to be"));
    }
    let number = |index: usize| {
        let mut bytes = [0; BYTES];
        for (plane, byte) in bytes.iter_mut().enumerate() {
            *byte = planes[plane * count + index];
        }
        f64::from_be_bytes(bytes)
    };
    Ok((0..count).map(number).collect())
}

/// Bytes, deflated.
pub(super) fn deflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Deflated bytes as they were.
///
/// # Errors
/// They are more than `most_bytes`, or were never deflated.
pub(super) fn inflate(content: &[u8], most_bytes: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = most_bytes as u64 + 1;
    DeflateDecoder::new(content)
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("not deflated: {error}"))?;
    if bytes.len() > most_bytes {
        return Err(format!("more than {most_bytes} bytes"));
    }
    Ok(bytes)
}
