//! Loops of independent multiply-adds for 64-bit Arm, enough of them at once to hide how long one takes.
#![allow(
    clippy::wildcard_imports,
    reason = "the names of vector instructions carry their prefix"
)]

use std::arch::aarch64::*;
use std::hint::black_box;

/// Sums that 32 registers hold beside the operands: one takes 4 cycles, four begin in each.
pub(super) const MANY: u64 = 24;

/// NEON belongs to every 64-bit Arm processor.
#[target_feature(enable = "neon")]
pub(super) fn neon_f32(rounds: u64) -> f64 {
    let half = black_box(vdupq_n_f32(0.5));
    let mut sums = [black_box(vdupq_n_f32(1.0)); MANY as usize];
    for _ in 0..rounds {
        for sum in &mut sums {
            // half + sum × half
            *sum = vfmaq_f32(half, *sum, half);
        }
    }
    let [first, rest @ ..] = sums;
    let total = rest.into_iter().fold(first, |a, b| vaddq_f32(a, b));
    f64::from(vgetq_lane_f32::<0>(total))
}

/// The same in 64 bits.
#[target_feature(enable = "neon")]
pub(super) fn neon_f64(rounds: u64) -> f64 {
    let half = black_box(vdupq_n_f64(0.5));
    let mut sums = [black_box(vdupq_n_f64(1.0)); MANY as usize];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = vfmaq_f64(half, *sum, half);
        }
    }
    let [first, rest @ ..] = sums;
    let total = rest.into_iter().fold(first, |a, b| vaddq_f64(a, b));
    vgetq_lane_f64::<0>(total)
}
