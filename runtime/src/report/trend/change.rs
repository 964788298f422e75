//! Change points: binary segmentation (Scott and Knott, Biometrics 30, 1974) over ranks (Pettitt, A Non-parametric Approach to
//! the Change-Point Problem, 1979), each split tested by permutations and held to a least size. It is placed where values deviate
//! least from the medians of both sides.

use serde::Serialize;

/// Values on either side of a change, at least: fewer are outliers.
const LEAST_SIDE: usize = 4;

/// Random orders that a split is compared with.
const ORDERS: usize = 999;

/// The most values that are looked at, the newest: each split costs all orders of all of them.
const MOST: usize = 500;

/// When a change is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rules {
    /// Largest probability of a change where there is none.
    pub level: f64,
    /// Smallest change that matters, in percent.
    pub threshold_percent: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            level: 0.01,
            threshold_percent: 3.0,
        }
    }
}

/// A change in a series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Change {
    /// Place of the first value after it.
    pub at: usize,
    /// Median of the values before it, back to the change before.
    pub before: f64,
    /// Median of the values after it, up to the next change.
    pub after: f64,
    /// By how much it changed, in percent of what was before.
    pub percent: f64,
    /// Probability of such a split where there is no change.
    pub p: f64,
}

/// The changes of a series, in its order. Values that are no numbers make it one without changes.
#[must_use]
pub fn changes(values: &[f64], rules: Rules) -> Vec<Change> {
    if values.iter().any(|value| !value.is_finite()) {
        return Vec::new();
    }
    let start = values.len().saturating_sub(MOST);
    let mut splits = Vec::new();
    divide(values, start, values.len(), rules, &mut splits);
    splits.sort_by_key(|(at, _)| *at);
    told(values, start, &splits, rules)
}

/// Splits a stretch of values where it is most uneven, and both sides again.
fn divide(values: &[f64], from: usize, to: usize, rules: Rules, splits: &mut Vec<(usize, f64)>) {
    if to - from < 2 * LEAST_SIDE {
        return;
    }
    let ranks = ranks(&values[from..to]);
    let height = unevenness(&ranks);
    // The same values give the same verdict: the generator's seed is their number.
    let mut random = Random(ranks.len() as u64);
    let mut shuffled = ranks;
    let as_uneven = (0..ORDERS).filter(|_| {
        random.shuffle(&mut shuffled);
        unevenness(&shuffled) >= height
    });
    let p = (as_uneven.count() + 1) as f64 / (ORDERS + 1) as f64;
    if p > rules.level {
        return;
    }
    let at = from + place(&values[from..to]);
    let (before, after) = (median(&values[from..at]), median(&values[at..to]));
    if percent(before, after).abs() < rules.threshold_percent {
        return;
    }
    splits.push((at, p));
    divide(values, from, at, rules, splits);
    divide(values, at, to, rules, splits);
}

/// The changes between neighbouring stretches; what is too small between these is none.
fn told(values: &[f64], start: usize, splits: &[(usize, f64)], rules: Rules) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    let mut from = start;
    for (place, (at, p)) in splits.iter().enumerate() {
        let to = splits.get(place + 1).map_or(values.len(), |next| next.0);
        let (before, after) = (median(&values[from..*at]), median(&values[*at..to]));
        let percent = percent(before, after);
        if percent.abs() < rules.threshold_percent {
            continue;
        }
        found.push(Change {
            at: *at,
            before,
            after,
            percent,
            p: *p,
        });
        from = *at;
    }
    found
}

fn percent(before: f64, after: f64) -> f64 {
    if before == 0.0 {
        return 0.0;
    }
    (after / before - 1.0) * 100.0
}

fn median(values: &[f64]) -> f64 {
    metrics::compare::median(values.to_vec())
}

/// Place of each value in the sorted order, ties in the middle.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<_> = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let not_above = sorted.partition_point(|other| other <= value);
        (below + not_above) as f64 / 2.0
    };
    values.iter().map(rank).collect()
}

/// By how much the mean ranks of the most uneven split's sides differ, for their lengths: the standardised rank sum.
fn unevenness(ranks: &[f64]) -> f64 {
    let count = ranks.len();
    let mean = ranks.iter().sum::<f64>() / count as f64;
    let mut sum: f64 = ranks[..LEAST_SIDE - 1].iter().sum();
    let heights = (LEAST_SIDE..=count - LEAST_SIDE).map(|place| {
        sum += ranks[place - 1];
        let (left, right) = (place as f64, (count - place) as f64);
        (sum - left * mean).abs() / (left * right / count as f64).sqrt()
    });
    heights.fold(0.0, f64::max)
}

/// The split with the least sum of distances from the medians of both sides, which outliers hardly move.
fn place(values: &[f64]) -> usize {
    let distances = |side: &[f64]| {
        let median = median(side);
        side.iter().map(|value| (value - median).abs()).sum::<f64>()
    };
    let cost = |place: &usize| distances(&values[..*place]) + distances(&values[*place..]);
    let places = LEAST_SIDE..=values.len() - LEAST_SIDE;
    let costs = places.map(|place| (place, cost(&place)));
    let best = costs.min_by(|one, two| one.1.total_cmp(&two.1));
    best.map_or(LEAST_SIDE, |(place, _)| place)
}

/// `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Fisher and Yates.
    fn shuffle(&mut self, values: &mut [f64]) {
        for last in (1..values.len()).rev() {
            let other = (self.next() % (last as u64 + 1)) as usize;
            values.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise of about the given percent with an outlier now and then, as timings have it.
    fn noise(random: &mut Random, percent: f64) -> f64 {
        let uniform = |random: &mut Random| (random.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let bell: f64 = (0..4).map(|_| uniform(random)).sum::<f64>() - 2.0;
        let outlier = if uniform(random) < 0.05 { 5.0 } else { 1.0 };
        1.0 + bell * percent / 100.0 * outlier
    }

    fn series(seed: u64, percent: f64, levels: &[(usize, f64)]) -> Vec<f64> {
        let mut random = Random(seed);
        let stretch = |(count, level): &(usize, f64)| vec![*level; *count];
        let levels = levels.iter().flat_map(stretch);
        levels
            .map(|level| level * noise(&mut random, percent))
            .collect()
    }

    #[test]
    fn noise_is_hardly_ever_called_a_change() {
        let rules = Rules {
            threshold_percent: 0.0,
            ..Rules::default()
        };
        let alarms = (0..200).filter(|seed| {
            let values = series(1000 + seed, 2.0, &[(30, 10.0)]);
            !changes(&values, rules).is_empty()
        });
        // 2 are expected at a level of 1 %; 8 or more is a chance below one in a thousand.
        let alarms = alarms.count();
        assert!(alarms < 8, "{alarms} of 200");
    }

    #[test]
    fn steps_are_found_where_they_are() {
        for seed in 0..20 {
            let values = series(seed, 2.0, &[(15, 10.0), (12, 12.0), (18, 8.0)]);
            let found = changes(&values, Rules::default());
            let places: Vec<_> = found.iter().map(|change| change.at).collect();
            assert_eq!(places.len(), 2, "{found:?}");
            assert!(
                places[0].abs_diff(15) <= 1 && places[1].abs_diff(27) <= 1,
                "{places:?}"
            );
            assert!((found[0].percent - 20.0).abs() < 4.0, "{found:?}");
            assert!((found[1].percent + 33.3).abs() < 4.0, "{found:?}");
        }
    }

    #[test]
    fn what_is_too_small_too_short_or_no_number_is_no_change() {
        let small = series(3, 0.1, &[(20, 10.0), (20, 10.1)]);
        assert_eq!(changes(&small, Rules::default()), []);
        let strict = Rules {
            threshold_percent: 0.5,
            ..Rules::default()
        };
        assert_eq!(changes(&small, strict).len(), 1);
        assert_eq!(
            changes(&[1.0, 1.0, 1.0, 2.0, 2.0, 2.0], Rules::default()),
            []
        );
        assert_eq!(changes(&[f64::NAN; 40], Rules::default()), []);
        assert_eq!(changes(&[], Rules::default()), []);
        // One value out of line is an outlier.
        let mut spike = series(4, 1.0, &[(30, 10.0)]);
        spike[12] = 30.0;
        assert_eq!(changes(&spike, Rules::default()), []);
        assert_eq!(changes(&[5.0; 50], Rules::default()), []);
    }
}
