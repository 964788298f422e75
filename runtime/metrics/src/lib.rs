//! What measurements mean: probes of the machine, statistics over samples, and what the nodes of a graph compute and move.
//!
//! Raw samples are kept; every statistic is derived from them, and one that its samples cannot carry is absent with its
//! reason, never a number. Every figure of energy or bandwidth says where it comes from.
#![cfg_attr(
    test,
    allow(
        clippy::float_cmp,
        reason = "tests compare figures that come out exactly"
    )
)]

mod activity;
pub mod compare;
#[cfg(test)]
mod cost;
pub mod energy;
mod environment;
mod frequency;
mod latency;
pub mod memory;
pub mod moment;
pub mod nvml;
pub mod operations;
mod percentile;
mod provenance;
pub mod roof;
mod roofline;
pub mod thermal;
mod throughput;
#[cfg(test)]
mod travel;
pub mod tree;

pub use activity::{Activity, ActivityFigures};
pub use environment::{Environment, memory_bytes};
pub use frequency::{Frequencies, frequencies};
pub use latency::{Latency, Percentile};
pub use percentile::{Estimate, TooFewSamples, estimate, minimum_samples};
pub use provenance::{ModelError, Quantity};
pub use roofline::{Interval, Peaks, RooflineFigures, Run};
pub use throughput::Throughput;
