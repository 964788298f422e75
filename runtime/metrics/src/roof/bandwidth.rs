//! How fast processors read memory, and how fast they read two streams of it and write a third.

use std::hint::black_box;
use std::io;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::compute::{counts, source};
use super::memory::Buffer;
use super::plausible;
use super::repeated::{Rates, first_part};
use crate::provenance::Quantity;

/// Repetitions of which the best counts.
const REPETITIONS: usize = 10;
/// How much larger than the caches each buffer should be.
const TIMES_CACHE: u64 = 4;
/// The largest buffer, in bytes.
const LARGEST: u64 = 512 << 20;
/// Part of the memory that is free which the buffers may take together.
const PART_OF_FREE: u64 = 4;
/// What is taken for the caches where the system does not tell, in bytes.
const CACHE_UNTOLD: u64 = 64 << 20;
/// Places that a thread reads from by turns: one alone waits for the memory behind it.
const STREAMS: usize = 4;
/// Numbers of a line of the caches.
const LINE: usize = 8;

/// What is done with memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// A buffer is read.
    Read,
    /// `a = b + scalar × c`, counted as three times the size of a buffer (the STREAM benchmark, 1995).
    Triad,
}

/// The peak bandwidth of so many threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BandwidthRoof {
    /// What was done.
    pub pattern: Pattern,
    /// Number of threads.
    pub threads: usize,
    /// Best of the repetitions in 10⁹ bytes a second.
    pub gbps: Quantity,
    /// How far the slowest repetition lies below the best, in percent of it.
    pub spread_percent: f64,
    /// All repetitions in 10⁹ bytes a second.
    pub samples_gbps: Vec<f64>,
    /// Size of each buffer in bytes.
    pub buffer_bytes: u64,
    /// All last-level caches in bytes; `None` if the system does not tell.
    pub cache_bytes: Option<u64>,
}

/// What one thread works on.
struct Part {
    a: Buffer,
    b: Buffer,
    c: Buffer,
}

/// Measures both patterns on one thread and on all.
///
/// # Errors
/// The system gives no memory.
pub(super) fn measure(
    cache_bytes: Option<u64>,
    free_bytes: Option<u64>,
    threads: usize,
    theoretical: Option<f64>,
    budget: Duration,
) -> io::Result<Vec<BandwidthRoof>> {
    let wanted = cache_bytes.unwrap_or(CACHE_UNTOLD).max(1 << 20) * TIMES_CACHE;
    let unit = (STREAMS * LINE * size_of::<u64>()) as u64;
    // Three buffers at once.
    let free = free_bytes.map_or(LARGEST, |free| free / PART_OF_FREE / 3);
    let part_bytes = (wanted.min(LARGEST).min(free) / threads as u64).next_multiple_of(unit);
    let buffer = || Buffer::of(part_bytes as usize);
    let mut parts = (0..threads)
        .map(|_| {
            Ok(Part {
                a: buffer()?,
                b: buffer()?,
                c: buffer()?,
            })
        })
        .collect::<io::Result<Vec<_>>>()?;
    std::thread::scope(|scope| {
        for part in &mut parts {
            scope.spawn(|| part.fill());
        }
    });
    let buffer_bytes = part_bytes * threads as u64;
    let mut roofs = Vec::new();
    // A machine that must find the pages first takes up to a second more.
    let deadline = Instant::now() + budget;
    let mut left = 2 * counts(threads).len();
    for (pattern, streams) in [(Pattern::Read, 1), (Pattern::Triad, 3)] {
        let mut one = None;
        for threads in counts(threads) {
            let deadline = first_part(deadline, left);
            left -= 1;
            let bytes = (buffer_bytes * streams) as f64;
            let parts_each = parts.len().div_ceil(threads);
            let mut shares: Vec<&mut [Part]> = parts.chunks_mut(parts_each).collect();
            let rates = Rates::measure(&mut shares, bytes, REPETITIONS, deadline, |share| {
                for part in share.iter_mut() {
                    part.run(pattern);
                }
            });
            let rate = plausible::bytes(&rates, threads, one, theoretical);
            one = one.or(rate.ok());
            let caches = match cache_bytes {
                Some(bytes) if buffer_bytes < bytes * TIMES_CACHE => {
                    format!("too small for caches of {} MiB", bytes >> 20)
                }
                Some(bytes) => format!("caches of {} MiB", bytes >> 20),
                None => "caches of unknown size".to_owned(),
            };
            let source = format!(
                "{}, buffers of {} MiB, {caches}",
                source(&rates),
                buffer_bytes >> 20
            );
            roofs.push(BandwidthRoof {
                pattern,
                threads,
                gbps: match rate {
                    Ok(rate) => Quantity::measured(rate / 1e9, source, Duration::ZERO),
                    Err(reason) => Quantity::unavailable(reason.to_string()),
                },
                spread_percent: rates.spread_percent(),
                samples_gbps: rates.samples.iter().map(|rate| rate / 1e9).collect(),
                buffer_bytes,
                cache_bytes,
            });
        }
    }
    Ok(roofs)
}

impl Part {
    /// Writes every page, by the thread that will work on it.
    fn fill(&mut self) {
        for (buffer, value) in [
            (&mut self.a, 0.0),
            (&mut self.b, 1.0),
            (&mut self.c, 2.0_f64),
        ] {
            buffer.numbers_mut().fill(value.to_ne_bytes());
        }
    }

    fn run(&mut self, pattern: Pattern) {
        match pattern {
            Pattern::Read => {
                black_box(sum(self.b.numbers()));
            }
            Pattern::Triad => {
                triad(self.a.numbers_mut(), self.b.numbers(), self.c.numbers());
                black_box(&mut self.a);
            }
        }
    }
}

/// Reads all numbers, from several places by turns.
fn sum(numbers: &[[u8; 8]]) -> u64 {
    let (lines, _) = numbers.as_chunks::<LINE>();
    let length = lines.len() / STREAMS;
    let streams: [_; STREAMS] = std::array::from_fn(|stream| &lines[stream * length..][..length]);
    let mut sums = [0_u64; LINE];
    for place in 0..length {
        for stream in &streams {
            for (sum, number) in sums.iter_mut().zip(&stream[place]) {
                *sum = sum.wrapping_add(u64::from_ne_bytes(*number));
            }
        }
    }
    sums.iter().fold(0, |all, sum| all.wrapping_add(*sum))
}

fn triad(a: &mut [[u8; 8]], b: &[[u8; 8]], c: &[[u8; 8]]) {
    let scalar = black_box(3.0);
    for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
        *a = (f64::from_ne_bytes(*b) + scalar * f64::from_ne_bytes(*c)).to_ne_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_patterns_touch_every_number() {
        let buffer = || Buffer::of(STREAMS * LINE * 8 * 3).unwrap();
        let mut part = Part {
            a: buffer(),
            b: buffer(),
            c: buffer(),
        };
        part.fill();
        part.run(Pattern::Triad);
        assert!(
            part.a
                .numbers()
                .iter()
                .all(|a| f64::from_ne_bytes(*a) == 7.0)
        );
        for (place, number) in part.b.numbers_mut().iter_mut().enumerate() {
            *number = (place as u64 + 1).to_ne_bytes();
        }
        let count = part.b.numbers().len() as u64;
        assert_eq!(sum(part.b.numbers()), count * (count + 1) / 2);
    }
}
