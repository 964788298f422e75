//! Merging of patches between the stages of a hierarchical transformer (Liu et al., 2021, arXiv:2103.14030, section 3.1).

use super::net::{Linear, Net};
use crate::error::ExportError;
use crate::graph::{Axis, Value};

/// Torch's own epsilon of layer normalisation.
const EPSILON: f32 = 1e-5;

/// A square of four patches in the place of one, at twice its width.
#[derive(Debug)]
pub(super) struct PatchMerging {
    /// Name of the normalisation of the four patches.
    pub(super) norm: String,
    /// Name of the linear layer that halves their width.
    pub(super) reduction: String,
    /// Width of a patch.
    pub(super) width: u64,
    /// Rows and columns of patches.
    pub(super) grid: (u64, u64),
}

impl PatchMerging {
    /// Merges `(batch, rows * columns, width)`; what comes out, `(batch, patches, 2 width)`, with its grid.
    pub(super) fn apply(
        &self,
        net: &mut Net<'_, '_>,
        x: Value,
    ) -> Result<(Value, (u64, u64)), ExportError> {
        let Self { width, grid, .. } = *self;
        let (rows, columns) = grid;
        let order = quarters(rows, columns);
        let mut padded = x;
        if order.contains(&(rows * columns)) {
            padded = net.graph.pad_after(x, 1, 1)?;
        }
        let label = format!("constant/quarters/{rows}x{columns}");
        let taken = net.graph.take(padded, 1, &label, &order)?;
        let count = order.len() as u64 / 4;
        let wide = [Axis::Keep, Axis::Size(count), Axis::Size(4 * width)];
        let wide = net.graph.reshape(taken, &wide)?;
        let normed = net.norm(wide, &self.norm, 4 * width, EPSILON)?;
        let reduction = Linear {
            name: &self.reduction,
            from: 4 * width,
            to: 2 * width,
            has_bias: false,
        };
        let merged = net.linear(normed, reduction)?;
        Ok((merged, (rows.div_ceil(2), columns.div_ceil(2))))
    }
}

/// The four patches of every square: upper left, lower left, upper right, lower right. The number after the last patch
/// stands for one beyond the grid.
fn quarters(rows: u64, columns: u64) -> Vec<u64> {
    let squares = (0..rows.div_ceil(2))
        .flat_map(|row| (0..columns.div_ceil(2)).map(move |column| (row, column)));
    let patch = |row: u64, column: u64| {
        if row < rows && column < columns {
            row * columns + column
        } else {
            rows * columns
        }
    };
    let of_square = |(row, column)| {
        [(0, 0), (1, 0), (0, 1), (1, 1)]
            .map(|(down, right)| patch(2 * row + down, 2 * column + right))
    };
    squares.flat_map(of_square).collect()
}

#[cfg(test)]
mod tests {
    use super::quarters;

    #[test]
    fn squares_are_read_down_the_columns_first() {
        assert_eq!(quarters(2, 4), [0, 4, 1, 5, 2, 6, 3, 7]);
        assert_eq!(quarters(3, 1), [0, 1, 3, 3, 2, 3, 3, 3]);
    }
}
