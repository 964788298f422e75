//! Energy from readings of power, where a device has no counter: sampled, and never called measured.

use std::sync::Arc;
use std::time::Duration;

use super::{Consumed, Method, Reader, Unavailable};
use crate::moment::{Clock, Moment};
use crate::tree::Number;

/// Readings that may be missed in a row before the window is lost.
const MISSED: u32 = 5;
/// Sleep that the resolution of the clocks explains.
const NO_SLEEP: Duration = Duration::from_millis(10);

/// A reader that adds up power in microwatts between readings, by the trapezoidal rule.
pub struct Integrated {
    source: String,
    sample_period: Duration,
    power: Box<dyn Number>,
    clock: Arc<dyn Clock>,
    window: Option<Result<Window, Unavailable>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Moment,
    last: Moment,
    watts: f64,
    joules: f64,
}

impl Integrated {
    /// A reader of a file with microwatts that is to be kept so often.
    pub(super) fn new(
        source: String,
        sample_period: Duration,
        power: Box<dyn Number>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            source,
            sample_period,
            power,
            clock,
            window: None,
        }
    }

    fn watts(&mut self) -> Result<f64, Unavailable> {
        let microwatts = self
            .power
            .read()
            .map_err(|error| Unavailable::reading(&self.source, &error))?;
        Ok(microwatts as f64 / 1e6)
    }

    /// The window with a reading more.
    fn add(&mut self, window: Window) -> Result<Window, Unavailable> {
        let now = self.clock.now();
        let watts = self.watts()?;
        let slept = now.slept.abs_diff(window.began.slept);
        if slept > NO_SLEEP {
            return Err(Unavailable::Slept {
                slept_ms: slept.as_secs_f64() * 1e3,
            });
        }
        let gap = now.awake.saturating_sub(window.last.awake);
        if gap > self.sample_period * MISSED {
            return Err(Unavailable::Gap {
                domain: self.source.clone(),
                gap_ms: gap.as_secs_f64() * 1e3,
            });
        }
        Ok(Window {
            last: now,
            watts,
            joules: window.joules + f64::midpoint(window.watts, watts) * gap.as_secs_f64(),
            ..window
        })
    }
}

impl Window {
    fn consumed(&self) -> Consumed {
        Consumed {
            joules: self.joules,
            duration: self.last.awake.saturating_sub(self.began.awake),
        }
    }
}

impl Reader for Integrated {
    fn source(&self) -> &str {
        &self.source
    }

    fn update_period(&self) -> Duration {
        self.sample_period
    }

    fn method(&self) -> Method {
        Method::Integration
    }

    fn keep_every(&self) -> Option<Duration> {
        Some(self.sample_period)
    }

    fn is_slow(&self) -> bool {
        // The driver asks the device for every reading.
        true
    }

    fn begin(&mut self) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let begun = self.watts().map(|watts| Window {
            began: now,
            last: now,
            watts,
            joules: 0.0,
        });
        self.window = Some(begun.clone());
        begun.map(|_| ())
    }

    fn keep(&mut self) -> Option<Consumed> {
        let window = *self.window.as_ref()?.as_ref().ok()?;
        let next = self.add(window);
        self.window = Some(next.clone());
        next.ok().map(|window| window.consumed())
    }

    fn end(&mut self) -> Result<Consumed, Unavailable> {
        let window = self.window.take();
        let window = window.ok_or_else(|| Unavailable::NotBegun {
            source_name: self.source.clone(),
        })??;
        let consumed = self.add(window)?.consumed();
        self.long_enough(consumed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::FakeClock;
    use crate::tree::Tree;
    use crate::tree::fake::FakeTree;

    fn reader() -> (Integrated, FakeTree, FakeClock) {
        let tree = FakeTree::of([("power", "10000000")]);
        let clock = FakeClock::default();
        let reader = Integrated::new(
            "fake".to_owned(),
            Duration::from_millis(100),
            tree.open("power").unwrap(),
            Arc::new(clock.clone()),
        );
        (reader, tree, clock)
    }

    #[test]
    fn a_ramp_of_power_is_its_mean_times_the_time() {
        let (mut reader, tree, clock) = reader();
        reader.begin().unwrap();
        for step in 1..=100 {
            clock.pass(Duration::from_millis(100));
            tree.set("power", 10_000_000 + step * 100_000);
            if step < 100 {
                reader.keep().unwrap();
            }
        }
        // From 10 to 20 W within 10 s.
        assert!((reader.end().unwrap().joules - 150.0).abs() < 1e-9);
    }

    #[test]
    fn missed_readings_and_errors_lose_the_window() {
        let (mut reader, tree, clock) = reader();
        reader.begin().unwrap();
        clock.pass(Duration::from_secs(11));
        assert!(matches!(reader.end(), Err(Unavailable::Gap { .. })));
        reader.begin().unwrap();
        tree.fail("power", std::io::ErrorKind::PermissionDenied);
        assert_eq!(reader.keep(), None);
        tree.set("power", 1);
        assert!(matches!(reader.end(), Err(Unavailable::ReadFailed { .. })));
        assert!(matches!(reader.end(), Err(Unavailable::NotBegun { .. })));
    }
}
