//! Keeps rows as they come, says what became of each case, and removes checkpoints that are no longer needed.

use crate::bench::{Measurement, Observer, Outcome, Planned, Row};
use crate::cache::{Silent, Steps};
use crate::catalog::Catalog;
use crate::checkpoint::{self, CheckpointSpec, SyntheticSize};
use crate::error::Error;
use crate::store::{SqliteStore, Store};

/// Keeps rows as they come, and says so.
pub(super) struct Watched<'s> {
    pub(super) store: &'s SqliteStore,
    pub(super) models: Models<'s>,
    pub(super) steps: Steps,
    /// Number of cases that failed.
    pub(super) failed: usize,
}

/// Removes made-up checkpoints of full size when their cases are over: together they would take tens of gigabytes.
pub(super) struct Models<'s> {
    catalog: &'s Catalog,
    is_kept: bool,
    last: Option<(String, CheckpointSpec)>,
}

impl<'s> Models<'s> {
    /// None is used yet. They are not removed where they are to be kept.
    pub(super) const fn new(catalog: &'s Catalog, is_kept: bool) -> Self {
        Self {
            catalog,
            is_kept,
            last: None,
        }
    }

    /// A case begins.
    fn begins(&mut self, planned: &Planned) -> Result<(), Error> {
        let spec: CheckpointSpec = planned.case.checkpoint.parse()?;
        let next = (planned.case.model.clone(), spec);
        if self.last.as_ref() != Some(&next) {
            self.forget()?;
        }
        self.last = planned.skipped.is_none().then_some(next);
        Ok(())
    }

    /// Removes what the last case used.
    pub(super) fn forget(&mut self) -> Result<(), Error> {
        let Some((model, spec)) = self.last.take().filter(|_| !self.is_kept) else {
            return Ok(());
        };
        let is_full = matches!(
            spec,
            CheckpointSpec::Synthetic {
                size: SyntheticSize::Full,
                ..
            }
        );
        if let (true, Ok(entry)) = (is_full, self.catalog.find(&model)) {
            let policy = checkpoint::Policy::from_env()?;
            checkpoint::forget(&spec, entry.model, &policy, &Silent)?;
        }
        Ok(())
    }
}

impl Observer for Watched<'_> {
    fn begins(&mut self, planned: &Planned) -> Result<(), Error> {
        self.steps.begins(&planned.case.to_string());
        self.models.begins(planned)
    }

    fn ended(&mut self, row: &Row) -> Result<(), Error> {
        self.store.append(row)?;
        self.failed += usize::from(matches!(row.outcome, Outcome::Failed { .. }));
        self.steps.ended(&line(row));
        Ok(())
    }
}

/// What became of a case, in one line.
fn line(row: &Row) -> String {
    let told = match &row.outcome {
        Outcome::Measured(measured) => measured_line(measured),
        Outcome::Simulated(simulated) => match simulated.predicted_ms.value() {
            Some(ms) => format!("simulated; predicted {ms:.2} ms"),
            None => "simulated; no time is predicted".to_owned(),
        },
        Outcome::Failed { kind, error } => format!("FAILED ({kind}): {error}"),
        Outcome::Skipped { kind, reason } => format!("left out ({kind}): {reason}"),
    };
    format!("{}: {told}", row.case)
}

fn measured_line(measured: &Measurement) -> String {
    let latency = measured.latency();
    let count = latency.samples_ms().len();
    let median = latency.percentiles_ms().into_iter().next();
    let mut text = match (median, latency.range_ms()) {
        (Some((_, Ok(p50))), _) => {
            format!(
                "p50 {:.3} ms [{:.3}, {:.3}] of {count}",
                p50.value, p50.low, p50.high
            )
        }
        (_, Some((low, high))) => format!("{low:.3} to {high:.3} ms, {count} samples"),
        _ => "no sample".to_owned(),
    };
    if let Some(rate) = measured.throughput_items_per_second.value() {
        text.push_str(&format!(", {rate:.1} items/s"));
    }
    if let Some(bytes) = measured.peak_rss_bytes.value() {
        text.push_str(&format!(", {:.0} MiB", *bytes as f64 / f64::from(1 << 20)));
    }
    if !measured.settling.is_steady {
        text.push_str(" (had not settled)");
    }
    text
}
