//! Least squares whose solutions have no negative number.

/// The largest share of a column's length that may be explained by the others before it counts as theirs.
const DEPENDENT: f64 = 1e-12;

/// The numbers `x` of zero and more for which `rows · x ≈ targets` leaves the least squares (C. L. Lawson and R. J. Hanson,
/// Solving Least Squares Problems, 1974, chapter 23). A column that follows from others stays zero; `None` where all do.
pub(super) fn solve<const N: usize>(rows: &[([f64; N], f64)]) -> Option<[f64; N]> {
    // Columns of very different size are brought to one.
    let length = |column: usize| {
        let squares = rows.iter().map(|(row, _)| row[column].powi(2));
        squares.sum::<f64>().sqrt()
    };
    let lengths: [f64; N] = std::array::from_fn(length);
    let mut normal = [[0.0; N]; N];
    let mut right = [0.0; N];
    for (row, target) in rows {
        let scaled: [f64; N] = std::array::from_fn(|column| {
            let length = lengths[column];
            if length > 0.0 {
                row[column] / length
            } else {
                0.0
            }
        });
        for (one, &left) in scaled.iter().enumerate() {
            right[one] += left * target;
            for (other, &number) in scaled.iter().enumerate() {
                normal[one][other] += left * number;
            }
        }
    }
    let found = active_set(&normal, right)?;
    let found: [f64; N] = std::array::from_fn(|column| {
        let length = lengths[column];
        if length > 0.0 {
            found[column] / length
        } else {
            0.0
        }
    });
    found
        .iter()
        .all(|number| number.is_finite())
        .then_some(found)
}

/// Lets the column in that lowers the squares most, and those out that turn negative, until none lowers them.
fn active_set<const N: usize>(normal: &[[f64; N]; N], right: [f64; N]) -> Option<[f64; N]> {
    let mut solution = [0.0; N];
    let mut is_in = [false; N];
    let mut is_refused = [false; N];
    // Each column may come and go a few times.
    for _ in 0..8 * N {
        let slope = |column: usize| {
            let product = normal[column].iter().zip(solution);
            right[column] - product.map(|(one, other)| one * other).sum::<f64>()
        };
        let candidates = (0..N).filter(|&column| !is_in[column] && !is_refused[column]);
        let best = candidates.max_by(|&one, &other| slope(one).total_cmp(&slope(other)));
        let Some(best) = best.filter(|&column| slope(column) > 1e-10) else {
            break;
        };
        is_in[best] = true;
        loop {
            let Some(next) = chosen(normal, right, &is_in) else {
                is_in[best] = false;
                is_refused[best] = true;
                break;
            };
            let negative = (0..N).filter(|&column| is_in[column] && next[column] <= 0.0);
            let step = negative
                .map(|column| solution[column] / (solution[column] - next[column]))
                .min_by(f64::total_cmp);
            let Some(step) = step else {
                solution = next;
                break;
            };
            for column in 0..N {
                solution[column] += step * (next[column] - solution[column]);
                if is_in[column] && solution[column] <= 1e-15 {
                    solution[column] = 0.0;
                    is_in[column] = false;
                }
            }
        }
    }
    is_in.contains(&true).then_some(solution)
}

/// Least squares over the chosen columns by elimination with the largest pivot; the others are zero.
fn chosen<const N: usize>(
    normal: &[[f64; N]; N],
    right: [f64; N],
    is_in: &[bool; N],
) -> Option<[f64; N]> {
    let columns: Vec<usize> = (0..N).filter(|&column| is_in[column]).collect();
    let mut system: Vec<Vec<f64>> = columns
        .iter()
        .map(|&row| {
            let numbers = columns.iter().map(|&column| normal[row][column]);
            numbers.chain([right[row]]).collect()
        })
        .collect();
    let size = columns.len();
    for column in 0..size {
        let pivot = (column..size).max_by(|&one, &other| {
            f64::total_cmp(&system[one][column].abs(), &system[other][column].abs())
        })?;
        system.swap(column, pivot);
        if system[column][column].abs() < DEPENDENT {
            return None;
        }
        let above = system[column].clone();
        for (place, row) in system.iter_mut().enumerate() {
            if place != column {
                let share = row[column] / above[column];
                for (number, above) in row.iter_mut().zip(&above) {
                    *number -= share * above;
                }
            }
        }
    }
    let mut solution = [0.0; N];
    for (place, &column) in columns.iter().enumerate() {
        solution[column] = system[place][size] / system[place][place];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<[f64; 3]>, expected: [f64; 3]) {
        let found = found.unwrap();
        for (one, other) in found.iter().zip(expected) {
            assert!((one - other).abs() < 1e-9, "{found:?}");
        }
    }

    #[test]
    fn known_numbers_come_back_whatever_their_scale() {
        let rows = [
            [1e-6, 3.0, 2e5],
            [4e-6, 1.0, 1e5],
            [9e-6, 7.0, 0.0],
            [2e-6, 2.0, 8e5],
        ];
        let truth = [2e5, 0.5, 1e-5];
        let rows = rows.map(|row: [f64; 3]| {
            let target = row.iter().zip(truth).map(|(one, other)| one * other).sum();
            (row, target)
        });
        let found = solve(&rows).unwrap();
        for (one, other) in found.iter().zip(truth) {
            assert!((one / other - 1.0).abs() < 1e-9, "{found:?}");
        }
    }

    #[test]
    fn what_would_be_negative_is_zero_and_the_others_make_the_best_of_it() {
        // Without the bound: 2 and -1. With it, the second is zero and the first the projection.
        let rows = [([1.0, 1.0, 0.0], 1.0), ([1.0, 0.0, 0.0], 2.0)];
        near(solve(&rows), [1.5, 0.0, 0.0]);
    }

    #[test]
    fn columns_that_say_nothing_or_the_same_are_left_out() {
        let rows = [([1.0, 2.0, 0.0], 3.0), ([2.0, 4.0, 0.0], 6.0)];
        let found = solve(&rows).unwrap();
        assert!((found[0] + 2.0 * found[1] - 3.0).abs() < 1e-9, "{found:?}");
        assert!(found[2].abs() < f64::MIN_POSITIVE, "{found:?}");
        assert_eq!(solve::<3>(&[]), None);
        assert_eq!(solve(&[([0.0; 3], 1.0)]), None);
    }
}
