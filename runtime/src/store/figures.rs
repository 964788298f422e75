//! What lists, rankings and trends show of a row, derived from what was sampled: no caller gives a statistic.

use serde_json::Value;

use super::Headline;
use crate::bench::{Measurement, Outcome, Row};
use crate::checkpoint::CheckpointSpec;

/// The figures of a row, in the units of [`super::Headline`].
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) state: &'static str,
    pub(super) device: Option<String>,
    pub(super) library: Option<String>,
    pub(super) is_synthetic: bool,
    pub(super) samples: u64,
    pub(super) p50_ms: Option<(f64, f64, f64)>,
    pub(super) range_ms: Option<(f64, f64)>,
    pub(super) throughput: Option<f64>,
    pub(super) joules_per_item: Option<f64>,
    pub(super) peak_rss_bytes: Option<u64>,
    pub(super) predicted_ms: Option<f64>,
    pub(super) reason: Option<String>,
}

impl Figures {
    /// The figures of a row.
    pub(super) fn of(row: &Row) -> Self {
        // What never ran loaded nothing; what it would have loaded is known.
        let spec = row.case.checkpoint.parse();
        let is_synthetic = matches!(spec, Ok(CheckpointSpec::Synthetic { .. }));
        let unrun = |state, kind: &str, text: &str| Self {
            state,
            is_synthetic,
            reason: Some(format!("{kind}: {text}")),
            ..Self::default()
        };
        match &row.outcome {
            Outcome::Measured(measurement) => Self::measured(measurement),
            Outcome::Simulated(simulation) => Self {
                state: "simulated",
                device: evidence(&simulation.execution, "device"),
                library: evidence(&simulation.execution, "library"),
                is_synthetic: simulation.artifact.is_synthetic,
                predicted_ms: simulation.predicted_ms.value().copied(),
                ..Self::default()
            },
            Outcome::Failed { kind, error } => unrun("failed", kind, error),
            Outcome::Skipped { kind, reason } => unrun("skipped", kind, reason),
        }
    }

    /// Whether a headline shows these figures.
    pub(super) fn are_of(&self, headline: &Headline) -> bool {
        let shown = Self {
            state: self.state,
            device: headline.device.clone(),
            library: headline.library.clone(),
            is_synthetic: headline.is_synthetic,
            samples: headline.samples,
            p50_ms: headline.p50_ms,
            range_ms: headline.range_ms,
            throughput: headline.throughput,
            joules_per_item: headline.joules_per_item,
            peak_rss_bytes: headline.peak_rss_bytes,
            predicted_ms: headline.predicted_ms,
            reason: headline.reason.clone(),
        };
        self.state == headline.state && *self == shown
    }

    fn measured(measurement: &Measurement) -> Self {
        let latency = measurement.latency();
        let p50 = latency
            .percentiles_ms()
            .into_iter()
            .find_map(|(name, estimate)| if name == "p50" { estimate.ok() } else { None });
        let per = |amount: f64, share: f64| Some(amount / share).filter(|rate| rate.is_finite());
        let items = measurement.items as f64;
        let joules = measurement.energy.energy_joules.value();
        Self {
            state: "measured",
            device: evidence(&measurement.execution, "device"),
            library: evidence(&measurement.execution, "library"),
            is_synthetic: measurement.artifact.is_synthetic,
            samples: latency.samples_ms().len() as u64,
            p50_ms: p50.map(|p50| (p50.value, p50.low, p50.high)),
            range_ms: latency.range_ms(),
            throughput: per(items, measurement.wall_seconds),
            joules_per_item: joules.and_then(|joules| per(*joules, items)),
            peak_rss_bytes: measurement.peak_rss_bytes.value().copied(),
            ..Self::default()
        }
    }
}

/// A text of the evidence of what ran; see [`crate::engine::Execution::to_json`].
fn evidence(execution: &Value, name: &str) -> Option<String> {
    let found = ["evidence", "computed_on"].map(|place| execution.get(place)?.get(name)?.as_str());
    found.into_iter().flatten().next().map(str::to_owned)
}
