//! What is true of a trace, worked out from what its domains use and not from how a reader would see it.

use std::time::Duration;

use super::machine::{Trace, UPDATE_US};
use super::{Unavailable, reasons_by_kind};

/// The truth of a window.
#[derive(Debug)]
pub(super) struct Truth {
    pub(super) microjoules: u128,
    pub(super) duration: Duration,
    pub(super) wraps: usize,
}

/// The true energy of a trace's window, or the reasons of which the reader must give one.
pub(super) fn judge(trace: &Trace) -> Result<Truth, Vec<Unavailable>> {
    if let Some((fault, _)) = trace.fault {
        let reasons = reasons_by_kind().into_iter();
        let of_fault = reasons.filter(|(kind, _)| *kind == fault);
        return Err(of_fault.map(|(_, reason)| reason).collect());
    }
    let mut wraps = 0;
    for reading in 0..trace.readings.len() {
        let mut reasons = Vec::new();
        if trace.readings[reading].lost.is_some() {
            reasons.push(Unavailable::ReadFailed {
                domain: String::new(),
                error: String::new(),
            });
        }
        if reading > 0 {
            wraps += seen_at(trace, reading, &mut reasons);
        }
        if !reasons.is_empty() {
            return Err(reasons);
        }
    }
    let (first, last) = (trace.readings[0], trace.readings[trace.readings.len() - 1]);
    let window_us = last.time_us - first.time_us;
    if window_us < 100 * UPDATE_US {
        return Err(vec![Unavailable::TooShort {
            source_name: String::new(),
            found_ms: 0.0,
            needed_ms: 0.0,
        }]);
    }
    let used = trace
        .domains
        .iter()
        .map(|domain| domain.used(last.time_us) - domain.used(first.time_us));
    Ok(Truth {
        microjoules: used.sum(),
        duration: Duration::from_micros(window_us),
        wraps,
    })
}

/// Collects what a reading gives away since the one before; returns the number of counters that fell.
fn seen_at(trace: &Trace, reading: usize, reasons: &mut Vec<Unavailable>) -> usize {
    let domain_name = String::new;
    let (before, now) = (trace.readings[reading - 1], trace.readings[reading]);
    if now.slept_us > trace.readings[0].slept_us + 10_000 {
        reasons.push(Unavailable::Slept { slept_ms: 0.0 });
    }
    let lasted_us = now.time_us - before.time_us + UPDATE_US;
    let mut fallen = Vec::new();
    for (place, domain) in trace.domains.iter().enumerate() {
        let most = u128::from(domain.ceiling_watts) * u128::from(lasted_us);
        let maximum = u128::from(domain.maximum);
        if most >= maximum {
            reasons.push(Unavailable::Gap {
                domain: domain_name(),
                gap_ms: 0.0,
            });
        }
        let (old, new) = (
            u128::from(trace.shown(place, reading - 1)),
            u128::from(trace.shown(place, reading)),
        );
        if new >= old {
            if new - old > most {
                reasons.push(Unavailable::Impossible {
                    domain: domain_name(),
                    what: String::new(),
                });
            }
            continue;
        }
        if maximum - old + new > most {
            reasons.push(Unavailable::Restarted {
                domain: domain_name(),
            });
        }
        if fallen.contains(&domain.package) {
            reasons.push(Unavailable::FellTogether {
                domain: domain_name(),
            });
        }
        fallen.push(domain.package);
    }
    fallen.len()
}
