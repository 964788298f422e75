//! Tiny graphs as bytes of the ONNX format (`onnx.proto`), made by hand: also such as no exporter would write.

use std::fs;
use std::path::{Path, PathBuf};

/// Element types, by their numbers in `TensorProto.DataType`.
pub(crate) const FLOAT: u8 = 1;
/// 64-bit integers.
#[allow(dead_code, reason = "not every test that shares this needs it")]
pub(crate) const INT64: u8 = 7;
/// Texts.
#[allow(dead_code, reason = "not every test that shares this needs it")]
pub(crate) const STRING: u8 = 8;

/// A graph in the making.
#[derive(Default)]
pub(crate) struct Graph {
    body: Vec<u8>,
    domains: Vec<u8>,
}

fn number(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[tag << 3 | 2][..], &number(bytes.len() as u64), bytes].concat()
}

fn text(tag: u8, text: &str) -> Vec<u8> {
    field(tag, text.as_bytes())
}

/// `ValueInfoProto`; an axis of length 0 is free.
fn outlet(name: &str, dtype: u8, shape: &[u64]) -> Vec<u8> {
    let axis = |length: &u64| match length {
        0 => field(1, &text(2, "n")),
        length => field(1, &[&[1 << 3][..], &number(*length)].concat()),
    };
    let axes: Vec<u8> = shape.iter().flat_map(axis).collect();
    let tensor = [&[1 << 3, dtype][..], &field(2, &axes)].concat();
    [text(1, name), field(2, &field(1, &tensor))].concat()
}

impl Graph {
    pub(crate) fn input(mut self, name: &str, dtype: u8, shape: &[u64]) -> Self {
        self.body.extend(field(11, &outlet(name, dtype, shape)));
        self
    }

    pub(crate) fn output(mut self, name: &str, dtype: u8, shape: &[u64]) -> Self {
        self.body.extend(field(12, &outlet(name, dtype, shape)));
        self
    }

    pub(crate) fn node(self, operator: &str, inputs: &[&str], output: &str) -> Self {
        self.node_of("", operator, inputs, output)
    }

    pub(crate) fn node_of(
        mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        output: &str,
    ) -> Self {
        let inputs: Vec<u8> = inputs.iter().flat_map(|name| text(1, name)).collect();
        let node = [inputs, text(2, output), text(4, operator), text(7, domain)];
        self.body.extend(field(1, &node.concat()));
        self
    }

    /// Imports a domain's operators.
    #[allow(dead_code, reason = "not every test that shares this needs it")]
    pub(crate) fn domain(mut self, domain: &str) -> Self {
        let import = [text(1, domain), vec![2 << 3, 1]].concat();
        self.domains.extend(field(8, &import));
        self
    }

    /// Writes the graph for version 17 of the standard's operators.
    pub(crate) fn write(self, folder: &Path) -> PathBuf {
        self.write_for(folder, 17)
    }

    /// Writes the graph for a version of the standard's operators.
    pub(crate) fn write_for(self, folder: &Path, opset: u8) -> PathBuf {
        let graph = [self.body, text(2, "g")].concat();
        let bytes = [
            // IR version 8.
            vec![1 << 3, 8],
            field(7, &graph),
            field(8, &[2 << 3, opset]),
            self.domains,
        ];
        let path = folder.join("graph.onnx");
        fs::write(&path, bytes.concat()).unwrap();
        path
    }
}
