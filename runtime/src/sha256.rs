//! SHA-256 in hexadecimal: names of cases, machines and cache entries, and proof of what was fetched or loaded.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

/// Of bytes in memory: 64 digits.
pub(crate) fn of(bytes: &[u8]) -> String {
    digits(&Sha256::digest(bytes))
}

/// The first so many digits of the same, for names.
pub(crate) fn name_of(text: &str, digits: usize) -> String {
    let mut hash = of(text.as_bytes());
    hash.truncate(digits);
    hash
}

/// Of all that can be read, with its number of bytes; memory holds a piece at a time.
pub(crate) fn of_all(from: &mut impl Read) -> io::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            return Ok((digits(&hash.finalize()), bytes));
        }
        hash.update(&piece[..read]);
        bytes += read as u64;
    }
}

fn digits(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_standard() {
        // FIPS 180-4's example.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of(b"abc"), expected);
        assert_eq!(name_of("abc", 8), expected[..8]);
        let long = vec![7; PIECE + 1];
        let (hash, bytes) = of_all(&mut long.as_slice()).unwrap();
        assert_eq!((hash, bytes), (of(&long), long.len() as u64));
    }
}
