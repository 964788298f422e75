//! What graphs compute and move in a query, and where that stands below a roof.

use std::collections::BTreeMap;
use std::time::Duration;

use metrics::{ModelError, Peaks, Quantity, RooflineFigures, Run, estimate};

use super::{Measurement, RoofFigures, WorkFigures};
use crate::catalog::Precision;
use crate::cost::RunCost;
use crate::peaks::DevicePeaks;

/// How the figures came about.
const METHOD: &str =
    "counted from the graph at the shapes of its inputs, before any engine fused it";

impl WorkFigures {
    /// What several runs of graphs compute and move together; why nothing is known, where a run could not be counted.
    pub(super) fn of(runs: &Result<Vec<RunCost>, String>) -> Self {
        let runs = match runs {
            Ok(runs) => runs,
            Err(reason) => return Self::unknown(reason),
        };
        let is_least = runs.iter().any(|run| run.graph.is_lower_bound());
        let is_least_moved = runs
            .iter()
            .any(|run| !run.graph.compulsory.unsized_values.is_empty());
        let sum = |of: &dyn Fn(&RunCost) -> u64| {
            runs.iter().fold(0_u64, |all, run| {
                all.saturating_add(of(run).saturating_mul(run.runs))
            })
        };
        let moved = runs
            .iter()
            .map(|run| Some(run.graph.unfused_bytes()?.saturating_mul(run.runs)))
            .try_fold(0_u64, |all, bytes| all.checked_add(bytes?));
        Self {
            macs: counted(sum(&|run| run.graph.macs), is_least),
            flops: counted(sum(&|run| run.graph.flops()), is_least),
            other_operations: counted(sum(&|run| run.graph.other_operations), is_least),
            compulsory_bytes: counted(sum(&|run| run.graph.compulsory.bytes()), is_least_moved),
            unfused_bytes: moved.map_or_else(
                || Quantity::unavailable("what a node moves is not known"),
                |bytes| counted(bytes, false),
            ),
        }
    }

    pub(super) fn unknown(reason: &str) -> Self {
        Self {
            macs: Quantity::unavailable(reason),
            flops: Quantity::unavailable(reason),
            other_operations: Quantity::unavailable(reason),
            compulsory_bytes: Quantity::unavailable(reason),
            unfused_bytes: Quantity::unavailable(reason),
        }
    }

    /// Where this work stands below a roof when it takes so long.
    pub(super) fn below(&self, roof: &RoofFigures, seconds: &Quantity) -> RooflineFigures {
        let run = Run {
            flops: real(&self.flops),
            compulsory_bytes: real(&self.compulsory_bytes),
            // Engines fuse nodes, so what moves lies between the least and this.
            fused_bytes: real(&self.unfused_bytes),
            seconds: seconds.clone(),
        };
        let peaks = Peaks {
            gflops: roof.gflops.clone(),
            gbps: roof.gbps.clone(),
            theoretical_gbps: roof.theoretical_gbps.clone(),
        };
        RooflineFigures::new(&run, &peaks)
    }
}

impl Measurement {
    /// Whether the query or a part of it came out above the roof: one of the two was measured wrongly.
    pub(super) fn is_above_roof(&self) -> bool {
        let parts = self.components.iter().map(|part| &part.roofline);
        std::iter::once(&self.roofline)
            .chain(parts)
            .any(RooflineFigures::is_above)
    }

    /// The same below another roof.
    pub(super) fn stand_below(&mut self, roof: RoofFigures) {
        let seconds = |name: &str| typical(&self.samples, name).map(|ms| ms / 1e3);
        self.roofline = self.work.below(&roof, &seconds("latency_ms"));
        for part in &mut self.components {
            let seconds = typical(&self.samples, &format!("{}_ms", part.name));
            part.roofline = part.work.below(&roof, &seconds.map(|ms| ms / 1e3));
        }
        self.roof = roof;
    }
}

/// What stands for a series of samples: the median, or with few samples the mean.
pub(super) fn typical(samples: &BTreeMap<String, Vec<f64>>, name: &str) -> Quantity {
    let mut series = samples.get(name).cloned().unwrap_or_default();
    if series.is_empty() {
        return Quantity::unavailable(format!("no sample of {name}"));
    }
    series.sort_by(f64::total_cmp);
    let mean = series.iter().sum::<f64>() / series.len() as f64;
    let value = estimate(&series, 0.5).map_or(mean, |median| median.value);
    Quantity::measured(value, "monotonic clock", Duration::ZERO)
}

impl RoofFigures {
    /// The peaks of a device for a case that computes in this precision.
    #[must_use]
    pub fn of(peaks: &DevicePeaks, precision: Precision) -> Self {
        let Peaks {
            gflops,
            gbps,
            theoretical_gbps,
        } = peaks.of(precision);
        Self {
            device: peaks.device.clone(),
            gflops,
            gbps,
            theoretical_gbps,
        }
    }

    /// No roof, and why.
    #[must_use]
    pub fn unknown(reason: &str) -> Self {
        Self {
            device: String::new(),
            gflops: Quantity::unavailable(reason),
            gbps: Quantity::unavailable(reason),
            theoretical_gbps: Quantity::unavailable(reason),
        }
    }
}

fn counted(value: u64, is_least: bool) -> Quantity<u64> {
    let error = if is_least {
        ModelError::LowerBound
    } else {
        ModelError::Percent(0.0)
    };
    Quantity::modelled(value, METHOD, error)
}

/// The same as a real number.
pub(super) fn real(count: &Quantity<u64>) -> Quantity {
    count.map(|count| *count as f64)
}
