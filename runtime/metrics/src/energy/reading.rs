//! What a meter read within a window.

use std::time::Duration;

use super::{Consumed, Method};
use crate::provenance::Quantity;

/// The energy of a window, and the highest power sampled in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Energy and time.
    pub consumed: Consumed,
    /// Highest of the sampled powers in watts, each a mean over one sample period; `None` without two samples.
    pub max_watts: Option<f64>,
    pub(super) facts: Facts,
}

/// What is the same for all windows of a meter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    pub(super) source: String,
    pub(super) method: Method,
    pub(super) update_period: Duration,
    pub(super) sample_period: Duration,
    pub(super) is_slow: bool,
}

impl Reading {
    /// A value of this window with its provenance.
    #[must_use]
    pub fn quantity(&self, value: f64) -> Quantity {
        let facts = &self.facts;
        match facts.method {
            Method::Counter => Quantity::measured(value, &facts.source, facts.update_period),
            Method::Integration => Quantity::sampled(value, &facts.source, facts.update_period),
        }
    }

    /// The highest power, in watts.
    #[must_use]
    pub fn max_quantity(&self) -> Quantity {
        let facts = &self.facts;
        match self.max_watts {
            Some(watts) => Quantity::sampled(watts, &facts.source, facts.sample_period),
            None => Quantity::unavailable("power was not sampled in this window"),
        }
    }
}
