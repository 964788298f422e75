//! Where a run stands below the roof: bandwidth, intensity, and which of the two limits it (Williams, Waterman, Patterson:
//! Roofline, CACM 52/4, 2009).
//!
//! Nothing stands above a roof. A run that seems to has been measured wrongly, and has no figure.

use serde::{Deserialize, Serialize};

use crate::provenance::{ModelError, Quantity};

/// Bytes in 10⁹.
const GIGA: f64 = 1e9;

/// A run as its graph and the clock describe it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Floating-point operations; a lower bound if the graph has nodes that nobody can count.
    pub flops: Quantity,
    /// Bytes that must move at least: weights once, inputs and outputs.
    pub compulsory_bytes: Quantity,
    /// Bytes that move when every node of the fused graph reads and writes memory; unavailable if nobody has profiled it.
    pub fused_bytes: Quantity,
    /// Time in seconds.
    pub seconds: Quantity,
}

/// The peaks of the device, measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peaks {
    /// 10⁹ floating-point operations a second, for the type that the run computes in.
    pub gflops: Quantity,
    /// 10⁹ bytes a second.
    pub gbps: Quantity,
    /// 10⁹ bytes a second by the device's own description.
    pub theoretical_gbps: Quantity,
}

/// A range of operations for each byte.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// With the most bytes; `None` if nobody knows what moves beyond the least.
    pub low: Option<f64>,
    /// With the least bytes; `None` if the operations are a lower bound.
    pub high: Option<f64>,
}

/// The figures of bandwidth and of the roofline. `gbps` are 10⁹ bytes a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RooflineFigures {
    /// Bytes that must move at least, over time.
    pub avg_bandwidth_gbps: Quantity,
    /// Measured peak of the device.
    pub peak_bandwidth_gbps: Quantity,
    /// Peak by the device's own description.
    pub peak_theoretical_bandwidth_gbps: Quantity,
    /// Bandwidth in percent of the measured peak.
    pub bandwidth_utilization_percent: Quantity,
    /// Operations a second in percent of the measured peak.
    pub compute_utilization_percent: Quantity,
    /// Bytes that must move at least, in 10⁹.
    pub memory_transfers_gb: Quantity,
    /// Operations for each byte.
    pub arithmetic_intensity_flops_per_byte: Quantity<Interval>,
    /// Whether operations limit the run; unavailable while undecided.
    pub compute_bound: Quantity<bool>,
    /// Whether memory limits the run; unavailable while undecided.
    pub memory_bound: Quantity<bool>,
}

/// How the reason begins where a run came out above a roof.
const FAILED: &str = "failed measurement: ";

impl RooflineFigures {
    /// Whether the run came out above the roof: one of the two was measured wrongly.
    #[must_use]
    pub fn is_above(&self) -> bool {
        let reason = self.bandwidth_utilization_percent.reason();
        reason.is_some_and(|reason| reason.starts_with(FAILED))
    }

    /// The figures of a run on a device.
    #[must_use]
    pub fn new(run: &Run, peaks: &Peaks) -> Self {
        let gigabytes = run.compulsory_bytes.map(|bytes| bytes / GIGA);
        let rate = |amount: &f64, seconds: &f64| amount / seconds;
        let percent = |value: &f64, peak: &f64| value / peak * 100.0;
        let gbps = gigabytes
            .combine(&run.seconds, rate)
            .finite("avg_bandwidth_gbps");
        let gflops = run
            .flops
            .map(|flops| flops / GIGA)
            .combine(&run.seconds, rate)
            .finite("operations a second");
        let of_bandwidth = gbps
            .combine(&peaks.gbps, percent)
            .finite("bandwidth_utilization_percent");
        let of_compute = gflops
            .combine(&peaks.gflops, percent)
            .finite("compute_utilization_percent");
        let failure = above("bandwidth", &of_bandwidth).or_else(|| above("compute", &of_compute));
        let intensity = intensity(run);
        let ridge = peaks
            .gflops
            .combine(&peaks.gbps, |gflops, gbps| gflops / gbps);
        let (compute_bound, memory_bound) = bound(&intensity, &ridge);
        // A run above a roof was measured wrongly: nothing that is made of its time is told.
        let told = |quantity: Quantity| match &failure {
            Some(reason) => Quantity::unavailable(reason),
            None => quantity,
        };
        let decided = |quantity: Quantity<bool>| match &failure {
            Some(reason) => Quantity::unavailable(reason),
            None => quantity,
        };
        Self {
            avg_bandwidth_gbps: told(gbps),
            peak_bandwidth_gbps: peaks.gbps.clone(),
            peak_theoretical_bandwidth_gbps: peaks.theoretical_gbps.clone(),
            bandwidth_utilization_percent: told(of_bandwidth),
            compute_utilization_percent: told(of_compute),
            memory_transfers_gb: gigabytes,
            arithmetic_intensity_flops_per_byte: intensity,
            compute_bound: decided(compute_bound),
            memory_bound: decided(memory_bound),
        }
    }
}

/// Why a utilisation cannot be.
fn above(roof: &str, percent: &Quantity) -> Option<String> {
    let percent = percent.value().filter(|percent| **percent > 100.0)?;
    Some(format!(
        "{FAILED}{percent:.0} % of the measured {roof} roof; measure run and roof again on an idle machine, \
         with data that no cache holds"
    ))
}

/// From the most bytes to the least.
fn intensity(run: &Run) -> Quantity<Interval> {
    let is_bound = matches!(
        run.flops,
        Quantity::Modelled {
            error: ModelError::LowerBound,
            ..
        }
    );
    let per_least = run
        .flops
        .combine(&run.compulsory_bytes, |flops, least| flops / least)
        .finite("operations a byte");
    let high = |ratio: &f64| (!is_bound).then_some(*ratio);
    if run.fused_bytes.value().is_none() {
        return per_least.map(|ratio| Interval {
            low: None,
            high: high(ratio),
        });
    }
    let per_most = run
        .flops
        .combine(&run.fused_bytes, |flops, most| flops / most)
        .finite("operations a byte");
    per_most.combine(&per_least, |most, least| Interval {
        low: Some(most.min(*least)),
        high: high(least),
    })
}

/// Compute bound and memory bound: decided only where the ridge lies outside the interval.
fn bound(intensity: &Quantity<Interval>, ridge: &Quantity) -> (Quantity<bool>, Quantity<bool>) {
    let decision = intensity.combine(ridge, |interval, ridge| {
        if interval.low.is_some_and(|low| low > *ridge) {
            Ok(true)
        } else if interval.high.is_some_and(|high| high < *ridge) {
            Ok(false)
        } else {
            let end = |end: Option<f64>| {
                end.map_or_else(|| "an unknown end".to_owned(), |end| format!("{end:.2}"))
            };
            Err(format!(
                "undecided: the ridge of {ridge:.2} operations a byte lies between {} and {}",
                end(interval.low),
                end(interval.high)
            ))
        }
    });
    if let Some(Err(reason)) = decision.value() {
        return (Quantity::unavailable(reason), Quantity::unavailable(reason));
    }
    let is_compute = decision.map(|decision| matches!(decision, Ok(true)));
    let is_memory = is_compute.map(|is_compute| !is_compute);
    (is_compute, is_memory)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn clock(value: f64) -> Quantity {
        Quantity::measured(value, "clock", Duration::ZERO)
    }

    fn graph(value: f64) -> Quantity {
        Quantity::modelled(value, "graph", ModelError::Percent(0.0))
    }

    fn run(gflop: f64, least_gb: f64, most_gb: Option<f64>) -> Run {
        Run {
            flops: graph(gflop * 1e9),
            compulsory_bytes: graph(least_gb * 1e9),
            fused_bytes: most_gb.map_or_else(
                || Quantity::unavailable("not profiled"),
                |gb| graph(gb * 1e9),
            ),
            seconds: clock(1.0),
        }
    }

    /// Ridge at 10 operations a byte.
    fn peaks() -> Peaks {
        Peaks {
            gflops: clock(200.0),
            gbps: clock(20.0),
            theoretical_gbps: Quantity::unavailable("not described"),
        }
    }

    #[test]
    fn a_bound_is_decided_where_the_ridge_lies_outside_the_interval() {
        for (gflop, least, most, compute_bound) in [
            (100.0, 2.0, Some(5.0), Some(true)),
            (100.0, 2.0, Some(12.0), None),
            (100.0, 15.0, Some(19.0), Some(false)),
            (100.0, 15.0, None, Some(false)),
            (100.0, 10.0, Some(10.0), None),
            // Only the least that moves is known: more of it would not make the run any less bound by memory.
            (100.0, 2.0, None, None),
        ] {
            let figures = RooflineFigures::new(&run(gflop, least, most), &peaks());
            assert_eq!(figures.compute_bound.value().copied(), compute_bound);
            assert_eq!(
                figures.memory_bound.value().copied(),
                compute_bound.map(|is_compute| !is_compute)
            );
            assert!(!figures.avg_bandwidth_gbps.is_measured());
        }
        let undecided = RooflineFigures::new(&run(100.0, 2.0, Some(12.5)), &peaks());
        assert_eq!(
            undecided.memory_bound.reason(),
            Some("undecided: the ridge of 10.00 operations a byte lies between 8.00 and 50.00")
        );
        assert_eq!(undecided.bandwidth_utilization_percent.value(), Some(&10.0));
    }

    #[test]
    fn operations_that_are_a_lower_bound_never_make_a_run_memory_bound() {
        let mut least = run(100.0, 15.0, None);
        least.flops = Quantity::modelled(1e11, "graph", ModelError::LowerBound);
        let figures = RooflineFigures::new(&least, &peaks());
        assert!(
            figures
                .memory_bound
                .reason()
                .unwrap()
                .starts_with("undecided")
        );
    }

    #[test]
    fn a_run_above_a_roof_is_a_failed_measurement() {
        for run in [run(201.0, 1.0, None), run(1.0, 20.1, None)] {
            let figures = RooflineFigures::new(&run, &peaks());
            for reason in [
                figures.avg_bandwidth_gbps.reason(),
                figures.bandwidth_utilization_percent.reason(),
                figures.compute_utilization_percent.reason(),
                figures.compute_bound.reason(),
            ] {
                assert!(reason.unwrap().starts_with("failed measurement: 10"));
            }
            assert!(figures.memory_transfers_gb.value().is_some());
        }
    }

    #[test]
    fn what_is_missing_is_passed_on() {
        let mut unmeasured = peaks();
        unmeasured.gbps = Quantity::unavailable("no roof");
        let figures = RooflineFigures::new(&run(100.0, 2.0, None), &unmeasured);
        assert_eq!(figures.compute_bound.reason(), Some("no roof"));
        assert_eq!(figures.avg_bandwidth_gbps.value(), Some(&2.0));
        let mut timeless = run(1.0, 1.0, None);
        timeless.seconds = clock(0.0);
        let figures = RooflineFigures::new(&timeless, &peaks());
        assert_eq!(figures.avg_bandwidth_gbps.value(), None);
        let empty = RooflineFigures::new(&run(1.0, 0.0, None), &peaks());
        assert_eq!(
            empty.arithmetic_intensity_flops_per_byte.reason(),
            Some("operations a byte came out as inf")
        );
    }
}
