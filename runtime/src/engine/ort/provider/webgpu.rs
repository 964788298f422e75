//! WebGPU through Dawn, without a browser. All sessions of a process share Dawn's one device.

use ort::ep::webgpu::{self, PreferredLayout};
use ort::ep::{ArbitrarilyConfigurableExecutionProvider, WebGPU};
use ort::memory::AllocationDevice;

use super::Provider;
use crate::engine::options::{Backend, BufferCache, PowerPreference, Validation};

/// In the layout that graphs come in: for the other one, ONNX Runtime assigns nodes before it records which provider took
/// them, and there is no evidence.
pub(super) const PROVIDER: Provider = Provider::new::<WebGPU>(|options| {
    let options = &options.webgpu;
    let mut provider = WebGPU::default().with_preferred_layout(PreferredLayout::NCHW);
    if let Some(power) = options.power {
        // `webgpu_provider_options.h`; the crate has no method for it.
        provider = provider.with_arbitrary_config(
            "powerPreference",
            match power {
                PowerPreference::LowPower => "low-power",
                PowerPreference::HighPerformance => "high-performance",
            },
        );
    }
    if let Some(backend) = options.backend {
        provider = provider.with_dawn_backend_type(match backend {
            Backend::Vulkan => webgpu::DawnBackendType::Vulkan,
            Backend::D3d12 => webgpu::DawnBackendType::D3D12,
        });
    }
    if let Some(validation) = options.validation {
        provider = provider.with_validation_mode(match validation {
            Validation::Disabled => webgpu::ValidationMode::Disabled,
            Validation::WgpuOnly => webgpu::ValidationMode::WgpuOnly,
            Validation::Basic => webgpu::ValidationMode::Basic,
            Validation::Full => webgpu::ValidationMode::Full,
        });
    }
    if let Some(cache) = options.storage_cache {
        provider = provider.with_storage_buffer_cache_mode(match cache {
            BufferCache::Disabled => webgpu::BufferCacheMode::Disabled,
            BufferCache::LazyRelease => webgpu::BufferCacheMode::LazyRelease,
            BufferCache::Simple => webgpu::BufferCacheMode::Simple,
            BufferCache::Bucket => webgpu::BufferCacheMode::Bucket,
        });
    }
    if let Some(has_int64) = options.has_int64 {
        provider = provider.with_arbitrary_config("enableInt64", if has_int64 { "1" } else { "0" });
    }
    vec![provider.build()]
})
.taking_turns()
.computing_in(|| AllocationDevice::WEBGPU_BUFFER, |_| 0);
