//! Lines through measured costs: y = a + b·x + c·x², with as many terms as leaving one point out at a time supports.

use serde::Serialize;

/// Points at different lengths below which no line is drawn.
pub const LEAST_POINTS: usize = 4;

/// How much smaller the error must be for one more term, as a share: a term that hardly helps is none.
const GAIN: f64 = 0.1;

/// A line through points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fit {
    /// a, b and c; those of terms that are left out are 0.
    pub coefficients: [f64; 3],
    /// Number of terms, 1 to 3.
    pub terms: usize,
    /// Root of the mean squared error of points that were left out one at a time (Stone: Cross-Validatory Choice and
    /// Assessment of Statistical Predictions, 1974), in the unit of y.
    pub left_out_error: f64,
    /// Largest distance of a point from the line, in percent of the point.
    pub residual_percent: f64,
}

impl Fit {
    /// The line's value.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        let [a, b, c] = self.coefficients;
        a + b * x + c * x * x
    }

    /// The line in words, with a formatter of numbers.
    pub(super) fn formula(&self, number: impl Fn(f64) -> String) -> String {
        let constant = self.coefficients[0];
        let sign = if constant < 0.0 { "−" } else { "" };
        let mut text = format!("y = {sign}{}", number(constant.abs()));
        let others = [(1, "·x"), (2, "·x²")].into_iter();
        for (place, power) in others.take_while(|(place, _)| *place < self.terms) {
            let value = self.coefficients[place];
            let sign = if value < 0.0 { '−' } else { '+' };
            text += &format!(" {sign} {}{power}", number(value.abs()));
        }
        text
    }
}

/// The line through points; `None` below four different x, or where a point is no number.
#[must_use]
pub fn fit(points: &[(f64, f64)]) -> Option<Fit> {
    let is_number = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
    let mut xs: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    if xs.len() < LEAST_POINTS || !points.iter().all(is_number) {
        return None;
    }
    // Powers of large x drown in rounding: x is scaled to 1, and the coefficients back.
    let scale = xs.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let scaled: Vec<_> = points.iter().map(|(x, y)| (x / scale, *y)).collect();
    let height = points
        .iter()
        .fold(0.0_f64, |most, (_, y)| most.max(y.abs()));
    let mut best: Option<(usize, f64)> = None;
    for terms in 1..=3 {
        let Some(error) = left_out_error(&scaled, terms) else {
            continue;
        };
        // Below this is rounding.
        let floor = height * 1e-9;
        let is_better = best.is_none_or(|(_, least)| error < least * (1.0 - GAIN) - floor);
        if is_better {
            best = Some((terms, error));
        }
    }
    let (terms, left_out_error) = best?;
    // What is left of a term by rounding is nothing.
    let told = |value: f64| {
        if value.abs() < height * 1e-9 {
            0.0
        } else {
            value
        }
    };
    let [a, b, c] = least_squares(&scaled, terms)?.map(told);
    let mut fit = Fit {
        coefficients: [a, b / scale, c / scale / scale],
        terms,
        left_out_error: told(left_out_error),
        residual_percent: 0.0,
    };
    let residuals = points
        .iter()
        .filter(|(_, y)| *y != 0.0)
        .map(|(x, y)| ((fit.at(*x) - y) / y).abs() * 100.0);
    let largest = residuals.fold(0.0, f64::max);
    fit.residual_percent = if largest < 1e-7 { 0.0 } else { largest };
    Some(fit)
}

fn left_out_error(points: &[(f64, f64)], terms: usize) -> Option<f64> {
    let mut squares = 0.0;
    for place in 0..points.len() {
        let mut others = points.to_vec();
        let (x, y) = others.remove(place);
        let line = Fit {
            coefficients: least_squares(&others, terms)?,
            terms,
            left_out_error: 0.0,
            residual_percent: 0.0,
        };
        squares += (line.at(x) - y).powi(2);
    }
    Some((squares / points.len() as f64).sqrt())
}

/// Coefficients with the least squared error, by the normal equations and Gaussian elimination with pivots; `None` where the
/// points do not determine them.
fn least_squares(points: &[(f64, f64)], terms: usize) -> Option<[f64; 3]> {
    let power = |x: f64, exponent: usize| x.powi(exponent as i32);
    let mut rows = [[0.0; 4]; 3];
    for (row, equation) in rows.iter_mut().enumerate().take(terms) {
        for (column, value) in equation.iter_mut().enumerate().take(terms) {
            *value = points.iter().map(|(x, _)| power(*x, row + column)).sum();
        }
        equation[3] = points.iter().map(|(x, y)| power(*x, row) * y).sum();
    }
    for column in 0..terms {
        let pivot = (column..terms).max_by(|one, two| {
            let size = |row: &usize| rows[*row][column].abs();
            size(one).total_cmp(&size(two))
        })?;
        rows.swap(column, pivot);
        let head = rows[column];
        if head[column].abs() < 1e-12 {
            return None;
        }
        for row in (0..terms).filter(|row| *row != column) {
            let factor = rows[row][column] / head[column];
            for (value, above) in rows[row].iter_mut().zip(head) {
                *value -= factor * above;
            }
        }
    }
    let mut found = [0.0; 3];
    for (place, value) in found.iter_mut().enumerate().take(terms) {
        *value = rows[place][3] / rows[place][place];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(line: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        let xs = [16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
        xs.into_iter().map(|x| (x, line(x))).collect()
    }

    #[test]
    fn exact_points_give_their_own_line_with_no_term_too_many() {
        for (line, terms) in [
            ([5.0, 0.0, 0.0], 1),
            ([5.0, 0.25, 0.0], 2),
            ([5.0, 0.25, 0.002], 3),
        ] {
            let [a, b, c] = line;
            let found = fit(&through(|x| a + b * x + c * x * x)).unwrap();
            assert_eq!(found.terms, terms, "{found:?}");
            for (ours, true_one) in found.coefficients.iter().zip(line) {
                assert!(
                    (ours - true_one).abs() <= 1e-9 * true_one.abs().max(1.0),
                    "{found:?}"
                );
            }
            assert!(found.residual_percent < 1e-6, "{found:?}");
        }
    }

    #[test]
    fn noise_does_not_buy_a_term() {
        // Errors of one percent around a straight line, without an order.
        let noise = [0.01, -0.008, 0.006, -0.01, 0.009, -0.007];
        let mut points = through(|x| 2.0 + 0.5 * x);
        for (point, error) in points.iter_mut().zip(noise) {
            point.1 *= 1.0 + error;
        }
        let found = fit(&points).unwrap();
        assert_eq!(found.terms, 2, "{found:?}");
        assert!((found.coefficients[1] - 0.5).abs() < 0.02, "{found:?}");
        assert!(found.left_out_error > 0.0);
    }

    #[test]
    fn too_few_lengths_and_broken_points_have_no_line() {
        assert_eq!(fit(&through(|x| x)[..3]), None);
        assert_eq!(fit(&[(1.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 3.0)]), None);
        let mut points = through(|x| x);
        points[1].1 = f64::NAN;
        assert_eq!(fit(&points), None);
    }

    #[test]
    fn formulas_name_the_terms_there_are() {
        let found = fit(&through(|x| 5.0 - 0.25 * x)).unwrap();
        assert_eq!(
            found.formula(|value| format!("{value:.2}")),
            "y = 5.00 − 0.25·x"
        );
    }
}
