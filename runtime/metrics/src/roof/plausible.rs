//! Rates that cannot be: each is rejected with the reason.

use std::time::Duration;

use super::repeated::Rates;

/// More vector instructions than any processor core begins in a cycle.
const PIPES: f64 = 4.0;
/// A faster clock than any processor has, in hertz.
const CLOCK_HZ: f64 = 8e9;
/// More memory bandwidth than any processor core reaches, in bytes a second.
const BYTES_PER_CORE: f64 = 400e9;
/// How much more than their number threads may do beside one alone, which something else may have held up.
const SHARE: f64 = 1.5;
/// The shortest repetition that clocks and the start of threads do not distort.
const SHORTEST: Duration = Duration::from_micros(200);

/// Why a rate is not believed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Implausible {
    /// Shorter than clocks and the start of threads allow.
    #[error("a repetition took {0:?}, which is too short to be timed")]
    TooShort(Duration),
    /// Infinite, nothing, or no number at all.
    #[error("the rate came out as {0}")]
    NoNumber(f64),
    /// More than processors can do.
    #[error(
        "{found:.3e} a second are more than any machine of {threads} threads does ({most:.3e})"
    )]
    AboveAnyMachine {
        /// Units a second.
        found: f64,
        /// The most of so many threads.
        most: f64,
        /// Number of threads.
        threads: usize,
    },
    /// Several threads did more than as many alone.
    #[error("{threads} threads did {found:.3e} a second, one alone {one:.3e}")]
    MoreThanTheirShare {
        /// Units a second.
        found: f64,
        /// Those of one thread.
        one: f64,
        /// Number of threads.
        threads: usize,
    },
    /// More than the device says of itself.
    #[error(
        "{found:.3e} a second exceed what the device's own description allows ({theoretical:.3e})"
    )]
    AboveTheory {
        /// Units a second.
        found: f64,
        /// Those of the description.
        theoretical: f64,
    },
}

/// Operations a second, by a loop with so many multiply-adds in an instruction.
pub(super) fn operations(
    rates: &Rates,
    lanes: u64,
    threads: usize,
    one: Option<f64>,
) -> Result<f64, Implausible> {
    rate(rates, 2.0 * lanes as f64 * PIPES * CLOCK_HZ, threads, one)
}

/// Bytes a second.
pub(super) fn bytes(
    rates: &Rates,
    threads: usize,
    one: Option<f64>,
    theoretical: Option<f64>,
) -> Result<f64, Implausible> {
    let found = rate(rates, BYTES_PER_CORE, threads, one)?;
    match theoretical {
        Some(theoretical) if found > theoretical => {
            Err(Implausible::AboveTheory { found, theoretical })
        }
        _ => Ok(found),
    }
}

/// Units a second of a device that is none of the processors: of so many units in so much time, and by its own description
/// at most so many a second.
///
/// # Errors
/// Why the rate is not believed.
pub fn of_device(units: f64, took: Duration, theoretical: Option<f64>) -> Result<f64, Implausible> {
    if took < SHORTEST {
        return Err(Implausible::TooShort(took));
    }
    let found = units / took.as_secs_f64();
    if !found.is_finite() || found <= 0.0 {
        return Err(Implausible::NoNumber(found));
    }
    match theoretical {
        Some(theoretical) if found > theoretical => {
            Err(Implausible::AboveTheory { found, theoretical })
        }
        _ => Ok(found),
    }
}

fn rate(
    rates: &Rates,
    most_per_thread: f64,
    threads: usize,
    one: Option<f64>,
) -> Result<f64, Implausible> {
    let found = rates.best();
    if rates.shortest < SHORTEST {
        return Err(Implausible::TooShort(rates.shortest));
    }
    if !found.is_finite() || found <= 0.0 {
        return Err(Implausible::NoNumber(found));
    }
    let most = most_per_thread * threads as f64;
    if found > most {
        return Err(Implausible::AboveAnyMachine {
            found,
            most,
            threads,
        });
    }
    match one {
        Some(one) if found > one * threads as f64 * SHARE => Err(Implausible::MoreThanTheirShare {
            found,
            one,
            threads,
        }),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(best: f64, shortest_us: u64) -> Rates {
        Rates {
            samples: vec![best * 0.9, best, best * 0.5],
            shortest: Duration::from_micros(shortest_us),
        }
    }

    #[test]
    fn rates_of_devices_are_held_against_their_description() {
        let second = Duration::from_secs(1);
        assert_eq!(of_device(3e12, second, None), Ok(3e12));
        assert_eq!(of_device(3e12, second, Some(4e12)), Ok(3e12));
        assert!(matches!(
            of_device(5e12, second, Some(4e12)),
            Err(Implausible::AboveTheory { .. })
        ));
        assert_eq!(
            of_device(1e9, Duration::ZERO, None),
            Err(Implausible::TooShort(Duration::ZERO))
        );
        for broken in [f64::NAN, f64::INFINITY, 0.0] {
            assert!(of_device(broken, second, None).is_err());
        }
    }

    #[test]
    fn rates_that_cannot_be_are_rejected() {
        assert_eq!(operations(&rates(1e11, 1000), 8, 1, None), Ok(1e11));
        assert_eq!(
            operations(&rates(1e11, 0), 8, 1, None),
            Err(Implausible::TooShort(Duration::ZERO))
        );
        assert!(matches!(
            operations(&rates(6e11, 1000), 8, 1, None),
            Err(Implausible::AboveAnyMachine { .. })
        ));
        assert!(operations(&rates(6e11, 1000), 8, 2, None).is_ok());
        assert!(matches!(
            operations(&rates(4e11, 1000), 8, 2, Some(1e11)),
            Err(Implausible::MoreThanTheirShare { .. })
        ));
        for broken in [f64::INFINITY, f64::NAN, 0.0] {
            assert!(matches!(
                operations(&rates(broken, 1000), 8, 1, None),
                Err(Implausible::NoNumber(_))
            ));
        }
        assert_eq!(bytes(&rates(3e10, 1000), 2, None, Some(4e10)), Ok(3e10));
        assert!(matches!(
            bytes(&rates(5e10, 1000), 2, None, Some(4e10)),
            Err(Implausible::AboveTheory { .. })
        ));
        assert!(matches!(
            bytes(&rates(5e11, 1000), 1, None, None),
            Err(Implausible::AboveAnyMachine { .. })
        ));
    }
}
