//! How often comparisons of 50 pairs are wrong on a real machine, from one long comparison of a thing with itself:
//! `assay compare A A --pairs 1000 --format json > blocks.json`, then
//! `cargo run -p metrics --example alarms -- blocks.json`.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "an example prints, and stops at the first thing that fails"
)]

use metrics::compare::{Block, Rules, Verdict, compare};

/// Pairs of a comparison.
const PAIRS: usize = 50;
/// Comparisons that are drawn.
const COMPARISONS: usize = 200;
/// The shift that is to be found.
const SHIFT: f64 = 1.03;

fn main() {
    let file = std::env::args().nth(1).expect("a file of blocks");
    let text = std::fs::read_to_string(file).expect("a file that can be read");
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let listed = document["blocks"].as_array().expect("blocks");
    let time = |block: &serde_json::Value, arm: &str| block[arm].as_f64().expect("a time");
    let blocks: Vec<Block> = listed
        .iter()
        .map(|block| Block {
            baseline: time(block, "baseline_ms"),
            candidate: time(block, "candidate_ms"),
            null: time(block, "null_ms"),
        })
        .collect();
    assert!(blocks.len() >= 2 * PAIRS, "too few blocks");
    let places = blocks.len() - PAIRS;
    let (mut alarms, mut found, mut inconclusive) = (0, 0, 0);
    for index in 0..COMPARISONS {
        let start = index * places / (COMPARISONS - 1);
        let window = &blocks[start..start + PAIRS];
        let verdict = |shift: f64| {
            let shifted: Vec<Block> = window
                .iter()
                .map(|block| Block {
                    candidate: block.candidate * shift,
                    ..*block
                })
                .collect();
            compare(&shifted, Rules::default())
                .expect("enough pairs")
                .verdict
        };
        match verdict(1.0) {
            Verdict::Faster | Verdict::Slower => alarms += 1,
            Verdict::Inconclusive { .. } => inconclusive += 1,
            Verdict::NoDifference => {}
        }
        found += usize::from(verdict(SHIFT) == Verdict::Slower);
    }
    println!(
        "{COMPARISONS} comparisons of {PAIRS} pairs from {} blocks: {alarms} false alarms, {inconclusive} inconclusive; \
         a shift of 3 % was found in {found}",
        blocks.len()
    );
}
