//! Measures of how far two outputs agree, by the kind of output, each with the bound that a level sets.

use super::tolerance::Tolerance;

/// Least cosine of two outputs that are the same but for arithmetic, in shares of the level's bound below 1.
const COSINE: f64 = 10.0;
/// Least overlap of two boxes that are the same but for arithmetic, likewise.
const OVERLAP: f64 = 100.0;

/// How far two outputs agree by one measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Its name.
    pub name: &'static str,
    /// What was found.
    pub found: f64,
    /// What is allowed.
    pub bound: Bound,
}

/// What is allowed of a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// No less than this.
    AtLeast(f64),
    /// No more than this.
    AtMost(f64),
}

impl Measure {
    /// How much of what is allowed it uses up.
    pub(super) fn share_of_bound(&self) -> f64 {
        let (used, allowed) = match self.bound {
            Bound::AtLeast(bound) => (1.0 - self.found, 1.0 - bound),
            Bound::AtMost(bound) => (self.found, bound),
        };
        if allowed > 0.0 { used / allowed } else { 0.0 }
    }

    /// Whether it is within its bound; NaN never is.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.bound {
            Bound::AtLeast(bound) => self.found >= bound,
            Bound::AtMost(bound) => self.found <= bound,
        }
    }
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, bound) = match self.bound {
            Bound::AtLeast(bound) => ('≥', bound),
            Bound::AtMost(bound) => ('≤', bound),
        };
        if self.found == 0.0 || self.found.abs() >= 1e-2 {
            write!(f, "{} {:.6} ({sign} {bound:.6})", self.name, self.found)
        } else {
            write!(f, "{} {:.1e} ({sign} {bound:.1e})", self.name, self.found)
        }
    }
}

/// Measures of numbers: the largest difference as a share of the largest number, or of 1, and the cosine. Numbers of which
/// there are not equally many differ without bound.
pub(super) fn of_numbers(expected: &[f32], got: &[f32], level: Tolerance) -> Vec<Measure> {
    let allowed = f64::from(level.bound);
    let pairs = || {
        let got = got.iter().map(|&number| f64::from(number));
        expected.iter().map(|&number| f64::from(number)).zip(got)
    };
    let scale = pairs().fold(1.0_f64, |largest, (one, _)| largest.max(one.abs()));
    // `max` would lose a NaN.
    let larger = |largest: f64, one: f64| {
        if one > largest || one.is_nan() {
            one
        } else {
            largest
        }
    };
    let difference = if expected.len() == got.len() {
        pairs()
            .map(|(one, other)| (one - other).abs() / scale)
            .fold(0.0, larger)
    } else {
        f64::INFINITY
    };
    let mut measures = vec![Measure {
        name: "largest relative difference",
        found: difference,
        bound: Bound::AtMost(allowed),
    }];
    let norms: f64 = pairs()
        .fold([0.0, 0.0], |[a, b], (one, other)| {
            [a + one * one, b + other * other]
        })
        .iter()
        .map(|square| square.sqrt())
        .product();
    // The direction of a single number, or of none, says nothing.
    if expected.len() > 1 && norms > 0.0 {
        let product: f64 = pairs().map(|(one, other)| one * other).sum();
        measures.push(Measure {
            name: "cosine",
            found: product / norms,
            bound: Bound::AtLeast(1.0 - COSINE * allowed),
        });
    }
    measures
}

/// How many tokens must be added, taken away or changed to make one text of the other (Levenshtein, 1966): none may.
pub(super) fn of_tokens(expected: &[i64], got: &[i64]) -> Measure {
    Measure {
        name: "token edit distance",
        found: strsim::generic_levenshtein(&expected.to_vec(), &got.to_vec()) as f64,
        bound: Bound::AtMost(0.0),
    }
}

/// Which share of the `k` likeliest of one are among those of the other. Scores that lie closer together than the level
/// may change places at the end of the list.
pub(super) fn of_ranking(expected: &[f32], got: &[f32], k: usize, level: Tolerance) -> Measure {
    let k = k.min(expected.len());
    let mut order: Vec<usize> = (0..expected.len()).collect();
    order.sort_by(|&one, &other| f32::total_cmp(&expected[other], &expected[one]));
    let scale = expected
        .iter()
        .fold(1.0_f32, |most, one| most.max(one.abs()));
    let least = order
        .get(k.saturating_sub(1))
        .map_or(f32::NEG_INFINITY, |&last| {
            expected[last] - 2.0 * level.bound * scale
        });
    let mut theirs: Vec<usize> = (0..got.len()).collect();
    theirs.sort_by(|&one, &other| f32::total_cmp(&got[other], &got[one]));
    let shared = theirs
        .iter()
        .take(k)
        .filter(|&&label| expected.get(label).is_some_and(|&score| score >= least))
        .count();
    Measure {
        name: "agreement of the likeliest",
        found: if k == 0 {
            1.0
        } else {
            shared as f64 / k as f64
        },
        bound: Bound::AtLeast(1.0),
    }
}

/// The least overlap of boxes `(centre x, centre y, width, height)` with their counterparts: intersection over union.
pub(super) fn of_boxes(expected: &[f32], got: &[f32], level: Tolerance) -> Measure {
    let (expected, _) = expected.as_chunks::<4>();
    let (got, _) = got.as_chunks::<4>();
    let least = expected
        .iter()
        .zip(got)
        .map(|(one, other)| overlap(*one, *other))
        .fold(1.0, |least: f64, one| {
            if one < least || one.is_nan() {
                one
            } else {
                least
            }
        });
    Measure {
        name: "least intersection over union",
        found: if expected.len() == got.len() {
            least
        } else {
            0.0
        },
        bound: Bound::AtLeast(1.0 - OVERLAP * f64::from(level.bound)),
    }
}

fn overlap(one: [f32; 4], other: [f32; 4]) -> f64 {
    let [one, other] = [one, other].map(|sizes| sizes.map(f64::from));
    if !one.iter().chain(&other).all(|size| size.is_finite()) {
        return f64::NAN;
    }
    let side = |place: usize| {
        let ends = |b: [f64; 4]| (b[place] - b[place + 2] / 2.0, b[place] + b[place + 2] / 2.0);
        let ((a, b), (c, d)) = (ends(one), ends(other));
        (b.min(d) - a.max(c)).max(0.0)
    };
    let shared = side(0) * side(1);
    let all = one[2] * one[3] + other[2] * other[3] - shared;
    // Two boxes without area are the same box if they are anything.
    if all > 0.0 { shared / all } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVEL: Tolerance = Tolerance {
        name: "test",
        bound: 1e-4,
    };

    fn hold(measures: &[Measure]) -> Vec<bool> {
        measures.iter().map(Measure::holds).collect()
    }

    #[test]
    fn numbers_agree_within_the_level_in_size_and_direction() {
        let numbers = |got: &[f32]| hold(&of_numbers(&[1.0, -2.0, 4.0], got, LEVEL));
        assert_eq!(numbers(&[1.0, -2.0, 4.0001]), [true, true]);
        assert_eq!(numbers(&[1.0, -2.0, 4.001]), [false, true]);
        assert_eq!(numbers(&[-1.0, 2.0, -4.0]), [false, false]);
        assert_eq!(numbers(&[1.0, f32::NAN, 4.0]), [false]);
        assert!(!numbers(&[1.0, -2.0])[0]);
        assert_eq!(hold(&of_numbers(&[0.0, 0.0], &[0.0, 0.0], LEVEL)), [true]);
    }

    #[test]
    fn one_other_token_is_one_too_many() {
        assert!(of_tokens(&[1, 2, 3], &[1, 2, 3]).holds());
        let other = of_tokens(&[1, 2, 3], &[1, 3]);
        assert_eq!((other.found, other.holds()), (1.0, false));
    }

    #[test]
    fn the_likeliest_are_the_same_but_for_ties() {
        let scores = [0.1, 3.0, 2.0, 1.0, 0.99995];
        let same = of_ranking(&scores, &[0.1, 3.0, 2.0, 0.99995, 1.0], 3, LEVEL);
        assert!(same.holds(), "{same}");
        let other = of_ranking(&scores, &[5.0, 3.0, 2.0, 1.0, 0.9], 3, LEVEL);
        assert!(!other.holds(), "{other}");
    }

    #[test]
    fn boxes_overlap_or_do_not() {
        let one = [0.5, 0.5, 0.2, 0.2];
        assert!(of_boxes(&one, &one, LEVEL).holds());
        let half = of_boxes(&one, &[0.6, 0.5, 0.2, 0.2], LEVEL);
        assert!((half.found - 1.0 / 3.0).abs() < 1e-6, "{half}");
        assert!(!half.holds());
        assert!(!of_boxes(&one, &[0.9, 0.9, 0.1, 0.1], LEVEL).holds());
        assert!(!of_boxes(&one, &[f32::NAN; 4], LEVEL).holds());
    }
}
