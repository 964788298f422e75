//! Adds up what counters rose by, and refuses what cannot be told for certain.
//!
//! A counter that stands lower than before has wrapped or restarted. Its value alone cannot always say which; what can is
//! how much the device may have drawn at most since it was last read, whether the machine slept, and whether the counters
//! of one package, which restart together, fell together.

use std::time::Duration;

use super::{Consumed, Unavailable};
use crate::moment::Moment;

/// Sleep that the resolution of the clocks explains.
const NO_SLEEP: Duration = Duration::from_millis(10);

/// One counter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Domain {
    /// Its name, for people.
    pub(super) name: String,
    /// Counters with the same number restart together.
    pub(super) package: usize,
    /// Where it wraps; `None` if it has 64 bits, which last longer than any machine.
    pub(super) maximum: Option<u64>,
    /// Joules that one count stands for.
    pub(super) joules_per_count: f64,
    /// More than the device can draw, in watts. Tells wraps from restarts, and enters no result.
    pub(super) ceiling_watts: f64,
}

impl Domain {
    /// The most it can have risen by in so much time.
    fn most(&self, time: Duration) -> f64 {
        self.ceiling_watts * time.as_secs_f64() / self.joules_per_count
    }

    /// The least time in which it can wrap.
    fn wrap_time(&self) -> Option<Duration> {
        let joules = self.maximum? as f64 * self.joules_per_count;
        Some(Duration::from_secs_f64(joules / self.ceiling_watts))
    }
}

/// What counters rose by since a window began.
#[derive(Debug)]
pub(super) struct Ledger {
    domains: Vec<Domain>,
    update_period: Duration,
    began: Moment,
    last: Moment,
    counts: Vec<u64>,
    risen: Vec<u128>,
}

impl Ledger {
    pub(super) fn new(domains: Vec<Domain>, update_period: Duration) -> Self {
        let risen = vec![0; domains.len()];
        Self {
            domains,
            update_period,
            began: Moment::default(),
            last: Moment::default(),
            counts: Vec::new(),
            risen,
        }
    }

    pub(super) fn domains(&self) -> &[Domain] {
        &self.domains
    }

    /// Half the least time in which a counter can wrap.
    pub(super) fn keep_every(&self) -> Option<Duration> {
        let wraps = self.domains.iter().filter_map(Domain::wrap_time);
        wraps.min().map(|time| time / 2)
    }

    /// Begins anew with these counts.
    pub(super) fn begin(&mut self, now: Moment, counts: &[u64]) -> Result<(), Unavailable> {
        self.in_range(counts)?;
        self.began = now;
        self.last = now;
        self.counts.clear();
        self.counts.extend_from_slice(counts);
        self.risen.fill(0);
        Ok(())
    }

    /// Adds what the counters rose by since the last reading.
    ///
    /// # Errors
    /// It cannot be told; the window is lost.
    pub(super) fn add(&mut self, now: Moment, counts: &[u64]) -> Result<(), Unavailable> {
        let slept = now.slept.abs_diff(self.began.slept);
        if slept > NO_SLEEP {
            return Err(Unavailable::Slept {
                slept_ms: slept.as_secs_f64() * 1e3,
            });
        }
        self.in_range(counts)?;
        let gap = now.awake.saturating_sub(self.last.awake);
        // What a counter shows is up to one update old.
        let lasted = gap + self.update_period;
        let mut fallen = None;
        for (place, domain) in self.domains.iter().enumerate() {
            let (before, after) = (self.counts[place], counts[place]);
            let name = || domain.name.clone();
            if domain.wrap_time().is_some_and(|time| lasted >= time) {
                return Err(Unavailable::Gap {
                    domain: name(),
                    gap_ms: gap.as_secs_f64() * 1e3,
                });
            }
            let most = domain.most(lasted);
            if after >= before {
                let rise = after - before;
                if rise as f64 > most {
                    let joules = rise as f64 * domain.joules_per_count;
                    let what = format!("{joules:.1} J within {:.3} s", gap.as_secs_f64());
                    return Err(Unavailable::Impossible {
                        domain: name(),
                        what,
                    });
                }
                self.risen[place] += u128::from(rise);
                continue;
            }
            // e1 ≥ e0 ? e1 − e0 : e1 + max − e0
            let wrapped = domain
                .maximum
                .map(|maximum| after + (maximum - before))
                .filter(|rise| *rise as f64 <= most)
                .ok_or_else(|| Unavailable::Restarted { domain: name() })?;
            if fallen == Some(domain.package) {
                return Err(Unavailable::FellTogether { domain: name() });
            }
            fallen = Some(domain.package);
            self.risen[place] += u128::from(wrapped);
        }
        self.last = now;
        self.counts.copy_from_slice(counts);
        Ok(())
    }

    /// Energy and time from the beginning to the last reading.
    pub(super) fn consumed(&self) -> Consumed {
        let joules = |(domain, risen): (&Domain, &u128)| *risen as f64 * domain.joules_per_count;
        Consumed {
            joules: self.domains.iter().zip(&self.risen).map(joules).sum(),
            duration: self.last.awake.saturating_sub(self.began.awake),
        }
    }

    fn in_range(&self, counts: &[u64]) -> Result<(), Unavailable> {
        for (domain, count) in self.domains.iter().zip(counts) {
            if domain.maximum.is_some_and(|maximum| *count > maximum) {
                return Err(Unavailable::Impossible {
                    domain: domain.name.clone(),
                    what: format!("{count} is beyond its own maximum"),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Moment {
        Moment {
            awake: Duration::from_millis(ms),
            slept: Duration::ZERO,
        }
    }

    /// Two counters of one package: microjoules that wrap at 1,000 J, and millijoules that do not.
    fn ledger() -> Ledger {
        let domain = |name: &str, maximum, joules_per_count| Domain {
            name: name.to_owned(),
            package: 0,
            maximum,
            joules_per_count,
            ceiling_watts: 100.0,
        };
        let domains = vec![
            domain("wrapping", Some(1_000_000_000), 1e-6),
            domain("wide", None, 1e-3),
        ];
        Ledger::new(domains, Duration::from_millis(1))
    }

    fn rise(before: [u64; 2], ms: u64, after: [u64; 2]) -> Result<f64, Unavailable> {
        let mut ledger = ledger();
        ledger.begin(at(0), &before)?;
        ledger.add(at(ms), &after)?;
        Ok(ledger.consumed().joules)
    }

    #[test]
    fn rises_and_wraps_are_added_up() {
        assert_eq!(rise([5, 7], 1000, [5_000_005, 2007]), Ok(7.0));
        assert_eq!(rise([999_000_000, 0], 1000, [1_500_000, 0]), Ok(2.5));
        assert_eq!(ledger().keep_every(), Some(Duration::from_secs(5)));
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        let domain = || "wrapping".to_owned();
        assert_eq!(
            rise([500_000_000, 0], 1000, [1_000_000, 0]),
            Err(Unavailable::Restarted { domain: domain() })
        );
        assert_eq!(
            rise([0, 500], 1000, [0, 499]),
            Err(Unavailable::Restarted {
                domain: "wide".to_owned()
            })
        );
        assert!(matches!(
            rise([0, 0], 1000, [101_000_000, 0]),
            Err(Unavailable::Impossible { .. })
        ));
        assert!(matches!(
            rise([1_000_000_001, 0], 1000, [0, 0]),
            Err(Unavailable::Impossible { .. })
        ));
        assert!(matches!(
            rise([0, 0], 10_000, [1, 0]),
            Err(Unavailable::Gap { .. })
        ));
        let mut ledger = ledger();
        ledger.begin(at(0), &[0, 0]).unwrap();
        let woken = Moment {
            awake: Duration::from_secs(1),
            slept: Duration::from_secs(30),
        };
        assert_eq!(
            ledger.add(woken, &[10, 10]),
            Err(Unavailable::Slept { slept_ms: 30_000.0 })
        );
    }
}
