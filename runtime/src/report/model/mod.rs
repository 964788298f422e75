//! What rows come to: figures by machine, without a word of how they are shown.

mod compare;
mod growing;
mod measured;

use std::collections::{BTreeMap, BTreeSet};

use metrics::Environment;
use serde::Serialize;

pub use compare::{Comparison, Ratio};
pub(super) use compare::{grouped, work_of};
pub use growing::{Growing, Varied};
pub use measured::{Measured, Timing};

use super::figures;
use crate::bench::{Outcome, Row, Simulation, Size};
use crate::sha256;

/// Figures of rows, by machine. Figures of different machines are never compared.
#[derive(Debug, Clone, Serialize)]
pub struct Report<'a> {
    /// The machines, by fingerprint.
    pub machines: Vec<MachineReport<'a>>,
    /// When the first and the last of the rows began, in milliseconds since 1970; `None` without rows.
    pub span_ms: Option<(i64, i64)>,
    /// Number of rows that the figures were made of: of each case on each machine the newest.
    pub rows: usize,
}

/// Figures of the rows of one machine.
#[derive(Debug, Clone, Serialize)]
pub struct MachineReport<'a> {
    /// Fingerprint; see [`crate::store::Store::machines`].
    pub fingerprint: String,
    /// The machine.
    pub environment: &'a Environment,
    /// What was measured at full size.
    pub measured: Vec<Measured<'a>>,
    /// What was predicted at full size.
    pub simulated: Vec<Simulated<'a>>,
    /// What failed.
    pub failed: Vec<Trouble<'a>>,
    /// What was not tried.
    pub skipped: Vec<Trouble<'a>>,
    /// What was measured at the size of tests; only where there is nothing else.
    pub smoke: Vec<Measured<'a>>,
}

/// What was predicted of a case that did not run on its platform.
#[derive(Debug, Clone, Serialize)]
pub struct Simulated<'a> {
    /// The row.
    #[serde(serialize_with = "measured::identity")]
    pub row: &'a Row,
    /// What is predicted.
    pub simulation: &'a Simulation,
}

/// A case without figures, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Trouble<'a> {
    /// The row.
    #[serde(serialize_with = "measured::identity")]
    pub row: &'a Row,
    /// How it failed, or why it was skipped, in one word.
    pub kind: &'a str,
    /// The error or reason in words.
    pub reason: &'a str,
}

impl<'a> Report<'a> {
    /// The figures of rows. `machines` are the fingerprints of their machines; one that is not among them gets the SHA-256 of
    /// its description in JSON.
    #[must_use]
    pub fn of(rows: &'a [Row], machines: &BTreeMap<String, Environment>) -> Self {
        let mut by_machine: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            let known = machines.iter().find(|(_, known)| **known == row.machine);
            let fingerprint =
                known.map_or_else(|| fingerprint(&row.machine), |(name, _)| name.clone());
            by_machine.entry(fingerprint).or_default().push(row);
        }
        let machines = by_machine.into_iter();
        let machines: Vec<_> = machines
            .filter_map(|(fingerprint, rows)| MachineReport::of(fingerprint, &newest(rows)))
            .collect();
        let times = || rows.iter().map(|row| row.started_ms);
        Self {
            span_ms: times().min().zip(times().max()),
            rows: machines.iter().map(MachineReport::rows).sum(),
            machines,
        }
    }

    /// Whether there is nothing to report.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

/// SHA-256 of a machine's description in JSON, in hexadecimal.
pub(super) fn fingerprint(machine: &Environment) -> String {
    let text = serde_json::to_string(machine).unwrap_or_default();
    sha256::of(text.as_bytes())
}

/// Of each case the newest row, in the order of models, platforms and batches.
fn newest(rows: Vec<&Row>) -> Vec<&Row> {
    let mut latest: BTreeMap<String, &Row> = BTreeMap::new();
    for row in rows {
        let known = latest.entry(row.case.id()).or_insert(row);
        // Equal times are decided by the id, so that the order of rows does not matter.
        if (known.started_ms, &known.id) < (row.started_ms, &row.id) {
            *known = row;
        }
    }
    let mut rows: Vec<_> = latest.into_iter().collect();
    // Platforms that did the same work stand together.
    rows.sort_by(|(one_id, one), (two_id, two)| {
        let key = |row: &Row| {
            let (case, lengths) = (&row.case, &row.case.lengths);
            let lengths = (
                lengths.tokens,
                lengths.new_tokens,
                lengths.image,
                lengths.audio_ms,
            );
            (
                case.model.clone(),
                lengths,
                case.precision.name(),
                case.batch,
                case.platform,
            )
        };
        key(one).cmp(&key(two)).then_with(|| one_id.cmp(two_id))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

impl<'a> MachineReport<'a> {
    fn of(fingerprint: String, rows: &[&'a Row]) -> Option<Self> {
        let environment = &rows.first()?.machine;
        // Tiny rows are smoke tests: they are shown where there is nothing else, and compared with nothing.
        let has_full = rows.iter().any(|row| row.case.size == Size::Full);
        let mut report = Self {
            fingerprint,
            environment,
            measured: Vec::new(),
            simulated: Vec::new(),
            failed: Vec::new(),
            skipped: Vec::new(),
            smoke: Vec::new(),
        };
        for row in rows {
            let is_tiny = row.case.size == Size::Tiny;
            if is_tiny && has_full {
                continue;
            }
            match &row.outcome {
                Outcome::Measured(measurement) => {
                    let into = if is_tiny {
                        &mut report.smoke
                    } else {
                        &mut report.measured
                    };
                    into.push(Measured::of(row, measurement));
                }
                Outcome::Simulated(_) if is_tiny => {}
                Outcome::Simulated(simulation) => {
                    report.simulated.push(Simulated { row, simulation });
                }
                Outcome::Failed { kind, error } => report.failed.push(Trouble {
                    row,
                    kind,
                    reason: error,
                }),
                Outcome::Skipped { kind, reason } => {
                    report.skipped.push(Trouble { row, kind, reason });
                }
            }
        }
        (report.rows() > 0).then_some(report)
    }

    /// Number of rows that it was made of.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.measured.len()
            + self.simulated.len()
            + self.failed.len()
            + self.skipped.len()
            + self.smoke.len()
    }

    /// Ids of the models that were measured, sorted.
    pub(super) fn models(&self) -> BTreeSet<&'a str> {
        let models = self.measured.iter();
        models
            .map(|measured| measured.row.case.model.as_str())
            .collect()
    }

    /// Of each model, platform and manner one case: of the lengths that the model was measured at most often, the smallest
    /// batch. So charts are not crowded, and what stands side by side did the same work where it can.
    pub(super) fn usual(&self) -> Vec<&Measured<'a>> {
        let lengths = |one: &Measured<'_>| figures::lengths(one.case()).join(", ");
        let mut found = Vec::new();
        for model in grouped(&self.measured, |one| one.case().model.clone()) {
            let by_lengths = grouped(model.iter().copied(), |one| lengths(one));
            // The first of several that are as frequent.
            let most = by_lengths.iter().map(Vec::len).max().unwrap_or(0);
            let usual = by_lengths.iter().find(|group| group.len() == most);
            let usual = usual
                .and_then(|group| group.first())
                .map(|one| lengths(one));
            let series = |one: &&Measured<'_>| {
                let case = one.case();
                format!("{}\n{}", figures::series(case), figures::manner(case))
            };
            for group in grouped(model, series) {
                let order = |one: &&Measured<'_>| (Some(lengths(one)) != usual, one.case().batch);
                found.extend(group.into_iter().min_by_key(order));
            }
        }
        found
    }

    /// What was measured of a model.
    pub(super) fn of_model<'s>(&'s self, model: &'s str) -> impl Iterator<Item = &'s Measured<'a>> {
        let all = self.measured.iter();
        all.filter(move |measured| measured.row.case.model == model)
    }
}
