//! Comparisons: the same work of the same model on the same machine, on two platforms.

use std::collections::BTreeMap;

use metrics::Estimate;
use serde::Serialize;

use super::measured::identity;
use super::{MachineReport, Measured};
use crate::bench::{Case, Row};
use crate::catalog::Platform;

/// How many times as fast one thing is as another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// The ratio of the medians.
    pub value: f64,
    /// The least that the 95 % intervals of both medians allow.
    pub low: f64,
    /// The most that they allow.
    pub high: f64,
}

impl Ratio {
    /// How many times as fast a median latency is as that of a baseline; `None` where a time is not above zero.
    #[must_use]
    pub fn of(baseline: Estimate, candidate: Estimate) -> Option<Self> {
        if baseline.low <= 0.0 || candidate.low <= 0.0 {
            return None;
        }
        Some(Self {
            value: baseline.value / candidate.value,
            low: baseline.low / candidate.high,
            high: baseline.high / candidate.low,
        })
    }

    /// Whether the intervals of the two medians lie apart.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.low > 1.0 || self.high < 1.0
    }
}

/// A platform beside the CPU provider, at the same work.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison<'a> {
    /// What was measured on the CPU provider.
    #[serde(serialize_with = "of_row")]
    pub baseline: Measured<'a>,
    /// What was measured on the other platform.
    #[serde(serialize_with = "of_row")]
    pub candidate: Measured<'a>,
    /// How many times as fast the other is.
    pub ratio: Ratio,
}

fn of_row<S: serde::Serializer>(measured: &Measured<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let row: &Row = measured.row;
    identity(&row, serializer)
}

/// What must be equal for two cases to do the same work: everything but the platform and its options.
pub(in crate::report) fn work_of(case: &Case) -> String {
    let same = Case {
        platform: Platform::Cpu,
        options: Vec::new(),
        ..case.clone()
    };
    same.id()
}

/// What must be equal for two cases to differ in their batch alone.
pub(in crate::report) fn but_batch(case: &Case) -> String {
    let same = Case {
        batch: 0,
        ..case.clone()
    };
    same.id()
}

/// Things in groups of the same key, in the order in which the first of each comes.
pub(in crate::report) fn grouped<T>(
    things: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
) -> Vec<Vec<T>> {
    let mut places = BTreeMap::new();
    let mut groups: Vec<Vec<T>> = Vec::new();
    for thing in things {
        let next = groups.len();
        let place = *places.entry(key(&thing)).or_insert(next);
        if place == next {
            groups.push(Vec::new());
        }
        groups[place].push(thing);
    }
    groups
}

impl<'a> MachineReport<'a> {
    /// What was measured, in groups of the same work.
    pub(in crate::report) fn same_work(&self) -> Vec<Vec<&Measured<'a>>> {
        grouped(&self.measured, |measured| work_of(measured.case()))
    }

    /// What was measured, in groups that differ in their batch alone; of at least two batches each.
    pub(in crate::report) fn batches(&self) -> Vec<Vec<&Measured<'a>>> {
        let groups = grouped(&self.measured, |measured| but_batch(measured.case()));
        groups.into_iter().filter(|group| group.len() > 1).collect()
    }

    /// Every platform beside the CPU provider with its default options, wherever both did the same work and have medians.
    #[must_use]
    pub fn comparisons(&self) -> Vec<Comparison<'a>> {
        let mut found = Vec::new();
        for group in self.same_work() {
            let is_baseline = |measured: &&&Measured<'_>| {
                let case = measured.case();
                case.platform == Platform::Cpu && case.options.is_empty()
            };
            let Some(baseline) = group.iter().find(is_baseline) else {
                continue;
            };
            for candidate in &group {
                if candidate.row.id == baseline.row.id || !of_same_weights(baseline, candidate) {
                    continue;
                }
                let medians = baseline.p50_ms().zip(candidate.p50_ms());
                if let Some(ratio) = medians.and_then(|(one, two)| Ratio::of(one, two)) {
                    found.push(Comparison {
                        baseline: (*baseline).clone(),
                        candidate: (*candidate).clone(),
                        ratio,
                    });
                }
            }
        }
        found
    }
}

/// Whether both ran the same configuration with weights of the same kind.
fn of_same_weights(one: &Measured<'_>, two: &Measured<'_>) -> bool {
    let (one, two) = (&one.measurement.artifact, &two.measurement.artifact);
    one.is_synthetic == two.is_synthetic && one.config_sha256 == two.config_sha256
}

#[cfg(test)]
mod tests {
    use super::*;

    fn median(low: f64, value: f64, high: f64) -> Estimate {
        Estimate { value, low, high }
    }

    #[test]
    fn a_ratio_is_told_where_intervals_lie_apart() {
        let slow = median(9.5, 10.0, 10.5);
        for (candidate, is_told) in [
            (median(4.8, 5.0, 5.2), true),
            (median(19.0, 20.0, 21.0), true),
            (median(9.0, 9.3, 9.6), false),
            (slow, false),
        ] {
            let ratio = Ratio::of(slow, candidate).unwrap();
            assert_eq!(ratio.is_told(), is_told, "{ratio:?}");
            assert!(ratio.low <= ratio.value && ratio.value <= ratio.high);
        }
        assert_eq!(Ratio::of(slow, median(0.0, 1.0, 2.0)), None);
    }

    #[test]
    fn groups_keep_the_order_of_what_comes_first() {
        let groups = grouped(["b1", "a1", "b2", "c1"], |name| name[..1].to_owned());
        assert_eq!(groups, [vec!["b1", "b2"], vec!["a1"], vec!["c1"]]);
    }
}
