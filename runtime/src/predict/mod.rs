//! Times of runs that nobody can make here, from the work of a graph and a profile of the device that would make them.

mod counts;
mod fit;
mod learned;
mod nonnegative;
mod pace;
mod predictor;
mod work;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use counts::{MEMORIES, Roof, TIMES};
pub use fit::{Fit, LeftOut, Measured, Unfit, fit};
pub use learned::{Estimate, HeldOutError, LEAST_FAMILIES, Learned, Observation, TooFew};
pub use pace::{Pace, kernels, pace};
pub use predictor::{Predictor, Sample};
pub use work::{NodeWork, Work};

use crate::catalog::{Cell, Profile};
use crate::engine::Execution;

/// Why there is no prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unpredicted {
    /// The registry has none.
    #[error("the registry has no profile of a device of this platform")]
    NoProfile,
    /// It ran on another.
    #[error("the registry has no profile of this device")]
    OtherDevice,
    /// The work of a graph is not known.
    #[error("what the graphs have to do is not known: their shapes are open")]
    NoWork,
}

/// The time that runs of graphs would take on the device that they ran on; on the one that stands for the platform where
/// they are simulated.
pub(crate) fn predict(
    cell: &Cell,
    execution: &Execution,
    work: Option<&[Arc<Work>]>,
) -> Result<Prediction, Unpredicted> {
    let evidence = execution.evidence();
    let is_this = |profile: &&Profile| {
        Some(profile.device) == evidence.device() && profile.library == evidence.library()
    };
    let profile = match (cell.profiles, execution) {
        ([], _) => Err(Unpredicted::NoProfile),
        ([first, ..], Execution::Simulated { .. }) => Ok(first),
        (profiles, Execution::Native(_)) => profiles
            .iter()
            .find(is_this)
            .ok_or(Unpredicted::OtherDevice),
    }?;
    let work = work.ok_or(Unpredicted::NoWork)?;
    Ok(Prediction::of(profile, work.iter().map(Arc::as_ref)))
}

/// The time that a device would take, as a profile of it says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The likeliest time.
    pub time: Duration,
    /// What nine of ten measured times would lie between, by the error for families that the profile was not made from.
    pub interval: (Duration, Duration),
    /// The profile.
    pub profile: &'static Profile,
}

impl Prediction {
    /// The time of these runs together, on the profile's device.
    #[must_use]
    pub fn of<'w>(profile: &'static Profile, runs: impl Iterator<Item = &'w Work>) -> Self {
        let microseconds: f64 = runs.map(|work| work.microseconds(profile)).sum();
        let time = |share: f64| {
            // A share beyond what a duration holds is a registry's joke.
            Duration::try_from_secs_f64(microseconds * share / 1e6).unwrap_or(Duration::MAX)
        };
        Self {
            time: time(1.0),
            interval: (time(profile.held_out.low), time(profile.held_out.high)),
            profile,
        }
    }

    /// The same for programs, in milliseconds.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        serde_json::json!({
            "value": ms(self.time),
            "low": ms(self.interval.0),
            "high": ms(self.interval.1),
            "device": self.profile.device,
            "library": self.profile.library,
            "held_out_families": self.profile.held_out.families,
            "held_out_error_percent": self.profile.held_out.error_percent,
        })
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        write!(
            f,
            "predicted {:.2} ms [{:.2}, {:.2}] on {} ({})",
            ms(self.time),
            ms(self.interval.0),
            ms(self.interval.1),
            self.profile.device,
            self.profile.library
        )
    }
}
