//! Graphs of one operator, by which a device's profile is measured.

use std::path::Path;

use crate::checkpoint::Checkpoint;
use crate::error::ExportError;
use crate::graph::{Bindings, Dim, Element, Graph, Value};
use crate::onnx;
use crate::options::Precision;

/// A graph of one operator on 32-bit floats, with inputs `a` and `b` and an output `c` of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// So many sums of rows `(length)`, each of the one before.
    Sums {
        /// Number of nodes.
        nodes: usize,
        /// Numbers of a row.
        length: u64,
    },
    /// So many products of matrices `(side, side)`, each of the one before.
    Products {
        /// Number of nodes.
        nodes: usize,
        /// Rows and columns.
        side: u64,
    },
}

impl Kernel {
    /// The shape of its inputs and its output.
    #[must_use]
    pub fn shape(self) -> Vec<u64> {
        match self {
            Self::Sums { length, .. } => vec![length],
            Self::Products { side, .. } => vec![side, side],
        }
    }

    /// Writes it as an ONNX file.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(self, output: &Path) -> Result<(), ExportError> {
        let mut graph = Graph::bound(Element::Float32, Bindings::default());
        let shape: Vec<Dim> = self.shape().into_iter().map(Dim::Fixed).collect();
        let a = graph.input("a", Element::Float32, shape.clone());
        let b = graph.input("b", Element::Float32, shape);
        let c = self.chain(&mut graph, a, b)?;
        graph.output("c", c);
        onnx::write(&graph, &Checkpoint::without_weights()?, output, u64::MAX)?;
        Ok(())
    }

    /// Writes the same on numbers of this precision, with all that is large within: `a` and `b` are one 32-bit float each,
    /// which fills a tensor, and `c` is the first number of the result. What goes to the device and comes from it takes no
    /// time to speak of.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_enclosed(self, precision: Precision, output: &Path) -> Result<(), ExportError> {
        let element = match precision {
            Precision::Fp32 => Element::Float32,
            Precision::Fp16 => Element::Float16,
            Precision::Bf16 => Element::BFloat16,
        };
        let mut graph = Graph::bound(element, Bindings::default());
        let one = vec![Dim::Fixed(1); self.shape().len()];
        let mut operands = Vec::new();
        for name in ["a", "b"] {
            let number = graph.input(name, Element::Float32, one.clone());
            let number = graph.cast(number, element);
            operands.push(graph.spread_to(number, &self.shape())?);
        }
        let mut c = self.chain(&mut graph, operands[0], operands[1])?;
        for axis in 0..one.len() {
            c = graph.cut(c, axis, 0, 1)?;
        }
        let c = graph.cast(c, Element::Float32);
        graph.output("c", c);
        onnx::write(&graph, &Checkpoint::without_weights()?, output, u64::MAX)?;
        Ok(())
    }

    /// The nodes, each with the one before and `b`.
    fn chain(self, graph: &mut Graph, a: Value, b: Value) -> Result<Value, ExportError> {
        let (Self::Sums { nodes, .. } | Self::Products { nodes, .. }) = self;
        let mut c = a;
        for _ in 0..nodes.max(1) {
            c = match self {
                Self::Sums { .. } => graph.add(c, b)?,
                Self::Products { .. } => graph.matmul(c, b)?,
            };
        }
        Ok(c)
    }
}
