//! What each platform runs on and how its devices are found; one file per platform.

mod cpu;
mod cuda;
mod mps;
mod openvino;
mod rocm;
mod webgpu;
mod webnn;

use super::{Device, Policy, Unavailable, Wheel};
use crate::catalog::Platform;

/// What a platform runs on.
pub(super) struct Source {
    /// The environment variable that names a library for it.
    pub(super) variable: &'static str,
    /// The builds of ONNX Runtime that have its provider, one per operating system and processor.
    pub(super) wheels: &'static [Wheel],
    /// Why it has none at all.
    pub(super) no_library: Option<&'static str>,
    /// The devices it would run on.
    pub(super) devices: fn(&Policy) -> Result<Vec<Device>, Unavailable>,
}

/// What a platform runs on.
pub(super) fn source(platform: Platform) -> &'static Source {
    match platform {
        Platform::Cpu => &cpu::SOURCE,
        Platform::Cuda => &cuda::SOURCE,
        Platform::Rocm => &rocm::SOURCE,
        Platform::Mps => &mps::SOURCE,
        Platform::OpenVino => &openvino::SOURCE,
        Platform::WebNn => &webnn::SOURCE,
        Platform::WebGpu => &webgpu::SOURCE,
    }
}
