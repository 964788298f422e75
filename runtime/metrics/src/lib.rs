//! What measurements mean: statistics over samples, and what the nodes of a graph compute and move.
//!
//! Raw samples are kept; every statistic is derived from them, and one that its samples cannot carry is absent with its
//! reason, never a number.

mod latency;
pub mod operations;
mod percentile;

pub use latency::{Latency, Percentile};
pub use percentile::{Estimate, TooFewSamples, estimate, minimum_samples};
