//! Time as windows need it: how long the machine was awake, and how long it slept.

use std::time::Duration;

/// A point in time, counted from a fixed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// Time while the machine was awake.
    pub awake: Duration,
    /// Time for which the machine was suspended: counters of its devices may restart then.
    pub slept: Duration,
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[cfg(target_os = "linux")]
impl Clock for SystemClock {
    fn now(&self) -> Moment {
        use rustix::time::{ClockId, Timespec, clock_gettime};
        /// Attempts at reading two clocks without being interrupted in between.
        const ATTEMPTS: usize = 5;
        const AT_ONCE: Duration = Duration::from_micros(100);
        let duration = |time: Timespec| Duration::new(time.tv_sec as u64, time.tv_nsec as u32);
        let mut moment = Moment::default();
        for _ in 0..ATTEMPTS {
            // clock_gettime(2): the boot time goes on while the machine sleeps, the monotonic one does not.
            let awake = duration(clock_gettime(ClockId::Monotonic));
            let since_boot = duration(clock_gettime(ClockId::Boottime));
            let after = duration(clock_gettime(ClockId::Monotonic));
            let slept = since_boot.saturating_sub(awake);
            moment = Moment { awake, slept };
            if after.saturating_sub(awake) < AT_ONCE {
                break;
            }
        }
        moment
    }
}

#[cfg(not(target_os = "linux"))]
impl Clock for SystemClock {
    fn now(&self) -> Moment {
        use std::sync::OnceLock;
        use std::time::Instant;
        static START: OnceLock<Instant> = OnceLock::new();
        Moment {
            awake: START.get_or_init(Instant::now).elapsed(),
            slept: Duration::ZERO,
        }
    }
}

#[cfg(test)]
pub(crate) use fake::FakeClock;

#[cfg(test)]
mod fake {
    use std::sync::{Arc, Mutex, PoisonError};

    use super::{Clock, Duration, Moment};

    /// A clock that goes on when a test says so; copies are the same one.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct FakeClock(Arc<Mutex<Moment>>);

    impl FakeClock {
        pub(crate) fn pass(&self, time: Duration) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).awake += time;
        }

        pub(crate) fn set(&self, moment: Moment) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = moment;
        }
    }

    impl Clock for FakeClock {
        fn now(&self) -> Moment {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_and_nobody_sleeps_in_a_test() {
        let before = SystemClock.now();
        std::thread::sleep(Duration::from_millis(5));
        let after = SystemClock.now();
        assert!(after.awake >= before.awake + Duration::from_millis(5));
        assert!(after.slept.abs_diff(before.slept) < Duration::from_millis(10));
    }
}
