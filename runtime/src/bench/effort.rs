//! How much is measured: a number of queries, a time, or until the median is known well enough.

use std::time::{Duration, Instant};

use metrics::{estimate, minimum_samples};
use serde::{Deserialize, Serialize};

use super::Settling;
use crate::error::Error;

/// The most samples of a case: more say nothing new, and all of them are stored.
const MOST: usize = 20_000;
/// Queries that a window of settling has at least, and at most.
const WINDOW: (usize, usize) = (2, 64);
/// Time that a window of settling spans, where it holds its least number of queries.
const WINDOW_SPAN: Duration = Duration::from_millis(40);
/// Part of the limit that settling may take.
const SETTLING: f64 = 0.5;
/// Change of the median from one window to the next that counts as none.
const STEADY: f64 = 0.01;
/// Queries below which a window tells nothing of its noise, and the change that then counts as none.
const FEW: usize = 5;
const STEADY_OF_FEW: f64 = 0.03;

/// How much is measured of a case.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Effort {
    /// When to stop.
    pub until: Until,
    /// The most time of the steady state, however little is known then.
    pub limit: Duration,
    /// The least number of queries, whatever time they take.
    pub least: usize,
}

/// When enough is measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// After so many queries.
    Iterations(usize),
    /// After so much time.
    Elapsed(Duration),
    /// When half the 95 % interval of the median is at most this share of it, and the median has its samples.
    Precise(f64),
}

impl Effort {
    /// Until the median is known to 2 %, for 10 s at most.
    pub const DEFAULT: Self = Self {
        until: Until::Precise(0.02),
        limit: Duration::from_secs(10),
        least: 1,
    };

    /// Whether these samples are enough. The time is that since the first began.
    fn is_enough(&self, samples: &[f64], elapsed: Duration) -> bool {
        match self.until {
            Until::Iterations(count) => samples.len() >= count,
            _ if samples.len() >= MOST => true,
            _ if samples.len() < self.least => false,
            Until::Elapsed(time) => elapsed >= time,
            Until::Precise(share) => is_precise(samples, share),
        }
    }

    /// Runs queries one after the other until enough is measured and the least time is over, after the first and beyond
    /// settling. Each gives its time.
    ///
    /// # Errors
    /// Those of a query.
    pub(super) fn sample(
        &self,
        least: Duration,
        mut query: impl FnMut() -> Result<Duration, Error>,
    ) -> Result<Vec<f64>, Error> {
        let start = Instant::now();
        let mut samples = Vec::with_capacity(1024);
        // Judging costs time that the next query would find the caches cold after: it is done seldom.
        let mut next = minimum_samples(0.5);
        loop {
            samples.push(milliseconds(query()?));
            let elapsed = start.elapsed();
            let is_due = match self.until {
                Until::Precise(_) => samples.len() >= next,
                _ => true,
            };
            if is_due {
                if elapsed >= least && self.is_enough(&samples, elapsed) {
                    return Ok(samples);
                }
                next = samples.len() + samples.len().div_ceil(2);
            }
            // Whoever asks for a number gets it, as long as the case has time.
            let is_counted = matches!(self.until, Until::Iterations(_));
            if !is_counted && elapsed >= self.limit.max(least) && samples.len() >= self.least {
                return Ok(samples);
            }
        }
    }

    /// Runs queries of one shape until they get no faster any more: the medians of two windows in a row differ by no more
    /// than chance or a hundredth.
    ///
    /// # Errors
    /// Those of a query.
    pub(super) fn settle(
        &self,
        mut query: impl FnMut() -> Result<Duration, Error>,
    ) -> Result<Settling, Error> {
        let start = Instant::now();
        let budget = match self.until {
            Until::Elapsed(time) => time.min(self.limit).mul_f64(SETTLING),
            _ => self.limit.mul_f64(SETTLING),
        };
        let mut times = vec![milliseconds(query()?)];
        let span = WINDOW_SPAN.as_secs_f64() * 1e3;
        let window = (span / times[0].max(1e-3)).ceil() as usize;
        let window = window.clamp(WINDOW.0, WINDOW.1);
        let mut is_steady = false;
        while !is_steady && start.elapsed() < budget {
            times.push(milliseconds(query()?));
            is_steady = times.len() % window == 0 && has_settled(&times, window);
        }
        Ok(Settling {
            is_steady,
            runs: times.len() as u32,
            took_ms: milliseconds(start.elapsed()),
        })
    }
}

/// Whether the last window differs from the one before by no more than it must: the medians of two windows from the same
/// steady state differ by their own errors, 1.25 σ / √n each. Differences of neighbours tell σ whatever the trend (von Neumann,
/// Ann. Math. Statist. 12, 1941): half of them are below 0.954 σ.
fn has_settled(times: &[f64], window: usize) -> bool {
    let Some(from) = times.len().checked_sub(2 * window) else {
        return false;
    };
    let (before, last) = times[from..].split_at(window);
    let middle = |times: &[f64]| {
        let sorted = sorted(times);
        sorted[sorted.len() / 2]
    };
    let sigma = |times: &[f64]| {
        let steps: Vec<f64> = times
            .windows(2)
            .map(|two| (two[0] - two[1]).abs())
            .collect();
        middle(&steps) / 0.954
    };
    let noise = 1.25 * (sigma(before).powi(2) + sigma(last).powi(2)).sqrt();
    // Few queries tell no noise from a trend: their medians must be alike.
    let allowed = if window < FEW {
        STEADY_OF_FEW * middle(last)
    } else {
        (2.0 * noise / (window as f64).sqrt()).max(STEADY * middle(last))
    };
    (middle(before) - middle(last)).abs() <= allowed
}

/// Whether half the interval of the median is at most a share of it.
fn is_precise(samples: &[f64], share: f64) -> bool {
    let found = estimate(&sorted(samples), 0.5);
    found.is_ok_and(|median| (median.high - median.low) / 2.0 <= share * median.value)
}

fn sorted(times: &[f64]) -> Vec<f64> {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

pub(super) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model whose first runs take longer, as a device does that compiles or speeds up its clock.
    fn settling(slow: u32) -> impl FnMut() -> Result<Duration, Error> {
        let mut run = 0_u32;
        move || {
            run += 1;
            let wobble = f64::from(run * 7 % 5) * 0.02;
            let extra = 4.0 * (1.0 - f64::from(run) / f64::from(slow)).max(0.0);
            Ok(Duration::from_secs_f64((2.0 + wobble + extra) / 1e3))
        }
    }

    #[test]
    fn settling_lasts_as_long_as_runs_get_faster() {
        for (slow, least) in [(1, 20), (30, 30), (200, 180)] {
            let found = Effort::DEFAULT.settle(settling(slow)).unwrap();
            assert!(found.is_steady, "{slow}");
            assert!(
                (least..least + 120).contains(&found.runs),
                "{slow}: {}",
                found.runs
            );
        }
    }

    #[test]
    fn what_never_settles_is_told() {
        let mut time = 1.0;
        let effort = Effort {
            limit: Duration::from_millis(40),
            ..Effort::DEFAULT
        };
        let found = effort.settle(|| {
            std::thread::sleep(Duration::from_micros(500));
            time *= 0.97;
            Ok(Duration::from_secs_f64(time))
        });
        assert!(!found.unwrap().is_steady);
    }

    #[test]
    fn samples_are_taken_until_the_median_is_known() {
        let noisy = |spread: f64| {
            let mut state = 1_u64;
            move || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(99);
                let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
                Ok(Duration::from_secs_f64((1.0 + spread * uniform) / 1e3))
            }
        };
        let even = Effort::DEFAULT.sample(Duration::ZERO, noisy(0.0)).unwrap();
        assert_eq!(even.len(), 11);
        let uneven = Effort::DEFAULT.sample(Duration::ZERO, noisy(1.0)).unwrap();
        assert!((100..2_000).contains(&uneven.len()), "{}", uneven.len());
        assert!(is_precise(&uneven, 0.02));
    }

    #[test]
    fn numbers_and_times_are_kept() {
        let run = || {
            std::thread::sleep(Duration::from_millis(1));
            Ok(Duration::from_millis(1))
        };
        let counted = Effort {
            until: Until::Iterations(7),
            limit: Duration::ZERO,
            ..Effort::DEFAULT
        };
        assert_eq!(counted.sample(Duration::ZERO, run).unwrap().len(), 7);
        let timed = Effort {
            until: Until::Elapsed(Duration::from_millis(30)),
            limit: Duration::from_secs(1),
            ..Effort::DEFAULT
        };
        let samples = timed.sample(Duration::ZERO, run).unwrap();
        assert!((5..=30).contains(&samples.len()), "{}", samples.len());
    }

    #[test]
    fn a_query_that_fails_ends_it() {
        let fails = || Err(Error::EmptyInput("nothing"));
        assert!(Effort::DEFAULT.sample(Duration::ZERO, fails).is_err());
        assert!(Effort::DEFAULT.settle(fails).is_err());
    }
}
