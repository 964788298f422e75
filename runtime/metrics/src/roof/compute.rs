//! How fast processors multiply and add: each set of vector instructions, each type.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::isa::{Dtype, Isa, Kernel};
use super::plausible;
use super::repeated::{Rates, first_part};
use crate::provenance::Quantity;

/// How long one repetition takes about: shorter than what a system lets a thread run for, so that some are not interrupted.
const REPETITION: Duration = Duration::from_micros(1500);
/// Repetitions of which the best counts.
const REPETITIONS: usize = 20;

/// The peak of one set of instructions on so many threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComputeRoof {
    /// The instructions.
    pub isa: Isa,
    /// What they multiply.
    pub dtype: Dtype,
    /// Number of threads.
    pub threads: usize,
    /// Best of the repetitions in 10⁹ operations a second, two for each multiply-add.
    pub gops: Quantity,
    /// How far the slowest repetition lies below the best, in percent of it.
    pub spread_percent: f64,
    /// All repetitions in 10⁹ operations a second.
    pub samples_gops: Vec<f64>,
}

/// Measures a loop on one thread and on all.
pub(super) fn measure(kernel: &Kernel, threads: usize, deadline: Instant) -> Vec<ComputeRoof> {
    let rounds = rounds_of(kernel);
    let mut roofs = Vec::new();
    let mut one = None;
    let counts = counts(threads);
    for (place, &threads) in counts.iter().enumerate() {
        let deadline = first_part(deadline, counts.len() - place);
        let mut parts = vec![0.0; threads];
        let units = kernel.operations(rounds) * threads as f64;
        let rates = Rates::measure(&mut parts, units, REPETITIONS, deadline, |sum| {
            *sum = black_box(kernel.run(rounds));
        });
        let rate = plausible::operations(&rates, kernel.lanes, threads, one);
        one = one.or(rate.ok());
        roofs.push(ComputeRoof {
            isa: kernel.isa,
            dtype: kernel.dtype,
            threads,
            gops: match rate {
                Ok(rate) => Quantity::measured(rate / 1e9, source(&rates), Duration::ZERO),
                Err(reason) => Quantity::unavailable(reason.to_string()),
            },
            spread_percent: rates.spread_percent(),
            samples_gops: rates.samples.iter().map(|rate| rate / 1e9).collect(),
        });
    }
    roofs
}

/// One thread and all, which may be the same.
pub(super) fn counts(threads: usize) -> Vec<usize> {
    let mut counts = vec![1, threads.max(1)];
    counts.dedup();
    counts
}

pub(super) fn source(rates: &Rates) -> String {
    format!("best of {} repetitions", rates.samples.len())
}

/// Rounds that take about as long as a repetition should. Wakes the processor up, too.
fn rounds_of(kernel: &Kernel) -> u64 {
    let mut rounds = 1024;
    loop {
        let began = Instant::now();
        black_box(kernel.run(black_box(rounds)));
        let took = began.elapsed();
        if took >= REPETITION / 4 || rounds >= 1 << 40 {
            let ratio = REPETITION.as_secs_f64() / took.as_secs_f64();
            return (rounds as f64 * ratio).ceil() as u64;
        }
        rounds *= 2;
    }
}
