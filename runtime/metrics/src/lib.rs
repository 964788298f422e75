//! What measurements mean: statistics over samples.
//!
//! Raw samples are kept; every statistic is derived from them, and one that its samples cannot carry is absent with its
//! reason, never a number.

mod latency;
mod percentile;

pub use latency::{Latency, Percentile};
pub use percentile::{Estimate, TooFewSamples, estimate, minimum_samples};
