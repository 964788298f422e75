//! Which vector instructions this processor has, and the loops that use them: the one place that calls code for
//! instructions which not every processor has.
#![allow(
    unsafe_code,
    reason = "code for instructions that a processor may lack is unsafe to call; each is called after asking for them"
)]

use serde::{Deserialize, Serialize};

/// A set of vector instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isa {
    /// SSE2: 128 bits, a multiplication and an addition apart. Every x86-64 processor has it.
    Sse2,
    /// AVX2 with FMA3: 256 bits.
    Avx2Fma,
    /// AVX-512F: 512 bits.
    Avx512,
    /// Dot products of bytes in 256 bits.
    AvxVnni,
    /// Dot products of bytes in 512 bits.
    Avx512Vnni,
    /// Dot products of bfloat16 in 512 bits.
    Avx512Bf16,
    /// NEON: 128 bits. Every 64-bit Arm processor has it.
    Neon,
}

/// What is multiplied. Sums of products are `f32` for `bf16` and 32-bit integers for `i8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dtype {
    /// 64-bit floating point.
    F64,
    /// 32-bit floating point.
    F32,
    /// 16-bit floating point. No loop here multiplies it: accelerators are measured by what they run.
    F16,
    /// bfloat16.
    Bf16,
    /// Bytes, unsigned by signed.
    I8,
}

/// A loop of independent multiply-adds in registers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kernel {
    pub(super) isa: Isa,
    pub(super) dtype: Dtype,
    /// Multiply-adds of one instruction.
    pub(super) lanes: u64,
    /// Instructions of one round.
    instructions: u64,
    run: fn(u64) -> f64,
}

impl Kernel {
    /// Goes round so many times. The result depends on every instruction.
    pub(super) fn run(&self, rounds: u64) -> f64 {
        (self.run)(rounds)
    }

    /// Operations of so many rounds: two for each multiply-add.
    pub(super) fn operations(&self, rounds: u64) -> f64 {
        2.0 * (self.lanes * self.instructions) as f64 * rounds as f64
    }
}

/// The loops that this processor can run.
#[cfg(target_arch = "x86_64")]
pub(super) fn kernels() -> Vec<Kernel> {
    use std::arch::is_x86_feature_detected as has;

    use super::x86::{self, FEW, MANY};
    let has_512 = has!("avx512f");
    let mut kernels = Vec::new();
    let mut add = |is_there: bool, isa, dtype, lanes, instructions, run| {
        if is_there {
            kernels.push(Kernel {
                isa,
                dtype,
                lanes,
                instructions,
                run,
            });
        }
    };
    // SAFETY of all calls: a loop gets into the list only if the processor has its instructions, which stands before it.
    let is_there = has!("sse2");
    add(is_there, Isa::Sse2, Dtype::F32, 4, FEW, |n| unsafe {
        x86::sse2_f32(n)
    });
    add(is_there, Isa::Sse2, Dtype::F64, 2, FEW, |n| unsafe {
        x86::sse2_f64(n)
    });
    let is_there = has!("avx2") && has!("fma");
    add(is_there, Isa::Avx2Fma, Dtype::F32, 8, FEW, |n| unsafe {
        x86::avx2_f32(n)
    });
    add(is_there, Isa::Avx2Fma, Dtype::F64, 4, FEW, |n| unsafe {
        x86::avx2_f64(n)
    });
    add(has_512, Isa::Avx512, Dtype::F32, 16, MANY, |n| unsafe {
        x86::avx512_f32(n)
    });
    add(has_512, Isa::Avx512, Dtype::F64, 8, MANY, |n| unsafe {
        x86::avx512_f64(n)
    });
    let is_there = has_512 && has!("avx512bf16");
    add(
        is_there,
        Isa::Avx512Bf16,
        Dtype::Bf16,
        32,
        MANY,
        |n| unsafe { x86::avx512_bf16(n) },
    );
    let is_there = has!("avx2") && has!("avxvnni");
    add(is_there, Isa::AvxVnni, Dtype::I8, 32, FEW, |n| unsafe {
        x86::avx_i8(n)
    });
    let is_there = has_512 && has!("avx512vnni");
    add(is_there, Isa::Avx512Vnni, Dtype::I8, 64, MANY, |n| unsafe {
        x86::avx512_i8(n)
    });
    kernels
}

/// The loops that this processor can run.
#[cfg(target_arch = "aarch64")]
pub(super) fn kernels() -> Vec<Kernel> {
    use super::neon;
    let kernel = |dtype, lanes, run| Kernel {
        isa: Isa::Neon,
        dtype,
        lanes,
        instructions: neon::MANY,
        run,
    };
    // SAFETY of both calls: every 64-bit Arm processor that Rust compiles for has NEON.
    vec![
        kernel(Dtype::F32, 4, |n| unsafe { neon::neon_f32(n) }),
        kernel(Dtype::F64, 2, |n| unsafe { neon::neon_f64(n) }),
    ]
}

/// There are none for other processors.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) fn kernels() -> Vec<Kernel> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loop_computes_what_its_recurrence_converges_to() {
        let kernels = kernels();
        assert!(!cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) || !kernels.is_empty());
        for kernel in kernels {
            // Products of integers and bfloat16 are summed up; the others are x ← 0.5 x + 0.5, which stays at one.
            let found = kernel.run(1000);
            let sums = kernel.instructions as f64;
            let expected = match kernel.dtype {
                Dtype::F16 | Dtype::F32 | Dtype::F64 => sums,
                Dtype::Bf16 => sums * (1.0 + 1000.0 * 2.0 * 0.25),
                Dtype::I8 => sums * (1.0 + 1000.0 * 4.0 * 6.0),
            };
            assert!(
                (found - expected).abs() <= expected * 1e-3,
                "{kernel:?}: {found} instead of {expected}"
            );
        }
    }
}
