//! Windows over work that is being timed: the measuring thread says when, and what takes longer happens on a thread beside it.
//!
//! That thread keeps counters that may wrap, samples their power, and reads those that answer slowly. It is started only
//! where one of these is needed.

use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::beside::{Shared, Step, lock};
use super::reading::{Facts, Reading};
use super::{Consumed, Reader, Unavailable};

/// Updates of the counter between two samples of power, so that one more or less matters little.
const UPDATES_PER_SAMPLE: u32 = 10;
/// Least time between two samples of power.
const SAMPLE_PERIOD: Duration = Duration::from_millis(50);
/// Least time between two readings that keep a counter.
const KEEP_PERIOD: Duration = Duration::from_millis(1);

/// What windows will be like.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The longest that a window may get.
    pub longest_window: Duration,
    /// Whether power is sampled, for its highest value.
    pub is_sampled: bool,
}

/// A reader with the thread that it needs, if any.
pub struct Meter {
    shared: Arc<Shared>,
    facts: Facts,
    thread: Option<JoinHandle<()>>,
}

impl Meter {
    /// Prepares windows of a reader.
    ///
    /// # Errors
    /// The system starts no thread.
    pub fn start(reader: Box<dyn Reader>, plan: Plan) -> std::io::Result<Self> {
        let keep_every = reader.keep_every();
        let sampling = (reader.update_period() * UPDATES_PER_SAMPLE).max(SAMPLE_PERIOD);
        let sample_period = match keep_every {
            Some(keep) => keep.clamp(KEEP_PERIOD, sampling),
            None => sampling,
        };
        let facts = Facts {
            source: reader.source().to_owned(),
            method: reader.method(),
            update_period: reader.update_period(),
            sample_period,
            is_slow: reader.is_slow(),
        };
        let is_kept = keep_every.is_some_and(|keep| plan.longest_window > keep);
        let shared = Arc::new(Shared::of(reader));
        let thread = (facts.is_slow || is_kept || plan.is_sampled)
            .then(|| {
                let shared = shared.clone();
                std::thread::Builder::new()
                    .name("energy".to_owned())
                    .spawn(move || shared.run(sample_period))
            })
            .transpose()?;
        Ok(Self {
            shared,
            facts,
            thread,
        })
    }

    /// Whether a thread stands beside the measuring one.
    #[must_use]
    pub fn has_thread(&self) -> bool {
        self.thread.is_some()
    }

    /// How long a window must be for its joules to mean something.
    #[must_use]
    pub fn minimum_window(&self) -> Duration {
        self.facts.update_period * super::UPDATES_PER_WINDOW
    }

    /// Begins a window. What fails is told by [`Meter::result`].
    pub fn begin(&self) {
        let step = if self.facts.is_slow {
            Step::BeginAsked
        } else {
            let begun = lock(&self.shared.reader).begin();
            begun.map_or_else(|error| Step::Ended(Err(error)), |()| Step::Open)
        };
        let mut window = lock(&self.shared.window);
        window.step = step;
        window.last = Consumed::default();
        window.max_watts = None;
        drop(window);
        if self.facts.is_slow {
            self.shared.changed.notify_all();
        }
    }

    /// Ends the window.
    pub fn end(&self) {
        if self.facts.is_slow {
            lock(&self.shared.window).step = Step::EndAsked;
            self.shared.changed.notify_all();
            return;
        }
        if matches!(lock(&self.shared.window).step, Step::Ended(Err(_))) {
            return;
        }
        let ended = lock(&self.shared.reader).end();
        lock(&self.shared.window).step = Step::Ended(ended);
    }

    /// Watches the machine do nothing, for so many windows of the least length one after the other.
    ///
    /// # Errors
    /// Why one has no joules.
    pub fn watch_idle(&self, windows: usize) -> Result<Vec<Consumed>, Unavailable> {
        // Sleeping ends late and never early; a slow reader is begun and ended late, too.
        let length = self.minimum_window() + self.facts.update_period;
        let window = |_| {
            self.begin();
            std::thread::sleep(length);
            self.end();
            self.result().map(|reading| reading.consumed)
        };
        (0..windows).map(window).collect()
    }

    /// The window's energy, as soon as its end has been read.
    ///
    /// # Errors
    /// Why there is none.
    pub fn result(&self) -> Result<Reading, Unavailable> {
        let mut window = lock(&self.shared.window);
        // Only an end that was asked for is still to come.
        while matches!(window.step, Step::EndAsked) {
            window = self
                .shared
                .changed
                .wait(window)
                .unwrap_or_else(PoisonError::into_inner);
        }
        match std::mem::replace(&mut window.step, Step::Idle) {
            Step::Ended(ended) => ended.map(|consumed| Reading {
                consumed,
                max_watts: window.max_watts,
                facts: self.facts.clone(),
            }),
            _ => Err(Unavailable::NotBegun {
                source_name: self.facts.source.clone(),
            }),
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        lock(&self.shared.window).is_over = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A reader that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::energy::powercap;
    use crate::moment::SystemClock;
    use crate::provenance::Quantity;
    use crate::tree::Rooted;

    const ENERGY: &str = "sys/class/powercap/intel-rapl:0/energy_uj";

    /// A machine on the disk with one package that wraps after 0.5 s at the most power that is believed of it.
    fn machine(folder: &std::path::Path) -> Box<dyn Reader> {
        let zone = folder.join("sys/class/powercap/intel-rapl:0");
        std::fs::create_dir_all(&zone).unwrap();
        for (file, text) in [
            ("name", "package-0"),
            ("energy_uj", "0"),
            ("max_energy_range_uj", "1000000000"),
        ] {
            std::fs::write(zone.join(file), text).unwrap();
        }
        Box::new(powercap(&Rooted::at(folder), Arc::new(SystemClock)).unwrap())
    }

    fn plan(longest_ms: u64, is_sampled: bool) -> Plan {
        Plan {
            longest_window: Duration::from_millis(longest_ms),
            is_sampled,
        }
    }

    #[test]
    fn a_window_beyond_the_wrap_time_is_kept_by_a_thread_and_counts_every_wrap() {
        let folder = tempfile::tempdir().unwrap();
        let meter = Meter::start(machine(folder.path()), plan(2000, true)).unwrap();
        meter.begin();
        // 1,000 W: the counter wraps after a second.
        let (began, mut now) = (Instant::now(), 0_u64);
        while began.elapsed() < Duration::from_millis(1400) {
            std::thread::sleep(Duration::from_millis(2));
            now = began.elapsed().as_micros() as u64 * 1000;
            let shown = (now % 1_000_000_000).to_string();
            // Written at once: a reader of the open file sees the old number or the new one.
            let file = folder.path().join(ENERGY);
            std::fs::OpenOptions::new()
                .write(true)
                .open(&file)
                .and_then(|mut open| {
                    std::io::Write::write_all(&mut open, format!("{shown:>20}").as_bytes())
                })
                .unwrap();
        }
        meter.end();
        match meter.result() {
            Ok(reading) => {
                assert!((reading.consumed.joules - now as f64 / 1e6).abs() < 1e-6);
                let highest = reading.max_quantity();
                assert!(matches!(highest, Quantity::Sampled { .. }));
                // The file is written now and then, so that samples scatter around 1,000 W.
                assert!(*highest.value().unwrap() > 500.0, "{highest:?}");
            }
            // On a machine that stops for long the thread may come too late, and says so.
            Err(error) => assert!(
                matches!(
                    error,
                    Unavailable::Gap { .. } | Unavailable::Impossible { .. }
                ),
                "{error}"
            ),
        }
    }

    #[test]
    fn a_thread_is_started_only_where_one_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let has_thread = |plan| {
            Meter::start(machine(folder.path()), plan)
                .unwrap()
                .has_thread()
        };
        assert!(!has_thread(plan(200, false)));
        assert!(has_thread(plan(300, false)));
        assert!(has_thread(plan(200, true)));
    }

    #[test]
    fn idleness_is_watched_in_windows_that_are_long_enough() {
        let folder = tempfile::tempdir().unwrap();
        let meter = Meter::start(machine(folder.path()), plan(200, false)).unwrap();
        let windows = meter.watch_idle(2).unwrap();
        assert_eq!(windows.len(), 2);
        for window in windows {
            assert!(window.duration >= meter.minimum_window());
            assert_eq!(window.watts(), 0.0);
        }
    }

    #[test]
    fn a_window_that_is_too_short_or_never_began_has_no_joules() {
        let folder = tempfile::tempdir().unwrap();
        let meter = Meter::start(machine(folder.path()), plan(200, false)).unwrap();
        assert!(matches!(meter.result(), Err(Unavailable::NotBegun { .. })));
        meter.begin();
        meter.end();
        assert!(matches!(meter.result(), Err(Unavailable::TooShort { .. })));
        assert_eq!(meter.minimum_window(), Duration::from_millis(100));
    }

    #[test]
    fn a_slow_reader_is_read_on_the_other_thread() {
        use crate::moment::FakeClock;
        use crate::nvml::FakeAccelerator;
        let (device, clock) = (FakeAccelerator::default(), FakeClock::default());
        let shared: Arc<dyn crate::nvml::Accelerator> = Arc::new(device.clone());
        let reader = crate::energy::accelerator(&shared, Arc::new(clock.clone())).unwrap();
        let meter = Meter::start(Box::new(reader), plan(10_000, false)).unwrap();
        assert!(meter.has_thread());
        meter.begin();
        while !matches!(lock(&meter.shared.window).step, Step::Open) {
            std::thread::yield_now();
        }
        device.set_energy(Ok(100_000));
        clock.pass(Duration::from_secs(10));
        meter.end();
        let reading = meter.result().unwrap();
        assert_eq!(reading.consumed.joules, 100.0);
        assert!(reading.quantity(1.0).is_measured());
    }
}
