//! AMD GPUs through MIGraphX; ONNX Runtime dropped its ROCm provider in 1.23.

use ort::ep::MIGraphX;
use ort::memory::AllocationDevice;

use super::Provider;

/// What the structure of options lacks, the library takes from the environment; opening a graph checks that.
pub(super) const PROVIDER: Provider = Provider::new::<MIGraphX>(|options| {
    let options = &options.rocm;
    let mut provider = MIGraphX::default()
        .with_device_id(i32::try_from(options.device).unwrap_or(i32::MAX))
        .with_fp16(options.has_fp16)
        .with_exhaustive_tune(options.has_exhaustive_tuning);
    if let Some(limit) = options.memory_limit {
        provider = provider.with_mem_limit(usize::try_from(limit.0).unwrap_or(usize::MAX));
    }
    vec![provider.build()]
})
.computing_in(
    || AllocationDevice::HIP,
    |options| i32::try_from(options.rocm.device).unwrap_or(i32::MAX),
);
