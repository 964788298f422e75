//! In which order queries come: one after the other, at random times, or all at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::effort::{Effort, Until, milliseconds};
use super::subject::Sampled;
use super::{Case, Scenario};
use crate::error::Error;
use crate::generation::Random;

/// Queries a second, in the server scenario, where nobody says.
const RATE: f64 = 1.0;

/// The queries of a steady state.
#[derive(Debug, Default)]
pub(super) struct Loop {
    /// Each query, in the order in which they were done.
    pub(super) queries: Vec<Sampled>,
    /// From the intended start of each query to its end, in milliseconds, in the server scenario.
    pub(super) response_ms: Vec<f64>,
    /// Time of the whole loop.
    pub(super) wall: Duration,
}

/// Runs queries as the case's scenario says until enough is measured.
///
/// # Errors
/// Those of a query.
pub(super) fn run(
    case: &Case,
    effort: &Effort,
    least: Duration,
    query: &(impl Fn() -> Result<Sampled, Error> + Sync),
) -> Result<Loop, Error> {
    match case.scenario {
        Scenario::SingleStream => single_stream(effort, least, query),
        Scenario::Offline => {
            let queries = Queries::default();
            at_once(
                case.replicas,
                &queries,
                || {
                    let start = queries.start;
                    let enough = |done: usize| is_enough(effort, done, start.elapsed(), least);
                    queries.take(enough).map(|_| Duration::ZERO)
                },
                query,
            )
        }
        Scenario::Server => {
            let rate = case.queries_per_second.unwrap_or(RATE);
            let due = arrivals(rate, effort);
            let queries = Queries::default();
            at_once(
                case.replicas,
                &queries,
                || {
                    let number = queries.take(|done| done >= due.len())?;
                    due.get(number).copied()
                },
                query,
            )
        }
    }
}

/// Runs one query after the other.
pub(super) fn single_stream(
    effort: &Effort,
    least: Duration,
    query: &impl Fn() -> Result<Sampled, Error>,
) -> Result<Loop, Error> {
    let mut queries = Vec::with_capacity(1024);
    let start = Instant::now();
    effort.sample(least, || {
        let sampled = query()?;
        let latency = sampled.latency;
        queries.push(sampled);
        Ok(latency)
    })?;
    Ok(Loop {
        queries,
        response_ms: Vec::new(),
        wall: start.elapsed(),
    })
}

/// Whether a loop of queries that run at once has done enough.
fn is_enough(effort: &Effort, done: usize, elapsed: Duration, least: Duration) -> bool {
    match effort.until {
        Until::Iterations(count) => done >= count && elapsed >= least,
        Until::Elapsed(time) => elapsed >= time.max(least),
        // A rate is known well enough when the loop has lasted.
        Until::Precise(_) => elapsed >= effort.limit.max(least),
    }
}

/// When queries are to begin: gaps of an exponential distribution, the same on every machine.
fn arrivals(rate: f64, effort: &Effort) -> Vec<Duration> {
    let mut random = Random::new(0);
    let mut due = Vec::new();
    let mut time = 0.0;
    let end = match effort.until {
        Until::Elapsed(time) => time,
        _ => effort.limit,
    };
    let count = match effort.until {
        Until::Iterations(count) => count,
        _ => usize::MAX,
    };
    while due.len() < count {
        // One less a share is above 0.
        time -= (1.0 - random.next_share()).ln() / rate;
        if count == usize::MAX && time > end.as_secs_f64() && !due.is_empty() {
            break;
        }
        due.push(Duration::from_secs_f64(time));
    }
    due
}

/// Queries that several threads take.
struct Queries {
    start: Instant,
    next: AtomicUsize,
    has_failed: AtomicBool,
}

impl Default for Queries {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            next: AtomicUsize::new(0),
            has_failed: AtomicBool::new(false),
        }
    }
}

impl Queries {
    /// The number of the next query; `None` when there is none any more.
    fn take(&self, is_over: impl Fn(usize) -> bool) -> Option<usize> {
        let is_over =
            self.has_failed.load(Ordering::Relaxed) || is_over(self.next.load(Ordering::Relaxed));
        (!is_over).then(|| self.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// Runs queries on as many threads as there are copies of the graphs. `next` gives when the next one is due, from the start.
fn at_once(
    threads: u32,
    queries: &Queries,
    next: impl Fn() -> Option<Duration> + Sync,
    query: &(impl Fn() -> Result<Sampled, Error> + Sync),
) -> Result<Loop, Error> {
    let start = queries.start;
    let done = Mutex::new(Loop::default());
    let failure = Mutex::new(None);
    let work = || {
        while let Some(due) = next() {
            std::thread::sleep(due.saturating_sub(start.elapsed()));
            match query() {
                Ok(sampled) => {
                    let response = start.elapsed().saturating_sub(due);
                    if let Ok(mut done) = done.lock() {
                        done.queries.push(sampled);
                        done.response_ms.push(milliseconds(response));
                    }
                }
                Err(error) => {
                    queries.has_failed.store(true, Ordering::Relaxed);
                    if let Ok(mut failure) = failure.lock() {
                        failure.get_or_insert(error);
                    }
                    return;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(work);
        }
    });
    let wall = start.elapsed();
    if let Some(error) = failure.into_inner().map_err(|_| Error::Poisoned)? {
        return Err(error);
    }
    let done = done.into_inner().map_err(|_| Error::Poisoned)?;
    Ok(Loop { wall, ..done })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::case::tests::case;

    const TAKES: Duration = Duration::from_millis(2);

    #[allow(clippy::unnecessary_wraps, reason = "queries of scenarios can fail")]
    fn query() -> Result<Sampled, Error> {
        std::thread::sleep(TAKES);
        Ok(Sampled {
            latency: TAKES,
            ..Sampled::default()
        })
    }

    fn effort(count: usize) -> Effort {
        Effort {
            until: Until::Iterations(count),
            ..Effort::DEFAULT
        }
    }

    #[test]
    fn every_scenario_does_what_was_asked() {
        for scenario in Scenario::ALL {
            let case = Case {
                scenario: *scenario,
                replicas: 3,
                queries_per_second: Some(1_000.0),
                ..case()
            };
            let done = run(&case, &effort(20), Duration::ZERO, &query).unwrap();
            // Threads that look at the number at the same time may each begin one more.
            assert!((20..23).contains(&done.queries.len()), "{scenario}");
            assert!(done.wall >= TAKES * 20 / 3, "{scenario}");
        }
    }

    #[test]
    fn who_waits_is_told_by_the_response_and_not_by_the_latency() {
        let case = Case {
            scenario: Scenario::Server,
            queries_per_second: Some(5_000.0),
            ..case()
        };
        let done = run(&case, &effort(30), Duration::ZERO, &query).unwrap();
        // Ten times as many queries come as can be done.
        assert_eq!(done.queries[29].latency, TAKES);
        assert!(done.response_ms[29] > 5.0 * milliseconds(TAKES));
    }

    #[test]
    fn arrivals_have_their_mean_rate_and_are_the_same_each_time() {
        let due = arrivals(100.0, &effort(20_000));
        let rate = due.len() as f64 / due[due.len() - 1].as_secs_f64();
        assert!((98.0..102.0).contains(&rate), "{rate}");
        assert_eq!(due, arrivals(100.0, &effort(20_000)));
    }

    #[test]
    fn a_query_that_fails_ends_all() {
        for scenario in Scenario::ALL {
            let case = Case {
                scenario: *scenario,
                replicas: 2,
                queries_per_second: Some(1_000.0),
                ..case()
            };
            let failed = run(&case, &effort(1_000_000), Duration::ZERO, &|| {
                Err(Error::EmptyInput("nothing"))
            });
            assert!(failed.is_err(), "{scenario}");
        }
    }
}
