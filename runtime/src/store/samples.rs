//! The stored form of samples: a byte that says what follows, then eight-byte integers or numbers, their first bytes all
//! together, then all second ones and so on, deflated.
//!
//! Samples of one kind agree in their high bytes, which deflate to nothing when they stand together. Milliseconds that a clock of
//! nanoseconds gave are stored as nanoseconds, which have only the bytes that a clock can tell; whatever would not come back to
//! the last bit is stored as it is.

use std::io::{Read, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// The most samples of one kind in a row: 128 MiB of numbers.
pub(super) const MOST: usize = 1 << 24;

/// Deflate makes at most this much of a byte (<https://zlib.net/zlib_tech.html>).
const LARGEST_GROWTH: usize = 1032;

/// Bytes of a number.
const BYTES: usize = size_of::<f64>();

/// What follows: numbers as they are, or milliseconds as nanoseconds.
const NUMBERS: u8 = 0;
const NANOSECONDS: u8 = 1;

/// The stored form of samples.
pub(super) fn pack(samples: &[f64]) -> std::io::Result<Vec<u8>> {
    let nanoseconds: Option<Vec<u64>> = samples.iter().copied().map(nanoseconds).collect();
    let (form, words) = match nanoseconds {
        Some(words) => (NANOSECONDS, words),
        None => (NUMBERS, samples.iter().map(|s| s.to_bits()).collect()),
    };
    let mut planes = vec![0; words.len() * BYTES];
    for (index, word) in words.iter().enumerate() {
        for (plane, byte) in word.to_be_bytes().into_iter().enumerate() {
            planes[plane * words.len() + index] = byte;
        }
    }
    let mut content = vec![form];
    content.extend(deflate(&planes)?);
    Ok(content)
}

/// The nanoseconds that give these milliseconds to the last bit, if there are any.
fn nanoseconds(ms: f64) -> Option<u64> {
    let rounded = (ms * 1e6).round() as u64;
    (milliseconds(rounded).to_bits() == ms.to_bits()).then_some(rounded)
}

/// As `metrics::Latency` has them.
fn milliseconds(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64() * 1e3
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
    let (value, content): (fn(u64) -> f64, _) = match content.split_first() {
        Some((&NUMBERS, content)) => (f64::from_bits, content),
        Some((&NANOSECONDS, content)) => (milliseconds, content),
        _ => return Err("samples in a form that is not known".to_owned()),
    };
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
        value(u64::from_be_bytes(bytes))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(samples: &[f64], most_bytes: f64) {
        let content = pack(samples).unwrap();
        let back = unpack(samples.len() as i64, &content).unwrap();
        let bits = |samples: &[f64]| samples.iter().map(|s| s.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(samples));
        let each = content.len() as f64 / samples.len().max(1) as f64;
        assert!(each <= most_bytes, "{each} bytes a sample");
    }

    /// Times of a clock around 20 ms that vary by 5 %.
    fn clock(index: u64) -> f64 {
        let noise = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44;
        milliseconds(20_000_000 + noise)
    }

    #[test]
    fn samples_come_back_to_the_last_bit_in_few_bytes() {
        let times: Vec<_> = (0..1000).map(clock).collect();
        check(&times, 3.1);
        // What no clock gave takes the bytes it has.
        let thirds: Vec<_> = times.iter().map(|ms| ms / 3.0).collect();
        check(&thirds, 7.6);
        let odd = [
            0.0,
            -0.0,
            1e-320,
            f64::MIN,
            f64::MAX,
            f64::NAN,
            f64::INFINITY,
            1e300,
        ];
        check(&odd, 10.0);
        check(&[], 10.0);
        check(&[0.0, 1.5, 4.0 * 3600.0 * 1e3], 10.0);
    }
}
