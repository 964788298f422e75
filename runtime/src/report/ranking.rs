//! Rankings: the platforms of one machine, by what was measured of the same work of the same model.

use serde::Serialize;

use super::model::{grouped, work_of};
use crate::bench::Size;
use crate::catalog::names;
use crate::store::Headline;

names! {
    /// What platforms are ranked by.
    Metric("metric") {
        /// Median time of a query in milliseconds.
        Latency = "latency",
        /// Items a second.
        Throughput = "throughput",
        /// Joules for each item.
        Energy = "energy",
        /// Peak of the process's memory in bytes.
        Memory = "memory",
    }
}

/// The platforms of one machine that did the same work, best first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranking {
    /// Model id.
    pub model: String,
    /// Name of the model in prose.
    pub title: String,
    /// Fingerprint of the machine.
    pub machine: String,
    /// What they are ranked by.
    pub metric: Metric,
    /// Unit of the values.
    pub unit: &'static str,
    /// What was measured, best first.
    pub measured: Vec<Place>,
    /// What was predicted, best first. It has no place among what was measured.
    pub predicted: Vec<Place>,
    /// Platforms without a value, and why.
    pub absent: Vec<(String, String)>,
}

/// A platform in a ranking.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// The row.
    pub row: Headline,
    /// The value.
    pub value: f64,
    /// Its 95 % interval, where it has one.
    pub interval: Option<(f64, f64)>,
    /// Whether its interval lies apart from that of the next; `None` for the last and where an interval is missing.
    pub is_told_from_next: Option<bool>,
}

impl Metric {
    /// Unit of its values.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Latency => "ms",
            Self::Throughput => "items/s",
            Self::Energy => "J/item",
            Self::Memory => "MiB",
        }
    }

    /// Whether more of it is better.
    #[must_use]
    pub const fn is_more_better(self) -> bool {
        matches!(self, Self::Throughput)
    }

    /// The value of a row with its interval, or why it has none.
    pub(super) fn of(self, row: &Headline) -> Result<(f64, Option<(f64, f64)>), String> {
        let absent = |what: &str| format!("{what} was not to be had");
        match self {
            Self::Latency => match row.p50_ms {
                Some((value, low, high)) => Ok((value, Some((low, high)))),
                None => Err(format!("{} samples, a median needs 11", row.samples)),
            },
            Self::Throughput => {
                let value = row.throughput.ok_or_else(|| absent("throughput"))?;
                // The loop has one time; how much it may vary is told by that of its queries.
                let spread = row
                    .p50_ms
                    .map(|(p50, low, high)| (value * p50 / high, value * p50 / low));
                Ok((
                    value,
                    spread.filter(|(low, high)| low.is_finite() && high.is_finite()),
                ))
            }
            Self::Energy => Ok((row.joules_per_item.ok_or_else(|| absent("energy"))?, None)),
            Self::Memory => {
                let bytes = row
                    .peak_rss_bytes
                    .ok_or_else(|| absent("the peak of memory"))?;
                Ok((bytes as f64 / 1_048_576.0, None))
            }
        }
    }
}

/// Rankings of the newest rows of every machine and work. Tiny models have no place in any.
#[must_use]
pub fn rankings(rows: &[Headline], metric: Metric) -> Vec<Ranking> {
    let mut newest: Vec<&Headline> = Vec::new();
    let full = rows.iter().filter(|row| row.case.size == Size::Full);
    for case in grouped(full, |row| format!("{} {}", row.machine, row.case_id)) {
        newest.extend(case.into_iter().max_by_key(|row| (row.started_ms, &row.id)));
    }
    // Weights that are made up are other weights.
    let key = |row: &&Headline| format!("{} {}", row.machine, work_of(&row.case));
    let mut found: Vec<_> = grouped(newest, key)
        .iter()
        .filter_map(|group| ranking(group, metric))
        .collect();
    found.sort_by(|one, two| {
        let key = |ranking: &Ranking| {
            (
                ranking.model.clone(),
                ranking.machine.clone(),
                ranking.batch(),
            )
        };
        key(one).cmp(&key(two))
    });
    found
}

fn ranking(group: &[&Headline], metric: Metric) -> Option<Ranking> {
    let of = group.first()?;
    let mut ranking = Ranking {
        model: of.case.model.clone(),
        title: of.subject.title.clone(),
        machine: of.machine.clone(),
        metric,
        unit: metric.unit(),
        measured: Vec::new(),
        predicted: Vec::new(),
        absent: Vec::new(),
    };
    for row in group {
        let place = |value, interval| Place {
            row: (*row).clone(),
            value,
            interval,
            is_told_from_next: None,
        };
        let mut absent = |reason: String| {
            let platform = row.case.platform.name().to_owned();
            ranking.absent.push((platform, reason));
        };
        match (row.state.as_str(), metric, row.predicted_ms) {
            ("measured", ..) => match metric.of(row) {
                Ok((value, interval)) => ranking.measured.push(place(value, interval)),
                Err(reason) => absent(reason),
            },
            ("simulated", Metric::Latency, Some(ms)) => ranking.predicted.push(place(ms, None)),
            ("simulated", ..) => {
                absent("it did not run there; only its time is predicted".to_owned());
            }
            (state, ..) => absent(format!(
                "{state}: {}",
                row.reason.as_deref().unwrap_or("no reason is known")
            )),
        }
    }
    for places in [&mut ranking.measured, &mut ranking.predicted] {
        places.sort_by(|one, two| {
            let order = one.value.total_cmp(&two.value);
            if metric.is_more_better() {
                order.reverse()
            } else {
                order
            }
        });
    }
    let intervals: Vec<_> = ranking
        .measured
        .iter()
        .map(|place| place.interval)
        .collect();
    for (place, next) in ranking.measured.iter_mut().zip(intervals.iter().skip(1)) {
        let both = place.interval.zip(*next);
        place.is_told_from_next = both.map(|(one, two)| one.1 < two.0 || two.1 < one.0);
    }
    Some(ranking)
}

impl Ranking {
    /// Items of a query.
    #[must_use]
    pub fn batch(&self) -> u32 {
        let first = self.measured.iter().chain(&self.predicted).next();
        first.map_or(0, |place| place.row.case.batch)
    }

    /// Whether no platform has a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.measured.is_empty() && self.predicted.is_empty()
    }
}
