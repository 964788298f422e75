//! Outlines of files that are whole, damaged and hostile.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::propagate::Given;

/// A field with a message, a text or bytes.
fn bytes(number: u32, content: &[u8]) -> Vec<u8> {
    [
        varint(u64::from(number << 3 | 2)),
        varint(content.len() as u64),
        content.to_vec(),
    ]
    .concat()
}

/// A field with an integer.
fn integer(number: u32, value: i64) -> Vec<u8> {
    [varint(u64::from(number << 3)), varint(value as u64)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut written = Vec::new();
    while value >= 0x80 {
        written.push(value as u8 | 0x80);
        value >>= 7;
    }
    written.push(value as u8);
    written
}

/// A model of one graph.
fn model(graph: &[u8]) -> Vec<u8> {
    [bytes(8, &integer(2, 18)), bytes(7, graph)].concat()
}

/// A model with one stored tensor called `x`.
fn with_tensor(fields: &[Vec<u8>]) -> Result<Stored, String> {
    let tensor = [fields.concat(), bytes(8, b"x")].concat();
    let outline = Outline::parse(&model(&bytes(5, &tensor)))?;
    Ok(outline.graph.stored["x"].clone())
}

fn shipped() -> Vec<PathBuf> {
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference");
    let of = |model: &str| kit.join(model);
    vec![
        of("bert/onnx/model.onnx"),
        of("whisper/onnx/decoder_model_merged.onnx"),
        of("sam/onnx/vision_encoder.onnx"),
    ]
}

#[test]
fn shipped_graphs_are_read_with_their_branches_and_constants() {
    let outline = Outline::read(&shipped()[1]).unwrap();
    assert_eq!(outline.opset, 18);
    let [branching] = &outline.graph.nodes[..] else {
        panic!("one node");
    };
    assert_eq!(branching.operator, "If");
    let (then, other) = (
        branching.graph("then_branch").unwrap(),
        branching.graph("else_branch").unwrap(),
    );
    assert_eq!(then.outputs.len(), other.outputs.len());
    let constants = then.nodes.iter().filter(|node| node.operator == "Constant");
    let lists = constants.filter(|node| match node.attributes.get("value") {
        Some(Attribute::Tensor(stored)) => stored.numbers.is_some(),
        _ => false,
    });
    assert!(lists.count() > 50);
    // Weights are told without their numbers.
    let weights = outline.graph.stored.values();
    assert!(
        weights
            .filter(|stored| stored.shape.len() == 2)
            .all(|stored| stored.numbers.is_none())
    );
    assert_eq!(
        outline.axes(),
        [
            "batch_size",
            "decoder_sequence_length",
            "encoder_sequence_length",
            "past_decoder_sequence_length"
        ]
    );
}

#[test]
fn numbers_are_read_however_they_are_stored() {
    let check = |fields: &[Vec<u8>], expected: Option<Numbers>| {
        assert_eq!(with_tensor(fields).unwrap().numbers, expected);
    };
    let integers = |numbers: &[i64]| Some(Numbers::Integers(numbers.to_vec()));
    let floats = |numbers: &[f64]| Some(Numbers::Floats(numbers.to_vec()));
    let (two, int64) = (integer(1, 2), integer(2, 7));
    let raw: Vec<u8> = [3_i64, -1].iter().flat_map(|n| n.to_le_bytes()).collect();
    check(
        &[two.clone(), int64.clone(), bytes(9, &raw)],
        integers(&[3, -1]),
    );
    // Field 7, packed and one by one.
    let packed = [varint(3), varint(-1_i64 as u64)].concat();
    check(
        &[two.clone(), int64.clone(), bytes(7, &packed)],
        integers(&[3, -1]),
    );
    check(
        &[two.clone(), int64.clone(), integer(7, 3), integer(7, -1)],
        integers(&[3, -1]),
    );
    // Truth values and half floats stand in the field of 32-bit integers, the latter bit for bit.
    check(
        &[two.clone(), integer(2, 9), integer(5, 1), integer(5, 0)],
        integers(&[1, 0]),
    );
    check(
        &[
            two.clone(),
            integer(2, 10),
            integer(5, 0x3c00),
            integer(5, 0xc000),
        ],
        floats(&[1.0, -2.0]),
    );
    let raw: Vec<u8> = [0.5_f32, -4.0]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    check(
        &[two.clone(), integer(2, 1), bytes(9, &raw)],
        floats(&[0.5, -4.0]),
    );
    check(
        &[two.clone(), integer(2, 1), bytes(4, &raw)],
        floats(&[0.5, -4.0]),
    );
    // In another file, and many.
    check(&[two, int64, integer(14, 1)], None);
    check(&[integer(1, 17), integer(2, 1), bytes(9, &[0; 68])], None);
    // A number is a tensor without axes.
    check(&[integer(2, 7), integer(7, 5)], integers(&[5]));
}

#[test]
fn tensors_that_contradict_themselves_are_refused() {
    let check = |fields: &[Vec<u8>], reason: &str| {
        assert_eq!(
            with_tensor(fields).unwrap_err(),
            format!("tensor `x`: {reason}")
        );
    };
    check(
        &[integer(1, 3), integer(2, 7), bytes(9, &[0; 16])],
        "16 bytes, and its shape has 24",
    );
    check(
        &[integer(1, 3), integer(2, 7), integer(7, 1)],
        "1 numbers, and its shape has 3",
    );
    check(&[integer(1, -3), integer(2, 7)], "a size of -3");
    check(
        &[integer(1, 3), integer(2, 99)],
        "the element type 99 is unknown",
    );
    let vast = [
        integer(1, 0),
        integer(1, 1 << 62),
        integer(1, 1 << 62),
        integer(2, 7),
    ];
    check(
        &vast,
        "its size [0, 4611686018427387904, 4611686018427387904] is beyond 64 bits",
    );
}

#[test]
fn damaged_files_are_refused() {
    let refused = |bytes: &[u8]| Outline::parse(bytes).unwrap_err();
    assert_eq!(refused(&[]), "it has 0 graphs, not one");
    assert_eq!(refused(b"hello, world"), "a field has the wire type 4");
    assert_eq!(
        refused(&bytes(7, &[])),
        "it names no version of the standard operators"
    );
    assert_eq!(refused(&[0xff; 12]), "a number has more than ten bytes");
    assert_eq!(refused(&[0x3a, 0x80]), "the file ends in a number");
    assert_eq!(refused(&[0x3a, 5, 0]), "a field of 5 bytes has only 1");
    let nameless = bytes(1, &bytes(4, &[0xff]));
    assert_eq!(refused(&model(&nameless)), "a name is no UTF-8");
    let mut deep = Vec::new();
    for _ in 0..100 {
        deep = bytes(1, &bytes(5, &bytes(6, &deep)));
    }
    assert_eq!(refused(&model(&deep)), "graphs stand 9 deep in one another");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.onnx");
    fs::write(&file, b"not a model").unwrap();
    let error = Outline::read(&file).unwrap_err();
    assert!(matches!(error, ExportError::Onnx { .. }), "{error}");
    fs::write(&file, b"").unwrap();
    assert!(Outline::read(&file).is_err());
    let error = Outline::read(&dir.path().join("absent.onnx")).unwrap_err();
    assert!(matches!(error, ExportError::Io { .. }), "{error}");
}

/// Shapes for a graph's inputs, whatever they are.
fn some_shapes(outline: &Outline) -> crate::propagate::Givens {
    let shape = |port: &Port| {
        let axes = port.axes.as_deref().unwrap_or_default();
        let size = |axis: &Axis| match axis {
            Axis::Fixed(size) => *size,
            _ => 3,
        };
        Given::shape(axes.iter().map(size).collect::<Vec<_>>())
    };
    let ports = outline.graph.inputs.iter();
    ports.map(|port| (port.name.clone(), shape(port))).collect()
}

#[test]
fn truncated_files_are_errors() {
    for file in shipped() {
        let whole = fs::read(file).unwrap();
        for length in (0..whole.len()).step_by(61) {
            assert!(Outline::parse(&whole[..length]).is_err(), "{length} bytes");
        }
    }
}

#[test]
fn mutated_files_are_read_or_refused() {
    let mut state = 11_u64;
    let mut random = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut read, mut refused) = (0, 0);
    for file in shipped() {
        let whole = fs::read(file).unwrap();
        for _ in 0..700 {
            let mut bytes = whole.clone();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                match random(3) {
                    0 => bytes[at] = random(256) as u8,
                    1 => bytes[at] ^= 1 << random(8),
                    _ => drop(bytes.drain(at..bytes.len().min(at + random(40)))),
                }
            }
            match Outline::parse(&bytes) {
                Ok(outline) => {
                    // Whatever came of it, it has shapes or reasons.
                    let _ = outline.propagate(&some_shapes(&outline));
                    read += 1;
                }
                Err(reason) => {
                    assert!(!reason.is_empty());
                    refused += 1;
                }
            }
        }
    }
    assert!(
        read > 100 && refused > 100,
        "{read} read, {refused} refused"
    );
}
