//! What every source of energy looks like: a window begins, is kept, and ends in joules or the reason why not.

use std::time::Duration;

use super::Unavailable;

/// Updates of its counter that a window must hold at least: both ends are off by up to one.
pub const UPDATES_PER_WINDOW: u32 = 100;

/// Reads the energy that a device uses within a window.
pub trait Reader: Send {
    /// What is read, with its parts: `powercap package-0 + package-0/dram`.
    fn source(&self) -> &str;

    /// Time between two updates of what is read.
    fn update_period(&self) -> Duration;

    /// How the joules came about.
    fn method(&self) -> Method;

    /// How often [`Reader::keep`] must be called in longer windows; `None` if never.
    fn keep_every(&self) -> Option<Duration>;

    /// Whether a reading costs so much that another thread than the measuring one should take it.
    fn is_slow(&self) -> bool {
        false
    }

    /// Begins a window; one that was open is forgotten.
    fn begin(&mut self) -> Result<(), Unavailable>;

    /// Reads in mid-window: the energy so far, or `None` without a window or when it has failed, which its end tells.
    fn keep(&mut self) -> Option<Consumed>;

    /// Ends the window.
    fn end(&mut self) -> Result<Consumed, Unavailable>;

    /// How long a window must be for its joules to mean something.
    fn minimum_window(&self) -> Duration {
        self.update_period() * UPDATES_PER_WINDOW
    }

    /// Refuses a window that is too short.
    fn long_enough(&self, consumed: Consumed) -> Result<Consumed, Unavailable> {
        let needed = self.minimum_window();
        if consumed.duration >= needed {
            return Ok(consumed);
        }
        Err(Unavailable::TooShort {
            source_name: self.source().to_owned(),
            found_ms: consumed.duration.as_secs_f64() * 1e3,
            needed_ms: needed.as_secs_f64() * 1e3,
        })
    }
}

/// How joules came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A counter of the device accumulates them.
    Counter,
    /// Readings of its power were integrated.
    Integration,
}

/// Energy over time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Consumed {
    /// Energy in joules.
    pub joules: f64,
    /// Length of the window.
    pub duration: Duration,
}

impl Consumed {
    /// Mean power in watts.
    #[must_use]
    pub fn watts(&self) -> f64 {
        self.joules / self.duration.as_secs_f64()
    }
}
