//! Options of NVIDIA's CUDA provider, and of TensorRT before it.

use std::path::PathBuf;

use super::field::{Bytes, Field, Fields, field, plain};
use crate::catalog::names;

names! {
    /// How much memory a provider asks its device for when it needs more.
    ArenaExtend("strategy") {
        /// Twice as much each time.
        NextPowerOfTwo = "next-power-of-two",
        /// What is needed.
        SameAsRequested = "same-as-requested",
    }
}

names! {
    /// How cuDNN's convolutions are chosen.
    ConvSearch("search") {
        /// By timing all of them, for each new shape.
        Exhaustive = "exhaustive",
        /// By cuDNN's heuristics.
        Heuristic = "heuristic",
        /// Always the same.
        Default = "default",
    }
}

plain!(ArenaExtend, ConvSearch);

/// Options of NVIDIA's CUDA provider, and of TensorRT before it.
///
/// Source: ONNX Runtime's documentation of both providers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the library, and any of them go together"
)]
pub struct CudaOptions {
    /// Number of the device, among those that CUDA shows to the process.
    pub device: u32,
    /// The most memory that the session's arena may take on the device, in bytes; weights and libraries come on top.
    pub memory_limit: Option<Bytes>,
    /// How the arena grows.
    pub arena_extend: Option<ArenaExtend>,
    /// How convolutions are chosen.
    pub conv_search: Option<ConvSearch>,
    /// Whether a run is recorded once and played back: for graphs whose axes are all numbers.
    pub has_cuda_graph: bool,
    /// Whether 32-bit products may be rounded to TF32; on by the library's own default.
    pub has_tf32: Option<bool>,
    /// Whether TensorRT takes what it can, before CUDA takes the rest.
    pub has_tensorrt: bool,
    /// Folder that TensorRT keeps its engines in: a second load need not build them again.
    pub tensorrt_cache: Option<PathBuf>,
    /// Whether TensorRT may compute in fp16.
    pub has_tensorrt_fp16: bool,
    /// Whether TensorRT may compute in bf16.
    pub has_tensorrt_bf16: bool,
}

impl Fields for CudaOptions {
    const FIELDS: &'static [Field<Self>] = &[
        field!(
            CudaOptions.device,
            "device",
            "a number from 0",
            "which of the GPUs that CUDA shows"
        ),
        field!(
            CudaOptions.memory_limit,
            "memory-limit",
            "an amount such as 4GiB or 512MiB",
            "the most memory of the session's arena"
        ),
        field!(
            CudaOptions.arena_extend,
            "arena-extend",
            "next-power-of-two or same-as-requested",
            "how the arena grows"
        ),
        field!(
            CudaOptions.conv_search,
            "conv-search",
            "exhaustive, heuristic or default",
            "how cuDNN's convolutions are chosen"
        ),
        field!(
            CudaOptions.has_cuda_graph,
            "cuda-graph",
            "on or off",
            "record a run and play it back; static graphs only"
        ),
        field!(
            CudaOptions.has_tf32,
            "tf32",
            "on or off",
            "let 32-bit products be rounded to TF32"
        ),
        field!(
            CudaOptions.has_tensorrt,
            "tensorrt",
            "on or off",
            "let TensorRT take what it can"
        ),
        field!(
            CudaOptions.tensorrt_cache,
            "tensorrt-cache",
            "a folder",
            "where TensorRT keeps its engines"
        ),
        field!(
            CudaOptions.has_tensorrt_fp16,
            "tensorrt-fp16",
            "on or off",
            "let TensorRT compute in fp16"
        ),
        field!(
            CudaOptions.has_tensorrt_bf16,
            "tensorrt-bf16",
            "on or off",
            "let TensorRT compute in bf16"
        ),
    ];
}
