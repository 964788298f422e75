//! Tests of GGUF files as they should not be; those as they should be are exported elsewhere.

use std::io::Write;

use super::Gguf;

fn refused(bytes: &[u8]) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let error = Gguf::open(file.path()).unwrap_err().to_string();
    error.replace(&file.path().display().to_string(), "FILE")
}

/// A header of so many tensors and entries, followed by `rest`.
fn header(tensors: u64, entries: u64, rest: &[u8]) -> Vec<u8> {
    let counts = [tensors, entries].map(u64::to_le_bytes).concat();
    [b"GGUF", &3_u32.to_le_bytes()[..], &counts, rest].concat()
}

/// A tensor named `t` of a shape, type and offset.
fn tensor(shape: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let mut bytes = [&1_u64.to_le_bytes()[..], b"t"].concat();
    bytes.extend((shape.len() as u32).to_le_bytes());
    bytes.extend(shape.iter().flat_map(|size| size.to_le_bytes()));
    bytes.extend(kind.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes
}

#[test]
fn damaged_files_are_refused() {
    let list = [
        &1_u64.to_le_bytes()[..],
        b"k",
        &[9, 0, 0, 0, 4, 0, 0, 0],
        &u64::MAX.to_le_bytes(),
    ]
    .concat();
    let nested = [&1_u64.to_le_bytes()[..], b"k", &[9, 0, 0, 0, 9, 0, 0, 0]].concat();
    let messages = [
        refused(b"GGU"),
        refused(b"GGML, long since"),
        refused(&[&b"GGUF"[..], &[1, 0, 0, 0]].concat()),
        refused(&header(u64::MAX, 0, &[])),
        refused(&header(0, 1 << 40, &[])),
        refused(&header(0, 1, &[&list[..], &[0; 32]].concat())),
        refused(&header(0, 1, &[&nested[..], &[0; 32]].concat())),
        refused(&header(
            0,
            1,
            &[&u64::MAX.to_le_bytes()[..], &[0; 32]].concat(),
        )),
        refused(&header(1, 0, &tensor(&[u64::MAX, 2], 0, 0))),
        refused(&header(1, 0, &tensor(&[8], 0, u64::MAX))),
        refused(&header(
            1,
            0,
            &[&tensor(&[33], 2, 0)[..], &[0; 64]].concat(),
        )),
        refused(&header(
            1,
            0,
            &[&tensor(&[1; 5], 0, 0)[..], &[0; 64]].concat(),
        )),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn every_prefix_of_a_file_is_refused() {
    let key = [
        &1_u64.to_le_bytes()[..],
        b"k",
        &[8, 0, 0, 0],
        &3_u64.to_le_bytes(),
        b"abc",
    ]
    .concat();
    let mut whole = header(1, 1, &[&key[..], &tensor(&[4], 0, 0)].concat());
    whole.resize(whole.len().next_multiple_of(32) + 16, 0);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&whole).unwrap();
    let gguf = Gguf::open(file.path()).unwrap();
    assert_eq!(gguf.find("k").unwrap().as_text(), Some("abc"));
    assert!(gguf.has_tensor("t"));
    for length in 1..whole.len() {
        refused(&whole[..length]);
    }
}
