//! Trends: how a case's figure changed over time on one machine, and which platform is best for a model today.

mod change;

use serde::Serialize;

pub use change::{Change, Rules, changes};

use super::model::grouped;
use super::ranking::{Metric, Place, rankings};
use crate::bench::{Case, Size};
use crate::store::Headline;

/// A figure of one case on one machine over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// The case.
    pub case: Case,
    /// Name of the model in prose.
    pub title: String,
    /// Fingerprint of the machine.
    pub machine: String,
    /// The figure.
    pub metric: Metric,
    /// Its values, oldest first.
    pub points: Vec<Point>,
    /// Where it changed, oldest first.
    pub changes: Vec<Change>,
}

/// A value of a trend.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The row.
    pub row: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
    /// Version of this project.
    pub version: String,
    /// Library with its version, as evidence names it.
    pub library: Option<String>,
    /// The value, in the metric's unit.
    pub value: f64,
}

/// The best platform for a model on a machine, by what was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// Model id.
    pub model: String,
    /// Name of the model in prose.
    pub title: String,
    /// Fingerprint of the machine.
    pub machine: String,
    /// What it is best at: latency at the smallest batch, throughput and energy at any.
    pub metric: Metric,
    /// The best.
    pub best: Place,
    /// Number of platforms that it was compared with, at the same work.
    pub others: usize,
}

/// The trend of every case on every machine that was measured. Tiny models have none.
#[must_use]
pub fn trends(rows: &[Headline], metric: Metric, rules: Rules) -> Vec<Trend> {
    let is_wanted = |row: &&Headline| row.state == "measured" && row.case.size == Size::Full;
    let key = |row: &&Headline| format!("{} {} {}", row.case.model, row.machine, row.case_id);
    let mut found = Vec::new();
    for mut group in grouped(rows.iter().filter(is_wanted), key) {
        group.sort_by_key(|row| (row.started_ms, row.id.clone()));
        let points: Vec<_> = group
            .iter()
            .filter_map(|row| Point::of(row, metric))
            .collect();
        let (Some(first), false) = (group.first(), points.is_empty()) else {
            continue;
        };
        let values: Vec<_> = points.iter().map(|point| point.value).collect();
        found.push(Trend {
            case: first.case.clone(),
            title: first.subject.title.clone(),
            machine: first.machine.clone(),
            metric,
            changes: changes(&values, rules),
            points,
        });
    }
    found.sort_by(|one, two| {
        let key = |trend: &Trend| {
            let case = &trend.case;
            (
                case.model.clone(),
                trend.machine.clone(),
                case.platform,
                case.batch,
            )
        };
        key(one).cmp(&key(two))
    });
    found
}

impl Point {
    fn of(row: &Headline, metric: Metric) -> Option<Self> {
        let (value, _) = metric.of(row).ok()?;
        Some(Self {
            row: row.id.clone(),
            started_ms: row.started_ms,
            version: row.version.clone(),
            library: row.library.clone(),
            value,
        })
    }
}

/// For each model and machine the best platform by measured latency, throughput and energy.
#[must_use]
pub fn best_platforms(rows: &[Headline]) -> Vec<Best> {
    let mut found = Vec::new();
    for metric in [Metric::Latency, Metric::Throughput, Metric::Energy] {
        let rankings = rankings(rows, metric);
        let with_values = rankings
            .into_iter()
            .filter(|ranking| !ranking.measured.is_empty());
        let of_model = grouped(with_values, |ranking| {
            format!("{} {}", ranking.model, ranking.machine)
        });
        for group in of_model {
            let better = |one: f64, two: f64| {
                let order = one.total_cmp(&two);
                if metric.is_more_better() {
                    order.reverse()
                } else {
                    order
                }
            };
            // A query's time is told at the smallest batch; what one item costs at the batch that makes it cheapest.
            let best = group.into_iter().min_by(|one, two| {
                let values = || better(one.measured[0].value, two.measured[0].value);
                match metric {
                    Metric::Latency => one.batch().cmp(&two.batch()).then_with(values),
                    _ => values(),
                }
            });
            found.extend(best.map(|ranking| Best {
                others: ranking.measured.len() - 1,
                best: ranking.measured[0].clone(),
                model: ranking.model,
                title: ranking.title,
                machine: ranking.machine,
                metric,
            }));
        }
    }
    found.sort_by(|one, two| {
        let key = |best: &Best| (best.model.clone(), best.machine.clone(), best.metric);
        key(one).cmp(&key(two))
    });
    found
}
