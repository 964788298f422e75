//! What measurements teach of queries that nobody measured: costs of what a query has to do, and how far they are off for
//! families that they were not learnt from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::nonnegative;

/// Fewest families that something is learnt from: the ninth of ten errors is known from no fewer.
pub const LEAST_FAMILIES: usize = 6;
/// Share of cases that intervals are to hold.
const HELD: f64 = 0.9;
/// Rounds in which the measurements' weights settle.
const ROUNDS: usize = 20;
/// How far a family is off typically; a usual cost may be off by all of itself.
const TYPICAL_ERROR: f64 = 0.15;

/// What was measured of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation<const N: usize> {
    /// What is left out together.
    pub family: String,
    /// What the query has to do, each kind in a unit of its own.
    pub counts: [f64; N],
    /// What was measured, above zero.
    pub measured: f64,
}

/// Too few families to learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{found} of the {LEAST_FAMILIES} families that a prediction takes at least are measured")]
pub struct TooFew {
    /// Families with measurements.
    pub found: usize,
}

/// A predicted value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The likeliest value.
    pub value: f64,
    /// The interval that holds nine of ten measurements.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Estimate {
    /// The same in another unit.
    #[must_use]
    pub fn scaled(self, by: f64) -> Self {
        Self {
            value: self.value * by,
            low: self.low * by,
            high: self.high * by,
        }
    }
}

/// How far predictions of families were off that nothing had been learnt from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOutError {
    /// Number of families, each predicted by what all others teach.
    pub families: usize,
    /// Number of cases.
    pub cases: usize,
    /// Mean of the errors, in percent of what was measured.
    pub error_percent: f64,
    /// Cases within the intervals that the other families' errors gave, in percent; `None` where too few others were left.
    pub covered_percent: Option<f64>,
}

/// Costs that were learnt.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned<const N: usize> {
    /// What a unit of each kind costs.
    pub costs: [f64; N],
    /// The quotient of a measurement and its prediction stays below this and above its inverse, nine times of ten.
    pub factor: f64,
    /// How well held-out families are predicted.
    pub held_out: HeldOutError,
    /// Every case as the other families predict it: family, measured, predicted.
    pub cases: Vec<(String, f64, f64)>,
}

impl<const N: usize> Learned<N> {
    /// Learns costs of zero and more from measurements; every family weighs the same, however many cases it has. Costs of what
    /// few of them have to do stay near usual ones.
    ///
    /// Each family is then predicted by what the others teach. The interval is a conformal one (V. Vovk, A. Gammerman,
    /// G. Shafer, Algorithmic Learning in a Random World, 2005) of these errors.
    ///
    /// # Errors
    /// [`TooFew`] families.
    pub fn of(observations: &[Observation<N>], usual: &[f64; N]) -> Result<Self, TooFew> {
        let all: Vec<&Observation<N>> = observations.iter().collect();
        let found = families(&all).len();
        if found < LEAST_FAMILIES {
            return Err(TooFew { found });
        }
        let costs = costs(&all, usual).ok_or(TooFew { found })?;
        let errors = left_out(&all, usual).ok_or(TooFew { found })?;
        let mut is_held = Vec::new();
        for family in families(&all) {
            let (out, others): (Vec<_>, Vec<_>) =
                all.iter().copied().partition(|one| one.family == family);
            if families(&others).len() < LEAST_FAMILIES {
                continue;
            }
            let bound = left_out(&others, usual).and_then(|errors| factor(&errors));
            let Some((bound, costs)) = bound.zip(self::costs(&others, usual)) else {
                continue;
            };
            is_held.extend(out.iter().map(|one| {
                let quotient = one.measured / dot(one.counts, costs);
                quotient.max(1.0 / quotient) <= bound
            }));
        }
        let held = is_held.iter().filter(|is_held| **is_held).count();
        let shares = errors
            .iter()
            .map(|error| (error.predicted / error.measured - 1.0).abs());
        Ok(Self {
            costs,
            factor: factor(&errors).ok_or(TooFew { found })?,
            held_out: HeldOutError {
                families: found,
                cases: errors.len(),
                error_percent: shares.sum::<f64>() / errors.len() as f64 * 100.0,
                covered_percent: (!is_held.is_empty())
                    .then(|| held as f64 / is_held.len() as f64 * 100.0),
            },
            cases: errors
                .into_iter()
                .map(|error| (error.family.to_owned(), error.measured, error.predicted))
                .collect(),
        })
    }

    /// The same for programs, with the names of what is counted.
    #[must_use]
    pub fn to_json(&self, names: &[&str; N]) -> Value {
        let costs = names.iter().zip(self.costs);
        let costs: Map<_, _> = costs
            .map(|(name, cost)| ((*name).to_owned(), cost.into()))
            .collect();
        json!({
            "held_out": self.held_out,
            "interval_factor": self.factor,
            "costs": costs,
            "cases": self.cases.iter().map(|(family, measured, predicted)| json!({
                "family": family,
                "measured": measured,
                "predicted_by_others": predicted,
            })).collect::<Vec<_>>(),
        })
    }

    /// What a query with this to do would come to.
    #[must_use]
    pub fn estimate(&self, counts: [f64; N]) -> Estimate {
        let value = dot(counts, self.costs);
        Estimate {
            value,
            low: value / self.factor,
            high: value * self.factor,
        }
    }
}

/// A case as the other families predict it.
struct LeftOut<'o> {
    family: &'o str,
    measured: f64,
    predicted: f64,
}

fn families<'o, const N: usize>(all: &[&'o Observation<N>]) -> BTreeSet<&'o str> {
    all.iter().map(|one| one.family.as_str()).collect()
}

/// Predicts every family by what the others teach.
fn left_out<'o, const N: usize>(
    all: &[&'o Observation<N>],
    usual: &[f64; N],
) -> Option<Vec<LeftOut<'o>>> {
    let mut errors = Vec::with_capacity(all.len());
    for family in families(all) {
        let (out, others): (Vec<&Observation<N>>, Vec<_>) =
            all.iter().copied().partition(|one| one.family == family);
        let costs = costs(&others, usual)?;
        errors.extend(out.into_iter().map(|one| LeftOut {
            family: &one.family,
            measured: one.measured,
            predicted: dot(one.counts, costs),
        }));
    }
    Some(errors)
}

/// The factor that nine of ten quotients of measured and predicted stay within, and one more case like them would. Every
/// family weighs the same.
fn factor(errors: &[LeftOut<'_>]) -> Option<f64> {
    let mut cases: BTreeMap<&str, f64> = BTreeMap::new();
    for error in errors {
        *cases.entry(error.family).or_default() += 1.0;
    }
    let mut quotients: Vec<(f64, f64)> = errors
        .iter()
        .map(|error| {
            let quotient = error.measured / error.predicted;
            (quotient.max(1.0 / quotient), 1.0 / cases[error.family])
        })
        .collect();
    quotients.sort_by(|one, other| one.0.total_cmp(&other.0));
    let all: f64 = quotients.iter().map(|(_, weight)| weight).sum();
    // A case that is yet to come is one more of those that may lie outside.
    let bound = (HELD * all * (1.0 + 1.0 / quotients.len() as f64)).min(all);
    let mut within = 0.0;
    let found = quotients.iter().find(|(_, weight)| {
        within += weight;
        within >= bound - 1e-9
    });
    found.or(quotients.last()).map(|(quotient, _)| *quotient)
}

/// The likeliest costs: those that leave the least squares of the logarithms of measured over predicted (by Gauss and Newton's
/// method), where errors beyond the typical one count by their size alone (P. J. Huber, Robust Estimation of a Location
/// Parameter, 1964, doi:10.1214/aoms/1177703732), and that are not far from usual ones where measurements say little
/// (A. E. Hoerl, R. W. Kennard, Ridge Regression, 1970, doi:10.1080/00401706.1970.10488634).
fn costs<const N: usize>(all: &[&Observation<N>], usual: &[f64; N]) -> Option<[f64; N]> {
    let mut cases: BTreeMap<&str, f64> = BTreeMap::new();
    for one in all {
        *cases.entry(one.family.as_str()).or_default() += 1.0;
    }
    // Errors as shares of what was measured come first: they are linear.
    let mut predicted: Vec<f64> = all.iter().map(|one| one.measured).collect();
    let mut found = None;
    for _ in 0..ROUNDS {
        let mut rows: Vec<([f64; N], f64)> = Vec::with_capacity(all.len() + N);
        for (one, predicted) in all.iter().zip(&predicted) {
            let error = (one.measured / predicted).ln();
            let share = (TYPICAL_ERROR / error.abs()).min(1.0);
            let weight = (share / cases[one.family.as_str()]).sqrt();
            let counts = one.counts.map(|count| count * weight / predicted);
            // A step that would halve a prediction, or more, is cut.
            rows.push((counts, weight * (1.0 + error.clamp(-0.5, 0.5))));
        }
        for (place, cost) in usual.iter().enumerate() {
            let mut row = [0.0; N];
            row[place] = TYPICAL_ERROR / cost;
            rows.push((row, TYPICAL_ERROR));
        }
        let costs = nonnegative::solve(&rows)?;
        let next = all
            .iter()
            .map(|one| dot(one.counts, costs).max(one.measured * 1e-3));
        predicted = next.collect();
        found = Some(costs);
    }
    found
}

fn dot<const N: usize>(counts: [f64; N], costs: [f64; N]) -> f64 {
    counts
        .iter()
        .zip(costs)
        .map(|(one, other)| one * other)
        .sum()
}

#[cfg(test)]
mod tests;
