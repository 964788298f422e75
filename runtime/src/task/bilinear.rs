//! Bilinear resizing of maps of numbers: corners not aligned, no antialiasing, in single precision, as
//! `torch.nn.functional.interpolate` does.

use ndarray::{Array2, ArrayView2};

/// For one side, what every place of the result is mixed from.
#[derive(Debug, Clone)]
struct Mix {
    first: usize,
    second: usize,
    share: f32,
}

/// Resizes maps of one size to another, a row at a time.
#[derive(Debug, Clone)]
pub(super) struct Bilinear {
    rows: Vec<Mix>,
    columns: Vec<Mix>,
}

impl Bilinear {
    /// From one `(height, width)` to another; no side may be 0.
    pub(super) fn new(from: (usize, usize), to: (usize, usize)) -> Self {
        Self {
            rows: mixes(from.0, to.0),
            columns: mixes(from.1, to.1),
        }
    }

    /// One row of the resized map.
    pub(super) fn row(&self, map: &ArrayView2<'_, f32>, row: usize, out: &mut [f32]) {
        let Mix {
            first,
            second,
            share,
        } = self.rows[row];
        let (upper, lower) = (map.row(first), map.row(second));
        for (value, column) in out.iter_mut().zip(&self.columns) {
            let along = |row: &ndarray::ArrayView1<'_, f32>| {
                row[column.first] * (1.0 - column.share) + row[column.second] * column.share
            };
            *value = along(&upper) * (1.0 - share) + along(&lower) * share;
        }
    }

    /// The resized map.
    pub(super) fn map(&self, map: &ArrayView2<'_, f32>) -> Array2<f32> {
        let (height, width) = (self.rows.len(), self.columns.len());
        let mut values = vec![0.0; height * width];
        for (row, out) in values.chunks_mut(width.max(1)).enumerate() {
            self.row(map, row, out);
        }
        let resized = Array2::from_shape_vec((height, width), values);
        resized.unwrap_or_else(|_| Array2::zeros((height, width)))
    }
}

fn mixes(from: usize, to: usize) -> Vec<Mix> {
    let scale = from as f32 / to as f32;
    let mix = |place: usize| {
        let source = (scale * (place as f32 + 0.5) - 0.5).max(0.0);
        let first = (source as usize).min(from - 1);
        Mix {
            first,
            second: (first + 1).min(from - 1),
            share: source - first as f32,
        }
    };
    (0..to).map(mix).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn maps_are_resized_as_torch_does() {
        let map = arr2(&[[0.0_f32, 1.0, 4.0], [2.0, 8.0, 6.0]]);
        // Values of torch 2.15, interpolate(mode="bilinear", align_corners=False).
        let resized = Bilinear::new((2, 3), (3, 2)).map(&map.view());
        let expected = arr2(&[[0.25_f32, 3.25], [1.875, 4.875], [3.5, 6.5]]);
        assert!(
            (&resized - &expected)
                .iter()
                .all(|difference| difference.abs() < 1e-6),
            "{resized}"
        );
        let same = Bilinear::new((2, 3), (2, 3)).map(&map.view());
        assert_eq!(same, map);
        let one = arr2(&[[7.0_f32]]);
        assert!(
            Bilinear::new((1, 1), (3, 2))
                .map(&one.view())
                .iter()
                .all(|value| value.to_bits() == 7.0_f32.to_bits())
        );
    }
}
