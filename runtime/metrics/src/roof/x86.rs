//! Loops of independent multiply-adds for x86-64, enough of them at once to hide how long one takes.
#![allow(
    clippy::wildcard_imports,
    reason = "the names of vector instructions carry their prefix"
)]

use std::arch::x86_64::*;
use std::hint::black_box;

/// Sums that 16 registers hold beside two operands: one takes 4 cycles, two begin in each.
pub(super) const FEW: u64 = 12;
/// Sums that 32 registers hold.
pub(super) const MANY: u64 = 24;

/// A loop over `$sums` sums, each `sum ← multiply_add(sum)`, whose result is the first lane of their total.
macro_rules! multiply_adds {
    ($name:ident, $feature:literal, $count:expr, $start:expr, $operand:expr, $step:expr, $add:expr, $first:expr) => {
        #[target_feature(enable = $feature)]
        pub(super) fn $name(rounds: u64) -> f64 {
            let operand = black_box($operand);
            let mut sums = [black_box($start); $count as usize];
            for _ in 0..rounds {
                for sum in &mut sums {
                    *sum = $step(*sum, operand);
                }
            }
            let [first, rest @ ..] = sums;
            let total = rest.into_iter().fold(first, |total, sum| $add(total, sum));
            f64::from($first(total))
        }
    };
}

multiply_adds!(
    sse2_f32,
    "sse,sse2",
    FEW,
    _mm_set1_ps(1.0),
    _mm_set1_ps(0.5),
    |sum, half| _mm_add_ps(_mm_mul_ps(sum, half), half),
    |a, b| _mm_add_ps(a, b),
    |total| _mm_cvtss_f32(total)
);
multiply_adds!(
    sse2_f64,
    "sse,sse2",
    FEW,
    _mm_set1_pd(1.0),
    _mm_set1_pd(0.5),
    |sum, half| _mm_add_pd(_mm_mul_pd(sum, half), half),
    |a, b| _mm_add_pd(a, b),
    |total| _mm_cvtsd_f64(total)
);
multiply_adds!(
    avx2_f32,
    "avx2,fma",
    FEW,
    _mm256_set1_ps(1.0),
    _mm256_set1_ps(0.5),
    |sum, half| _mm256_fmadd_ps(sum, half, half),
    |a, b| _mm256_add_ps(a, b),
    |total| _mm256_cvtss_f32(total)
);
multiply_adds!(
    avx2_f64,
    "avx2,fma",
    FEW,
    _mm256_set1_pd(1.0),
    _mm256_set1_pd(0.5),
    |sum, half| _mm256_fmadd_pd(sum, half, half),
    |a, b| _mm256_add_pd(a, b),
    |total| _mm256_cvtsd_f64(total)
);
multiply_adds!(
    avx512_f32,
    "avx512f",
    MANY,
    _mm512_set1_ps(1.0),
    _mm512_set1_ps(0.5),
    |sum, half| _mm512_fmadd_ps(sum, half, half),
    |a, b| _mm512_add_ps(a, b),
    |total| _mm512_cvtss_f32(total)
);
multiply_adds!(
    avx512_f64,
    "avx512f",
    MANY,
    _mm512_set1_pd(1.0),
    _mm512_set1_pd(0.5),
    |sum, half| _mm512_fmadd_pd(sum, half, half),
    |a, b| _mm512_add_pd(a, b),
    |total| _mm512_cvtsd_f64(total)
);
multiply_adds!(
    avx512_bf16,
    "avx512bf16,avx512f",
    MANY,
    _mm512_set1_ps(1.0),
    _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.5), _mm512_set1_ps(0.5)),
    |sum, half| _mm512_dpbf16_ps(sum, half, half),
    |a, b| _mm512_add_ps(a, b),
    |total| _mm512_cvtss_f32(total)
);
multiply_adds!(
    avx512_i8,
    "avx512vnni,avx512f",
    MANY,
    _mm512_set1_epi32(1),
    (
        _mm512_set1_epi32(0x0202_0202),
        _mm512_set1_epi32(0x0303_0303)
    ),
    |sum, (two, three)| _mm512_dpbusd_epi32(sum, two, three),
    |a, b| _mm512_add_epi32(a, b),
    |total| _mm512_cvtsi512_si32(total)
);
multiply_adds!(
    avx_i8,
    "avxvnni,avx2",
    FEW,
    _mm256_set1_epi32(1),
    (
        _mm256_set1_epi32(0x0202_0202),
        _mm256_set1_epi32(0x0303_0303)
    ),
    |sum, (two, three)| _mm256_dpbusd_avx_epi32(sum, two, three),
    |a, b| _mm256_add_epi32(a, b),
    |total| _mm256_cvtsi256_si32(total)
);
