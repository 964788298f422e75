//! Where a number comes from: a value never travels without saying whether it was measured, sampled, modelled or not to be had.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A value with its provenance. The unit is that of the field that holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "provenance", rename_all = "snake_case")]
pub enum Quantity<T = f64> {
    /// Read from a counter or clock at both ends of the window.
    Measured {
        /// The value.
        value: T,
        /// The counter or clock.
        source: String,
        /// Time between two updates of the counter, in milliseconds; 0 for a clock.
        update_period_ms: f64,
    },
    /// Put together from readings taken now and then: what happened between two of them is not in it.
    Sampled {
        /// The value.
        value: T,
        /// What was read.
        source: String,
        /// Time between two readings, in milliseconds.
        sample_period_ms: f64,
    },
    /// Computed from something else.
    Modelled {
        /// The value.
        value: T,
        /// How it was computed.
        method: String,
        /// How far it may be off.
        error: ModelError,
    },
    /// Not to be had.
    Unavailable {
        /// Why, and what would help.
        reason: String,
    },
}

/// How far a modelled value may be off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelError {
    /// The truth is this value or more.
    LowerBound,
    /// The truth lies within so many percent, nine times of ten.
    Percent(f64),
    /// Nobody has compared it with a measurement.
    Unknown,
}

impl<T> Quantity<T> {
    /// A value from a counter that is updated so often.
    pub fn measured(value: T, source: impl Into<String>, update_period: Duration) -> Self {
        Self::Measured {
            value,
            source: source.into(),
            update_period_ms: milliseconds(update_period),
        }
    }

    /// A value from readings so far apart.
    pub fn sampled(value: T, source: impl Into<String>, sample_period: Duration) -> Self {
        Self::Sampled {
            value,
            source: source.into(),
            sample_period_ms: milliseconds(sample_period),
        }
    }

    /// A computed value.
    pub fn modelled(value: T, method: impl Into<String>, error: ModelError) -> Self {
        Self::Modelled {
            value,
            method: method.into(),
            error,
        }
    }

    /// No value, and why.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable {
            reason: reason.into(),
        }
    }

    /// The value, whatever its provenance; `None` where there is none.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Measured { value, .. }
            | Self::Sampled { value, .. }
            | Self::Modelled { value, .. } => Some(value),
            Self::Unavailable { .. } => None,
        }
    }

    /// Whether a counter or clock gave it.
    pub fn is_measured(&self) -> bool {
        matches!(self, Self::Measured { .. })
    }

    /// Why there is no value; `None` where there is one.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Unavailable { reason } => Some(reason),
            _ => None,
        }
    }

    /// The same provenance with another value.
    pub fn map<U>(&self, change: impl FnOnce(&T) -> U) -> Quantity<U> {
        match self {
            Self::Measured {
                value,
                source,
                update_period_ms,
            } => Quantity::Measured {
                value: change(value),
                source: source.clone(),
                update_period_ms: *update_period_ms,
            },
            Self::Sampled {
                value,
                source,
                sample_period_ms,
            } => Quantity::Sampled {
                value: change(value),
                source: source.clone(),
                sample_period_ms: *sample_period_ms,
            },
            Self::Modelled {
                value,
                method,
                error,
            } => Quantity::Modelled {
                value: change(value),
                method: method.clone(),
                error: *error,
            },
            Self::Unavailable { reason } => Quantity::Unavailable {
                reason: reason.clone(),
            },
        }
    }

    /// A value made of two. Its provenance is the weaker of theirs: unavailable, modelled, sampled, measured, in this order;
    /// both sources are named. A lower bound stays one, so `join` must grow with the value that is.
    pub fn combine<U, V>(
        &self,
        other: &Quantity<U>,
        join: impl FnOnce(&T, &U) -> V,
    ) -> Quantity<V> {
        let (Some(one), Some(two)) = (self.value(), other.value()) else {
            let reasons: Vec<_> = self.reason().into_iter().chain(other.reason()).collect();
            return Quantity::unavailable(reasons.join("; "));
        };
        let value = join(one, two);
        let (mine, theirs) = (self.origin(), other.origin());
        let named = if mine.name == theirs.name {
            mine.name.to_owned()
        } else {
            format!("{}; {}", mine.name, theirs.name)
        };
        let period_ms = mine.period_ms.max(theirs.period_ms);
        match (mine.error, theirs.error) {
            (Some(one), Some(two)) => Quantity::modelled(value, named, one.with(two)),
            (Some(error), None) | (None, Some(error)) => Quantity::modelled(value, named, error),
            (None, None) if mine.is_sampled || theirs.is_sampled => Quantity::Sampled {
                value,
                source: named,
                sample_period_ms: period_ms,
            },
            (None, None) => Quantity::Measured {
                value,
                source: named,
                update_period_ms: period_ms,
            },
        }
    }

    fn origin(&self) -> Origin<'_> {
        let (name, period_ms, is_sampled, error) = match self {
            Self::Measured {
                source,
                update_period_ms,
                ..
            } => (source, *update_period_ms, false, None),
            Self::Sampled {
                source,
                sample_period_ms,
                ..
            } => (source, *sample_period_ms, true, None),
            Self::Modelled { method, error, .. } => (method, 0.0, false, Some(*error)),
            Self::Unavailable { reason } => (reason, 0.0, false, None),
        };
        Origin {
            name,
            period_ms,
            is_sampled,
            error,
        }
    }
}

impl Quantity<f64> {
    /// The same, unless the value is infinite or no number: then it is unavailable and says which figure failed.
    #[must_use]
    pub fn finite(self, name: &str) -> Self {
        match self.value() {
            Some(value) if !value.is_finite() => {
                Self::unavailable(format!("{name} came out as {value}"))
            }
            _ => self,
        }
    }
}

struct Origin<'a> {
    name: &'a str,
    period_ms: f64,
    is_sampled: bool,
    error: Option<ModelError>,
}

impl ModelError {
    /// How far something made of two modelled values may be off.
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Percent(one), Self::Percent(two)) => Self::Percent(one + two),
            (Self::LowerBound, Self::LowerBound) => Self::LowerBound,
            _ => Self::Unknown,
        }
    }
}

fn milliseconds(period: Duration) -> f64 {
    period.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(value: f64) -> Quantity {
        Quantity::measured(value, "counter", Duration::from_millis(1))
    }

    #[test]
    fn what_is_made_of_two_values_has_the_weaker_provenance() {
        let sampled = Quantity::sampled(2.0, "sensor", Duration::from_millis(100));
        let modelled = Quantity::modelled(4.0, "graph", ModelError::LowerBound);
        let absent: Quantity = Quantity::unavailable("no counter");
        let divide = |a: &f64, b: &f64| a / b;
        assert!(measured(1.0).combine(&measured(2.0), divide).is_measured());
        assert_eq!(
            measured(1.0).combine(&sampled, divide),
            Quantity::sampled(0.5, "counter; sensor", Duration::from_millis(100))
        );
        assert_eq!(
            modelled.combine(&sampled, divide),
            Quantity::modelled(2.0, "graph; sensor", ModelError::LowerBound)
        );
        assert_eq!(
            absent.combine(&modelled, divide).reason(),
            Some("no counter")
        );
        assert_eq!(modelled.combine(&absent, divide).value(), None);
    }

    #[test]
    fn a_value_is_stored_with_its_provenance_and_read_back() {
        for (quantity, json) in [
            (
                measured(1.5),
                r#"{"provenance":"measured","value":1.5,"source":"counter","update_period_ms":1.0}"#,
            ),
            (
                Quantity::modelled(2.0, "graph", ModelError::Percent(5.0)),
                r#"{"provenance":"modelled","value":2.0,"method":"graph","error":{"percent":5.0}}"#,
            ),
            (
                Quantity::unavailable("no counter"),
                r#"{"provenance":"unavailable","reason":"no counter"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&quantity).unwrap(), json);
            assert_eq!(serde_json::from_str::<Quantity>(json).unwrap(), quantity);
        }
    }

    #[test]
    fn a_division_by_zero_is_no_number() {
        let rate = measured(1.0).map(|value| value / 0.0).finite("rate");
        assert_eq!(rate.reason(), Some("rate came out as inf"));
    }
}
