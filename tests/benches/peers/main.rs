//! Times skills beside what Python users have: `cargo bench -p workspace-tests --bench peers [-- CASE…]`.
//!
//! Each peer is a process of its own that stays up; turns alternate between it and ours, and each row is the median of the
//! ratios of neighbouring turns. The Python with the peers is `BENCH_PYTHON`, else one in an environment outside the tree
//! that is made on first use from `requirements.txt`. Checkpoints of the sizes that the rows name are made from a seed.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints, and stops at the first thing that fails"
)]

mod bandwidth;
mod checkpoints;
mod decoding;
mod embedding;
mod exporting;
mod overhead;
mod pairs;
mod peer;
mod preprocessing;
mod runner;

use pairs::Row;

/// A case's name, and what measures it.
const CASES: [(&str, fn()); 8] = [
    ("overhead", overhead::measure),
    ("runner", runner::measure),
    ("embedding", embedding::measure),
    ("decoding", decoding::tiny),
    ("decoding-110m", decoding::large),
    ("log-mel", preprocessing::log_mel),
    ("resize", preprocessing::resize),
    ("exporting", exporting::measure),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Cargo asks every target for its tests.
    if arguments
        .iter()
        .any(|name| name == "--test" || name == "--list")
    {
        return;
    }
    if let Some(job) = exporting::child(&arguments) {
        return job;
    }
    let wanted: Vec<&String> = arguments.iter().filter(|name| *name != "--bench").collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| CASES.iter().all(|(case, _)| case != *name))
    {
        let known = CASES.map(|(case, _)| case).join(", ");
        eprintln!("there is no case `{unknown}`; there are {known}");
        std::process::exit(2);
    }
    println!(
        "{} threads a side; medians of neighbouring turns, with the quartiles of their ratio",
        threads()
    );
    println!("{}", Row::HEADING);
    for (case, measure) in CASES {
        if wanted.is_empty() || wanted.iter().any(|name| *name == case) {
            measure();
        }
    }
}

/// Threads that either side may use.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
