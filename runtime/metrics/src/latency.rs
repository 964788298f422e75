//! Latency of repeated runs: `latency_ms`, one sample per run.

use std::time::Duration;

use crate::percentile::{Estimate, TooFewSamples, estimate};

/// The percentiles that are spoken of, by name and share.
const PERCENTILES: &[(&str, f64)] = &[
    ("p50", 0.5),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p999", 0.999),
];

/// Latencies of runs of one thing in one steady state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Latency {
    samples_ms: Vec<f64>,
}

impl FromIterator<f64> for Latency {
    /// Samples in milliseconds, as they were stored.
    fn from_iter<I: IntoIterator<Item = f64>>(samples: I) -> Self {
        Self {
            samples_ms: samples.into_iter().collect(),
        }
    }
}

/// A percentile by its name, or the reason why it is absent.
pub type Percentile = (&'static str, Result<Estimate, TooFewSamples>);

impl Latency {
    /// Adds the sample of one run.
    pub fn add(&mut self, run: Duration) {
        self.samples_ms.push(run.as_secs_f64() * 1e3);
    }

    /// The samples in milliseconds, in the order in which they were taken.
    #[must_use]
    pub fn samples_ms(&self) -> &[f64] {
        &self.samples_ms
    }

    /// Fastest and slowest run in milliseconds; `None` without a sample.
    #[must_use]
    pub fn range_ms(&self) -> Option<(f64, f64)> {
        let low = self.samples_ms.iter().copied().min_by(f64::total_cmp)?;
        let high = self.samples_ms.iter().copied().max_by(f64::total_cmp)?;
        Some((low, high))
    }

    /// p50 to p99.9 in milliseconds, each with its interval or the reason why it is absent.
    #[must_use]
    pub fn percentiles_ms(&self) -> Vec<Percentile> {
        let mut sorted = self.samples_ms.clone();
        sorted.sort_by(f64::total_cmp);
        PERCENTILES
            .iter()
            .map(|(name, share)| (*name, estimate(&sorted, *share)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_come_as_the_samples_carry_them() {
        let mut latency = Latency::default();
        assert_eq!(latency.range_ms(), None);
        for ms in 1..=64 {
            latency.add(Duration::from_millis(ms));
        }
        assert_eq!(latency.range_ms(), Some((1.0, 64.0)));
        let present: Vec<_> = latency
            .percentiles_ms()
            .into_iter()
            .filter(|(_, p)| p.is_ok())
            .map(|(name, _)| name)
            .collect();
        assert_eq!(present, ["p50", "p90"]);
    }
}
