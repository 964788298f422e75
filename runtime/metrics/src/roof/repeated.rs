//! A rate measured several times by several threads, each of which takes its own time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Repetitions from which on a rate is believed.
pub(super) const LEAST: usize = 3;

/// Rates of repetitions of the same, in units a second.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Rates {
    pub(super) samples: Vec<f64>,
    /// The shortest repetition.
    pub(super) shortest: Duration,
}

impl Rates {
    /// Has each part worked on by a thread of its own, all at once, until so many repetitions are there or the time is up,
    /// but at least three times. A repetition of all parts together is worth so many units.
    ///
    /// It lasts from the first start to the last end, as the threads see it: waking them up is not in it.
    pub(super) fn measure<T: Send>(
        parts: &mut [T],
        units: f64,
        times: usize,
        deadline: Instant,
        work: impl Fn(&mut T) + Sync,
    ) -> Self {
        let line = StartingLine::of(parts.len());
        let (line, work) = (&line, &work);
        let run = |part: &mut T, is_leader: bool| {
            let mut laps = Vec::with_capacity(times);
            loop {
                if is_leader {
                    let is_due = laps.len() < times && Instant::now() < deadline;
                    if laps.len() >= LEAST && !is_due {
                        line.stop_before(laps.len());
                    }
                }
                if !line.wait(laps.len()) {
                    return laps;
                }
                let began = Instant::now();
                work(part);
                laps.push((began, Instant::now()));
            }
        };
        let laps: Vec<Vec<(Instant, Instant)>> = std::thread::scope(|scope| {
            let spawned = parts.iter_mut().enumerate();
            let threads: Vec<_> = spawned
                .map(|(place, part)| scope.spawn(move || run(part, place == 0)))
                .collect();
            let joined = threads.into_iter().filter_map(|thread| thread.join().ok());
            joined.collect()
        });
        let durations: Vec<Duration> = (0..laps.iter().map(Vec::len).min().unwrap_or_default())
            .filter_map(|lap| {
                let began = laps.iter().map(|laps| laps[lap].0).min()?;
                let ended = laps.iter().map(|laps| laps[lap].1).max()?;
                Some(ended.saturating_duration_since(began))
            })
            .collect();
        Self {
            samples: durations
                .iter()
                .map(|took| units / took.as_secs_f64())
                .collect(),
            shortest: durations.into_iter().min().unwrap_or_default(),
        }
    }

    /// The highest rate.
    pub(super) fn best(&self) -> f64 {
        self.samples.iter().copied().fold(f64::NAN, f64::max)
    }

    /// How far the lowest lies below it, in percent of it.
    pub(super) fn spread_percent(&self) -> f64 {
        let lowest = self.samples.iter().copied().fold(f64::NAN, f64::min);
        (self.best() - lowest) / self.best() * 100.0
    }
}

/// The end of the first of so many equal parts of the time that is left.
pub(super) fn first_part(deadline: Instant, parts: usize) -> Instant {
    let now = Instant::now();
    now + deadline.saturating_duration_since(now) / parts.max(1) as u32
}

/// Where threads wait for each other before each repetition. They stay awake, so that the system sees that each wants a core
/// of its own.
struct StartingLine {
    threads: usize,
    arrived: AtomicUsize,
    /// The repetition that there is not.
    end: AtomicUsize,
}

impl StartingLine {
    fn of(threads: usize) -> Self {
        Self {
            threads,
            arrived: AtomicUsize::new(0),
            end: AtomicUsize::new(usize::MAX),
        }
    }

    /// Says that there is no repetition of this number; what the leader does before it arrives there.
    fn stop_before(&self, repetition: usize) {
        self.end.store(repetition, Ordering::Release);
    }

    /// Waits until all have arrived for the repetition of this number; whether there is one.
    fn wait(&self, repetition: usize) -> bool {
        const SPINS: usize = 100;
        self.arrived.fetch_add(1, Ordering::AcqRel);
        let all = (repetition + 1) * self.threads;
        let mut spins = 0;
        while self.arrived.load(Ordering::Acquire) < all {
            spins += 1;
            if spins % SPINS == 0 {
                // Another of them may wait for this very core.
                std::thread::yield_now();
            }
            std::hint::spin_loop();
        }
        // Another may have said already that the one after this is not.
        repetition < self.end.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_given_beside_how_far_the_worst_is_off() {
        let rates = Rates {
            samples: vec![0.5, 1.0, 0.4, 0.25],
            shortest: Duration::ZERO,
        };
        assert_eq!(rates.best(), 1.0);
        assert_eq!(rates.spread_percent(), 75.0);
    }

    #[test]
    fn threads_work_at_the_same_time_and_as_often_as_there_is_time() {
        let hour = Instant::now() + Duration::from_hours(1);
        for (deadline, expected) in [(hour, 5), (Instant::now(), LEAST)] {
            let mut parts = [0; 3];
            let rates = Rates::measure(&mut parts, 1.0, 5, deadline, |part| {
                std::thread::sleep(Duration::from_millis(4));
                *part += 1;
            });
            assert_eq!(parts, [expected; 3]);
            assert_eq!(rates.samples.len(), expected);
            assert!(rates.shortest >= Duration::from_millis(4));
            assert!(rates.best() <= 250.0);
        }
    }
}
