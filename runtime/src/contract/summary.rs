//! The summary after a platform's test process: what was proved, cell by cell, and what was ignored, by reason.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use super::outcome::Outcome;
use super::tally::Tally;
use crate::catalog::Model;

/// The outcome of one check.
pub(super) struct Record {
    pub(super) module: &'static str,
    pub(super) check: &'static str,
    pub(super) model: &'static Model,
    /// Whether the outputs came from another platform than the cell's.
    pub(super) is_simulated: bool,
    /// Whether the outcome is that of another cell with the same checkpoint and graphs.
    pub(super) is_shared: bool,
    pub(super) outcome: Outcome,
}

/// Outcomes gathered from all test threads.
#[derive(Clone, Default)]
pub(super) struct Records(Arc<Mutex<Vec<Record>>>);

impl Records {
    pub(super) fn add(&self, record: Record) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(record);
    }

    /// All of them, by module and then in the order in which they came.
    pub(super) fn take(&self) -> Vec<Record> {
        let mut records =
            std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        records.sort_by_key(|record| record.module);
        records
    }
}

/// The summary in words; only its last line where quiet is asked for. That line is for programs too:
/// `cpu: 33 passed natively, …`.
pub(super) fn render(tally: &Tally, records: &[Record], is_quiet: bool) -> String {
    let platform = &tally.platform;
    let mut text = String::new();
    let mut module = "";
    let proved = if is_quiet { &[] } else { records };
    for record in proved {
        let Ok(proof) = &record.outcome else { continue };
        if record.module != module {
            module = record.module;
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\n{} on {platform}", record.model.id);
        }
        let _ = writeln!(text, "    {}: {proof}", record.check.replace('_', " "));
    }
    let shared = records
        .iter()
        .filter(|record| record.outcome.is_ok() && record.is_shared);
    let shared = shared.count();
    if shared > 0 {
        let _ = writeln!(
            text,
            "\n{shared} of what passed is what another cell with the same checkpoint and graphs showed"
        );
    }
    let reasons: Vec<_> = tally.reasons().collect();
    let reasons = if reasons.is_empty() {
        String::new()
    } else {
        format!(" ({})", reasons.join(", "))
    };
    let _ = writeln!(
        text,
        "\n{platform}: {} passed natively, {} passed simulated, {} failed, {} ignored{reasons}",
        tally.passed_natively,
        tally.passed_simulated,
        tally.failed.len(),
        tally.ignored.values().sum::<usize>(),
    );
    text
}
