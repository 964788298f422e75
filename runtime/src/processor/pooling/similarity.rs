//! Lengths of embeddings and the angles between them.

use ndarray::{Array2, ArrayView2};

/// The least length that a vector is divided by, as in torch's `normalize`.
const LEAST_NORM: f32 = 1e-12;

/// Scales every row to length 1.
pub fn normalise_rows(rows: &mut Array2<f32>) {
    for mut row in rows.rows_mut() {
        let norm = row.dot(&row).sqrt().max(LEAST_NORM);
        row /= norm;
    }
}

/// Cosines of the angles between the rows of `first` and those of `second`: `(n, width)`, `(m, width)` to `(n, m)`.
#[must_use]
pub fn cosine_similarity(first: &ArrayView2<'_, f32>, second: &ArrayView2<'_, f32>) -> Array2<f32> {
    let normalised = |rows: &ArrayView2<'_, f32>| {
        let mut rows = rows.to_owned();
        normalise_rows(&mut rows);
        rows
    };
    normalised(first).dot(&normalised(second).t())
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn cosines_do_not_depend_on_length() {
        let first = arr2(&[[3.0, 4.0], [0.0, 0.0]]);
        let second = arr2(&[[30.0, 40.0], [-4.0, 3.0], [-0.3, -0.4]]);
        let expected = arr2(&[[1.0, 0.0, -1.0], [0.0, 0.0, 0.0]]);
        let got = cosine_similarity(&first.view(), &second.view());
        assert!(
            (&got - &expected)
                .iter()
                .all(|difference| difference.abs() < 1e-6),
            "{got}"
        );
    }
}
