//! Rows that a file holds, selected as a store selects them: reports of what somebody sent, without a store.

use std::collections::{BTreeMap, BTreeSet};

use metrics::Environment;

use super::model::fingerprint;
use crate::bench::{Outcome, Row};
use crate::store::{Filter, Headline};

/// Rows of a JSON document: an array of [`Row`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GivenRows {
    rows: Vec<Row>,
}

impl GivenRows {
    /// The rows of a JSON document.
    ///
    /// # Errors
    /// Text that is no array of rows.
    pub fn of_json(text: &str) -> Result<Self, serde_json::Error> {
        let mut rows: Vec<Row> = serde_json::from_str(text)?;
        rows.sort_by(|one, two| (two.started_ms, &two.id).cmp(&(one.started_ms, &one.id)));
        Ok(Self { rows })
    }

    /// The rows that a filter leaves, newest first.
    #[must_use]
    pub fn rows(&self, filter: &Filter) -> Vec<Row> {
        let mut seen = BTreeSet::new();
        let mut found: Vec<_> = self
            .rows
            .iter()
            .filter(|row| is_wanted(row, filter))
            .collect();
        if filter.is_latest {
            found.retain(|row| seen.insert((row.case.id(), fingerprint(&row.machine))));
        }
        found.truncate(filter.limit.unwrap_or(usize::MAX));
        found.into_iter().cloned().collect()
    }

    /// The same without what lists do not show.
    #[must_use]
    pub fn headlines(&self, filter: &Filter) -> Vec<Headline> {
        self.rows(filter).iter().map(headline).collect()
    }

    /// The machines that rows come from, by fingerprint.
    #[must_use]
    pub fn machines(&self) -> BTreeMap<String, Environment> {
        let rows = self.rows.iter();
        rows.map(|row| (fingerprint(&row.machine), row.machine.clone()))
            .collect()
    }
}

fn is_wanted(row: &Row, filter: &Filter) -> bool {
    fn among<T: PartialEq>(wanted: &[T], found: impl Fn(&T) -> bool) -> bool {
        wanted.is_empty() || wanted.iter().any(found)
    }
    let subject = &row.subject;
    among(&filter.models, |id| *id == row.case.model)
        && among(&filter.families, |id| {
            *id == subject.family || *id == subject.group
        })
        && among(&filter.platforms, |platform| *platform == row.case.platform)
        && among(&filter.sizes, |size| *size == row.case.size)
        && among(&filter.states, |name| name == state(&row.outcome))
        && among(&filter.cases, |id| *id == row.case.id())
        && among(&filter.ids, |id| *id == row.id)
        && filter
            .machine
            .as_ref()
            .is_none_or(|wanted| *wanted == fingerprint(&row.machine))
        && filter.since_ms.is_none_or(|since| row.started_ms >= since)
        && filter.until_ms.is_none_or(|until| row.started_ms < until)
}

fn state(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Measured(_) => "measured",
        Outcome::Simulated(_) => "simulated",
        Outcome::Failed { .. } => "failed",
        Outcome::Skipped { .. } => "skipped",
    }
}

/// The figures of a row that lists go by.
fn headline(row: &Row) -> Headline {
    let mut headline = Headline {
        id: row.id.clone(),
        case_id: row.case.id(),
        case: row.case.clone(),
        subject: row.subject.clone(),
        state: state(&row.outcome).to_owned(),
        machine: fingerprint(&row.machine),
        device: None,
        library: None,
        version: row.version.clone(),
        started_ms: row.started_ms,
        is_synthetic: false,
        samples: 0,
        p50_ms: None,
        range_ms: None,
        throughput: None,
        joules_per_item: None,
        peak_rss_bytes: None,
        predicted_ms: None,
        reason: None,
    };
    match &row.outcome {
        Outcome::Measured(found) => {
            let measured = super::Measured::of(row, found);
            headline.device = measured.device().map(str::to_owned);
            headline.library = measured.library().map(str::to_owned);
            headline.is_synthetic = found.artifact.is_synthetic;
            headline.samples = measured.timing.samples as u64;
            headline.p50_ms = measured.p50_ms().map(|p50| (p50.value, p50.low, p50.high));
            headline.range_ms = measured.timing.range_ms;
            headline.throughput = measured.throughput();
            headline.joules_per_item = measured.joules_per_item().value().copied();
            headline.peak_rss_bytes = found.peak_rss_bytes.value().copied();
        }
        Outcome::Simulated(found) => {
            headline.is_synthetic = found.artifact.is_synthetic;
            headline.predicted_ms = found.predicted_ms.value().copied();
            headline.reason = Some(found.placement.clone());
        }
        Outcome::Failed { kind, error: told } | Outcome::Skipped { kind, reason: told } => {
            headline.reason = Some(format!("{kind}: {told}"));
        }
    }
    headline
}
