//! Options of the WebGPU provider.

use super::field::{Field, Fields, Setting, field, plain};
use crate::catalog::names;

names! {
    /// Which adapter is preferred where there are several.
    PowerPreference("power preference") {
        /// The one that saves energy.
        LowPower = "low-power",
        /// The fast one.
        HighPerformance = "high-performance",
    }
}

names! {
    /// The interface below WebGPU.
    Backend("backend") {
        /// Vulkan.
        Vulkan = "vulkan",
        /// Direct3D 12.
        D3d12 = "d3d12",
    }
}

names! {
    /// How much of what reaches the adapter is checked.
    Validation("validation") {
        /// Nothing.
        Disabled = "disabled",
        /// What Dawn itself checks.
        WgpuOnly = "wgpu-only",
        /// That and what each run costs little for.
        Basic = "basic",
        /// Everything.
        Full = "full",
    }
}

names! {
    /// What becomes of buffers that a run no longer needs.
    BufferCache("buffer cache") {
        /// They are let go at once.
        Disabled = "disabled",
        /// They are let go after the run.
        LazyRelease = "lazy-release",
        /// They are kept for one of the same size.
        Simple = "simple",
        /// They are kept for one of a like size.
        Bucket = "bucket",
    }
}

plain!(PowerPreference, Backend, Validation, BufferCache);

/// Options of the WebGPU provider, native or in a browser.
///
/// Source: `webgpu_provider_options.h` of ONNX Runtime. The layout is not among them: for any but the one that graphs come
/// in, ONNX Runtime gives no evidence of the placement. Neither are device numbers, which stand for devices that the
/// caller made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebGpuOptions {
    /// Part of the name of the Vulkan driver to use, such as `swiftshader`; native on Linux only.
    pub adapter: Option<AdapterName>,
    /// Which adapter is preferred; native only.
    pub power: Option<PowerPreference>,
    /// The interface below; native only.
    pub backend: Option<Backend>,
    /// How much is checked.
    pub validation: Option<Validation>,
    /// What becomes of buffers for tensors; native only.
    pub storage_cache: Option<BufferCache>,
    /// Whether 64-bit integers are computed on the adapter; native only.
    pub has_int64: Option<bool>,
}

/// Part of an adapter's name, in any case of letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterName(pub String);

impl AdapterName {
    /// Whether an adapter of that full name is meant.
    #[must_use]
    pub fn is_of(&self, name: &str) -> bool {
        name.to_lowercase().contains(&self.0.to_lowercase())
    }
}

impl Setting for AdapterName {
    fn read(text: &str) -> Option<Self> {
        Some(Self(text.to_owned())).filter(|name| !name.0.is_empty())
    }

    fn told(&self) -> Option<String> {
        Some(self.0.clone())
    }
}

impl Fields for WebGpuOptions {
    const FIELDS: &'static [Field<Self>] = &[
        field!(
            WebGpuOptions.adapter,
            "adapter",
            "part of a driver's name as `assay devices webgpu` lists them",
            "which adapter computes"
        ),
        field!(
            WebGpuOptions.power,
            "power",
            "low-power or high-performance",
            "which adapter is preferred"
        ),
        field!(
            WebGpuOptions.backend,
            "backend",
            "vulkan or d3d12",
            "the interface below WebGPU"
        ),
        field!(
            WebGpuOptions.validation,
            "validation",
            "disabled, wgpu-only, basic or full",
            "how much is checked"
        ),
        field!(
            WebGpuOptions.storage_cache,
            "storage-cache",
            "disabled, lazy-release, simple or bucket",
            "what becomes of buffers between runs"
        ),
        field!(
            WebGpuOptions.has_int64,
            "int64",
            "on or off",
            "compute 64-bit integers on the adapter"
        ),
    ];
}
