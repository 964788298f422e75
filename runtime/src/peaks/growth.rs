//! Sizes at which a device shows its peak: products grow until the rate rises no more, sums shrink until there is memory.

use std::time::Duration;

use export::Kernel;
use metrics::Quantity;
use metrics::roof::of_device;

use super::chain::{Lap, NODES};
use crate::error::Error;

/// Sides of the products that are tried, one after the other.
const SIDES: [u64; 7] = [256, 512, 1024, 2048, 4096, 8192, 16384];
/// A rate that rises by no more than this part rises no more.
const RISE: f64 = 0.03;
/// A product that takes less does not fill a device.
const FILLING: Duration = Duration::from_millis(1);
/// None is tried after one that takes this long.
const LONG: Duration = Duration::from_millis(300);
/// The least and the most bytes of each buffer of a sum.
const BUFFER: (u64, u64) = (4 << 20, 512 << 20);
/// What each buffer of a sum has at first, where caches are small.
const FIRST_BUFFER: u64 = 128 << 20;
/// How much larger than the caches of the processors each buffer should be: a device in software computes on those.
const TIMES_CACHE: u64 = 4;
/// Bytes of a number of a sum.
const NUMBER: u64 = 4;
/// A sum reads two buffers and writes a third.
const STREAMS: u64 = 3;
/// The two operands of a chain are written once, on the device.
const OPERANDS: u64 = 2;

/// The peak of products in 10⁹ operations a second, two for each multiplication with its addition.
pub(super) fn of_products(time: impl Fn(Kernel) -> Result<Lap, Error>) -> Quantity {
    let mut best: Option<(f64, String)> = None;
    let mut obstacle = None;
    for side in SIDES {
        let lap = match time(Kernel::Products { nodes: NODES, side }) {
            Ok(lap) => lap,
            Err(error) => {
                obstacle = Some(error.chain().trim_end().to_owned());
                break;
            }
        };
        let node = lap.took / NODES as u32;
        let operations = 2.0 * (side as f64).powi(3) * NODES as f64;
        let rate = of_device(operations, lap.took, None);
        let before = best.as_ref().map_or(0.0, |(rate, _)| *rate);
        match rate {
            Ok(rate) if rate > before => {
                let source = told(&lap, &format!("products of {side} × {side}"));
                best = Some((rate, source));
            }
            Ok(_) => {}
            Err(reason) => obstacle = Some(reason.to_string()),
        }
        let rises = rate.is_ok_and(|rate| rate > before * (1.0 + RISE));
        if node >= LONG || (node >= FILLING && !rises) {
            break;
        }
    }
    quantity(best, obstacle)
}

/// The peak of sums in 10⁹ bytes a second, with buffers that no cache holds.
pub(super) fn of_sums(
    time: impl Fn(Kernel) -> Result<Lap, Error>,
    cache_bytes: Option<u64>,
    theoretical_gbps: Option<f64>,
) -> Quantity {
    let wanted = cache_bytes.unwrap_or_default() * TIMES_CACHE;
    let mut bytes = wanted.next_power_of_two().clamp(FIRST_BUFFER, BUFFER.1);
    let mut obstacle = None;
    while bytes >= BUFFER.0 {
        let length = bytes / NUMBER;
        match time(Kernel::Sums {
            nodes: NODES,
            length,
        }) {
            Ok(lap) => {
                let moved = bytes as f64 * (STREAMS * NODES as u64 + OPERANDS) as f64;
                let rate = of_device(moved, lap.took, theoretical_gbps.map(|gbps| gbps * 1e9));
                let mut what = format!("sums of {} MiB", bytes >> 20);
                if bytes < wanted {
                    what += &format!(
                        ", too small for caches of {} MiB",
                        (wanted / TIMES_CACHE) >> 20
                    );
                }
                let best = rate.as_ref().ok().map(|rate| (*rate, told(&lap, &what)));
                return quantity(best, rate.err().map(|reason| reason.to_string()));
            }
            // Devices have limits for one buffer: a smaller one may do.
            Err(error) => {
                obstacle = obstacle.or_else(|| Some(error.chain().trim_end().to_owned()));
            }
        }
        bytes /= 2;
    }
    quantity(None, obstacle)
}

fn told(lap: &Lap, what: &str) -> String {
    format!(
        "best of {} repetitions of {NODES} {what}, spread {:.0} %",
        lap.runs, lap.spread_percent
    )
}

fn quantity(best: Option<(f64, String)>, obstacle: Option<String>) -> Quantity {
    match best {
        Some((rate, source)) => Quantity::measured(rate / 1e9, source, Duration::ZERO),
        None => {
            Quantity::unavailable(obstacle.unwrap_or_else(|| "nothing was measured".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn lap(seconds: f64) -> Lap {
        Lap {
            took: Duration::from_secs_f64(seconds),
            spread_percent: 1.0,
            runs: 9,
        }
    }

    fn side(kernel: Kernel) -> u64 {
        kernel.shape()[0]
    }

    /// A device that does 10¹³ operations a second, and needs 20 µs more for each product.
    fn product(side: u64) -> Lap {
        lap((2.0 * (side as f64).powi(3) / 1e13 + 20e-6) * NODES as f64)
    }

    #[test]
    fn products_grow_until_the_rate_rises_no_more() {
        let tried = RefCell::new(Vec::new());
        let peak = of_products(|kernel| {
            tried.borrow_mut().push(side(kernel));
            Ok(product(side(kernel)))
        });
        let gflops = *peak.value().unwrap();
        assert!((9_900.0..=10_000.0).contains(&gflops), "{gflops}");
        // From 2048 to 4096 it is one percent.
        assert_eq!(tried.into_inner(), SIDES[..5]);
    }

    #[test]
    fn memory_that_is_out_ends_the_growth() {
        let refusing = |largest: u64| {
            of_products(move |kernel| match side(kernel) {
                side if side > largest => Err(Error::EmptyInput("no memory")),
                side => Ok(product(side)),
            })
        };
        let peak = refusing(1024);
        assert!(peak.is_measured(), "{peak:?}");
        assert_eq!(refusing(0).reason(), Some("empty input: no memory"));
    }

    #[test]
    fn what_cannot_be_is_no_peak() {
        let peak = of_products(|_| Ok(lap(0.0)));
        assert!(peak.reason().unwrap().contains("too short"), "{peak:?}");
        // 8 sums of 128 MiB, and two operands, in a millisecond are 3,490 GB/s.
        let sums = |theoretical| of_sums(|_| Ok(lap(1e-3)), None, theoretical);
        assert!((3.4e3..3.5e3).contains(sums(None).value().unwrap()));
        assert!(sums(Some(4_000.0)).is_measured());
        let above = sums(Some(3_000.0));
        assert!(above.reason().unwrap().contains("description"), "{above:?}");
    }

    #[test]
    fn buffers_shrink_to_what_a_device_takes_and_say_so() {
        let peak = of_sums(
            |kernel| match side(kernel) * NUMBER {
                bytes if bytes > 64 << 20 => Err(Error::EmptyInput("too large")),
                _ => Ok(lap(0.1)),
            },
            Some(32 << 20),
            None,
        );
        let Quantity::Measured { source, .. } = &peak else {
            panic!("{peak:?}");
        };
        assert!(
            source.contains("sums of 64 MiB, too small for caches of 32 MiB"),
            "{source}"
        );
        let refused = of_sums(|_| Err(Error::EmptyInput("too large")), None, None);
        assert_eq!(refused.reason(), Some("empty input: too large"));
    }
}
