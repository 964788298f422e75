//! How fast all threads together read memory that no cache holds.

use std::hint::black_box;
use std::thread;
use std::time::Instant;

use crate::threads;

/// Numbers that a thread reads: 256 MiB, many times what caches hold.
const NUMBERS: usize = 32 << 20;
const RUNS: usize = 7;

/// Bytes a second, the best of several runs.
pub(crate) fn measure() -> f64 {
    let parts: Vec<Vec<u64>> = (0..threads())
        .map(|part| vec![part as u64 + 1; NUMBERS])
        .collect();
    let mut best = 0.0_f64;
    for _ in 0..RUNS {
        let start = Instant::now();
        thread::scope(|scope| {
            for part in &parts {
                scope.spawn(|| {
                    black_box(
                        part.iter()
                            .fold(0_u64, |sum, number| sum.wrapping_add(*number)),
                    )
                });
            }
        });
        let bytes = parts.len() * NUMBERS * size_of::<u64>();
        best = best.max(bytes as f64 / start.elapsed().as_secs_f64());
    }
    best
}
