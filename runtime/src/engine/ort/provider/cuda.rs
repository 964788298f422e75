//! NVIDIA GPUs, through CUDA and where it is asked for through TensorRT first.

use ort::ep::cuda::ConvAlgorithmSearch;
use ort::ep::{ArenaExtendStrategy, CUDA, ExecutionProvider, TensorRT};
use ort::memory::AllocationDevice;

use super::Provider;
use crate::engine::options::{ArenaExtend, ConvSearch, CudaOptions, ProviderOptions};

pub(super) const PROVIDER: Provider = Provider::new::<CUDA>(|options| {
    let options = &options.cuda;
    let cuda = cuda(options).build();
    if options.has_tensorrt {
        vec![tensorrt(options).build(), cuda]
    } else {
        vec![cuda]
    }
})
.computing_in(|| AllocationDevice::CUDA, |options| device(&options.cuda))
.preceded_by(TensorRT::NAME, |options: &ProviderOptions| {
    options.cuda.has_tensorrt
});

fn cuda(options: &CudaOptions) -> CUDA {
    let mut cuda = CUDA::default().with_device_id(device(options));
    if let Some(limit) = options.memory_limit {
        cuda = cuda.with_memory_limit(usize::try_from(limit.0).unwrap_or(usize::MAX));
    }
    if let Some(strategy) = options.arena_extend {
        cuda = cuda.with_arena_extend_strategy(match strategy {
            ArenaExtend::NextPowerOfTwo => ArenaExtendStrategy::NextPowerOfTwo,
            ArenaExtend::SameAsRequested => ArenaExtendStrategy::SameAsRequested,
        });
    }
    if let Some(search) = options.conv_search {
        cuda = cuda.with_conv_algorithm_search(match search {
            ConvSearch::Exhaustive => ConvAlgorithmSearch::Exhaustive,
            ConvSearch::Heuristic => ConvAlgorithmSearch::Heuristic,
            ConvSearch::Default => ConvAlgorithmSearch::Default,
        });
    }
    if let Some(has_tf32) = options.has_tf32 {
        cuda = cuda.with_tf32(has_tf32);
    }
    if options.has_cuda_graph {
        cuda = cuda.with_cuda_graph(true);
    }
    cuda
}

fn tensorrt(options: &CudaOptions) -> TensorRT {
    let mut tensorrt = TensorRT::default()
        .with_device_id(device(options))
        .with_fp16(options.has_tensorrt_fp16)
        .with_bf16(options.has_tensorrt_bf16);
    if let Some(folder) = &options.tensorrt_cache {
        tensorrt = tensorrt
            .with_engine_cache(true)
            .with_engine_cache_path(folder.display());
    }
    tensorrt
}

fn device(options: &CudaOptions) -> i32 {
    i32::try_from(options.device).unwrap_or(i32::MAX)
}
