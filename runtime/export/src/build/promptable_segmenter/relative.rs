//! Relative positions of rows and columns, added to attention scores one axis at a time (Li et al., 2021,
//! arXiv:2112.01526).

use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Axis, Value};

/// The sizes of one attention layer over squares of tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Square {
    /// Rows and columns of tokens.
    pub(super) side: u64,
    /// Number of heads.
    pub(super) heads: u64,
    /// Width of a head.
    pub(super) head_width: u64,
    /// Name of the number of squares.
    pub(super) count: &'static str,
}

impl Square {
    /// What is added to the scores of queries `(squares, heads, tokens, head width)`: `(squares, heads, tokens, tokens)`,
    /// the products of every query with the positions of the keys' rows and columns. `name` stands before `.rel_pos_h`
    /// and `.rel_pos_w`, each `(2 side - 1, head width)`.
    pub(super) fn bias(
        &self,
        net: &mut Net<'_, '_>,
        query: Value,
        name: &str,
    ) -> Result<Value, ExportError> {
        let Self {
            side,
            heads,
            head_width,
            count,
        } = *self;
        let rows = self.table(net, &format!("{name}.rel_pos_h"));
        let columns = self.table(net, &format!("{name}.rel_pos_w"));
        let graph = &mut net.graph;
        let square = [
            Axis::Rest("squares_by_heads"),
            Axis::Size(side),
            Axis::Size(side),
            Axis::Size(head_width),
        ];
        let query = graph.reshape(query, &square)?;
        let by_row = graph.matmul(query, rows)?;
        let turned = graph.transpose(query, &[0, 2, 1, 3])?;
        let by_column = graph.matmul(turned, columns)?;
        let by_column = graph.transpose(by_column, &[0, 2, 1, 3])?;
        let by_row = graph.unsqueeze(by_row, &[4])?;
        let by_column = graph.unsqueeze(by_column, &[3])?;
        let bias = graph.add(by_row, by_column)?;
        let tokens = Axis::Size(side * side);
        graph.reshape(
            bias,
            &[Axis::Rest(count), Axis::Size(heads), tokens, tokens],
        )
    }

    /// The positions of every pair of query and key along an axis: `(queries, head width, keys)`.
    fn table(&self, net: &mut Net<'_, '_>, name: &str) -> Value {
        let Self {
            side, head_width, ..
        } = *self;
        let (sides, width) = (side as usize, head_width as usize);
        let compute = move |tensors: &[Vec<f32>]| {
            let entry = |index: usize| {
                let (query, rest) = (index / (width * sides), index % (width * sides));
                let (channel, key) = (rest / sides, rest % sides);
                tensors[0][(query + sides - 1 - key) * width + channel]
            };
            (0..sides * width * sides).map(entry).collect()
        };
        net.computed(
            &format!("{name}.by_pair"),
            vec![side, head_width, side],
            vec![(name.to_owned(), vec![2 * side - 1, head_width])],
            Box::new(compute),
        )
    }
}
