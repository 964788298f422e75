//! The figures of one measured row.

use std::collections::BTreeMap;

use metrics::{Estimate, Quantity};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::bench::{Case, Measurement, Row};

/// A measured row with what follows from its samples.
#[derive(Debug, Clone)]
pub struct Measured<'a> {
    /// The row.
    pub row: &'a Row,
    /// What was measured.
    pub measurement: &'a Measurement,
    /// Times of its queries.
    pub timing: Timing,
}

/// Times of queries, as far as the samples carry them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timing {
    /// Number of samples.
    pub samples: usize,
    /// Percentiles by name, in milliseconds, each with its 95 % interval.
    pub percentiles_ms: BTreeMap<&'static str, Estimate>,
    /// Why the others are absent, by name.
    pub absent: BTreeMap<&'static str, String>,
    /// Fastest and slowest query in milliseconds.
    pub range_ms: Option<(f64, f64)>,
}

impl Timing {
    pub(super) fn of(latency: &metrics::Latency) -> Self {
        let mut timing = Self {
            samples: latency.samples_ms().len(),
            range_ms: latency.range_ms(),
            ..Self::default()
        };
        for (name, found) in latency.percentiles_ms() {
            match found {
                Ok(estimate) => {
                    timing.percentiles_ms.insert(name, estimate);
                }
                Err(reason) => {
                    timing.absent.insert(name, reason.to_string());
                }
            }
        }
        timing
    }
}

impl<'a> Measured<'a> {
    pub(in crate::report) fn of(row: &'a Row, measurement: &'a Measurement) -> Self {
        Self {
            row,
            measurement,
            timing: Timing::of(&measurement.latency()),
        }
    }

    /// The case.
    #[must_use]
    pub fn case(&self) -> &'a Case {
        &self.row.case
    }

    /// Median latency in milliseconds; `None` with too few samples.
    #[must_use]
    pub fn p50_ms(&self) -> Option<Estimate> {
        self.timing.percentiles_ms.get("p50").copied()
    }

    /// Items a second over the whole loop.
    #[must_use]
    pub fn throughput(&self) -> Option<f64> {
        self.measurement
            .throughput_items_per_second
            .value()
            .copied()
    }

    /// Items a second while the median lasts, with its interval.
    #[must_use]
    pub fn rate(&self) -> Option<Estimate> {
        let p50 = self.p50_ms().filter(|p50| p50.low > 0.0)?;
        let rate = |ms: f64| f64::from(self.row.case.batch) * 1e3 / ms;
        Some(Estimate {
            value: rate(p50.value),
            low: rate(p50.high),
            high: rate(p50.low),
        })
    }

    /// Joules for each item.
    #[must_use]
    pub fn joules_per_item(&self) -> Quantity {
        let items = self.measurement.items as f64;
        let joules = &self.measurement.energy.energy_joules;
        joules.map(|joules| joules / items).finite("joules an item")
    }

    /// The device, as evidence names it.
    #[must_use]
    pub fn device(&self) -> Option<&'a str> {
        self.measurement
            .execution
            .pointer("/evidence/device")?
            .as_str()
    }

    /// The library with its version, as evidence names it.
    #[must_use]
    pub fn library(&self) -> Option<&'a str> {
        self.measurement
            .execution
            .pointer("/evidence/library")?
            .as_str()
    }

    /// The model's name in prose; weights that are made up are named.
    #[must_use]
    pub fn title(&self) -> String {
        let title = &self.row.subject.title;
        if self.measurement.artifact.is_synthetic {
            return format!("{title} (synthetic weights)");
        }
        title.clone()
    }

    /// `memory-bound` or `compute-bound`, where that is decided.
    #[must_use]
    pub fn bound(&self) -> Option<&'static str> {
        let roofline = &self.measurement.roofline;
        match (
            roofline.memory_bound.value(),
            roofline.compute_bound.value(),
        ) {
            (Some(true), _) => Some("memory-bound"),
            (_, Some(true)) => Some("compute-bound"),
            _ => None,
        }
    }
}

/// What tells which row something came from.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
pub(super) fn identity<S: Serializer>(row: &&Row, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("id", &row.id)?;
    map.serialize_entry("case_id", &row.case.id())?;
    map.serialize_entry("case", &row.case)?;
    map.serialize_entry("subject", &row.subject)?;
    map.serialize_entry("started_ms", &row.started_ms)?;
    map.serialize_entry("version", &row.version)?;
    map.end()
}

impl Serialize for Measured<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let measurement = self.measurement;
        let percentiles = self.timing.percentiles_ms.iter();
        let percentiles: BTreeMap<_, _> = percentiles
            .map(|(name, found)| (*name, [found.value, found.low, found.high]))
            .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("row", &Identity(self.row))?;
        map.serialize_entry("samples", &self.timing.samples)?;
        map.serialize_entry("latency_ms", &percentiles)?;
        map.serialize_entry("latency_unavailable", &self.timing.absent)?;
        map.serialize_entry("latency_range_ms", &self.timing.range_ms)?;
        map.serialize_entry("is_synthetic", &measurement.artifact.is_synthetic)?;
        map.serialize_entry("placement", &measurement.placement)?;
        map.serialize_entry("execution", &measurement.execution)?;
        map.serialize_entry("load_ms", &measurement.load_ms)?;
        map.serialize_entry("first_run_ms", &measurement.first_run_ms)?;
        map.serialize_entry("settling", &measurement.settling)?;
        let throughput = &measurement.throughput_items_per_second;
        map.serialize_entry("throughput_items_per_second", throughput)?;
        let decode = &measurement.decode_tokens_per_second;
        map.serialize_entry("decode_tokens_per_second", decode)?;
        let prefill = &measurement.prefill_tokens_per_second;
        map.serialize_entry("prefill_tokens_per_second", prefill)?;
        map.serialize_entry("peak_rss_bytes", &measurement.peak_rss_bytes)?;
        map.serialize_entry("device_peak_bytes", &measurement.device_peak_bytes)?;
        map.serialize_entry("work", &measurement.work)?;
        map.serialize_entry("roofline", &measurement.roofline)?;
        map.serialize_entry("roof", &measurement.roof)?;
        map.serialize_entry("energy", &measurement.energy)?;
        map.serialize_entry("joules_per_item", &self.joules_per_item())?;
        map.serialize_entry("conditions", &measurement.conditions)?;
        map.serialize_entry("components", &measurement.components)?;
        map.end()
    }
}

struct Identity<'a>(&'a Row);

impl Serialize for Identity<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        identity(&self.0, serializer)
    }
}
