//! Graphs of one operator, by which a device's profile is measured.

use std::path::Path;

use crate::checkpoint::Checkpoint;
use crate::error::ExportError;
use crate::graph::{Bindings, Dim, Element, Graph};
use crate::onnx;

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
        let (Self::Sums { nodes, .. } | Self::Products { nodes, .. }) = self;
        let mut c = a;
        for _ in 0..nodes.max(1) {
            c = match self {
                Self::Sums { .. } => graph.add(c, b)?,
                Self::Products { .. } => graph.matmul(c, b)?,
            };
        }
        graph.output("c", c);
        onnx::write(&graph, &Checkpoint::without_weights()?, output, u64::MAX)?;
        Ok(())
    }
}
