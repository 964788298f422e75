//! The execution provider of each platform, a file each.

mod cpu;
mod cuda;
mod mps;
mod openvino;
mod rocm;
mod webgpu;

use ort::ep::{ExecutionProvider, ExecutionProviderDispatch};

use crate::catalog::Platform;
use crate::error::Error;

/// An execution provider with its options.
#[derive(Clone, Copy)]
pub(super) struct Provider {
    /// Its name, as ONNX Runtime reports it in the node assignment.
    pub(super) name: &'static str,
    /// Whether all sessions share one device and must not use it at the same time.
    pub(super) takes_turns: bool,
    build: fn() -> ExecutionProviderDispatch,
}

impl Provider {
    const fn new<P: ExecutionProvider>(build: fn() -> ExecutionProviderDispatch) -> Self {
        Self {
            name: P::NAME,
            takes_turns: false,
            build,
        }
    }

    /// The same for a provider whose sessions share one device.
    const fn taking_turns(mut self) -> Self {
        self.takes_turns = true;
        self
    }

    /// The provider, set to fail where it cannot be registered: by default ONNX Runtime falls back to the CPU in silence.
    pub(super) fn dispatch(&self) -> ExecutionProviderDispatch {
        (self.build)().error_on_failure()
    }
}

/// The provider of a platform.
pub(super) fn of(platform: Platform) -> Result<Provider, Error> {
    match platform {
        Platform::Cpu => Ok(cpu::PROVIDER),
        Platform::Cuda => Ok(cuda::PROVIDER),
        Platform::Mps => Ok(mps::PROVIDER),
        Platform::OpenVino => Ok(openvino::PROVIDER),
        Platform::Rocm => Ok(rocm::PROVIDER),
        Platform::WebGpu => Ok(webgpu::PROVIDER),
        Platform::WebNn => Err(Error::Unavailable {
            platform,
            reason:
                "ONNX Runtime's native libraries have no WebNN provider; it exists in browsers only"
                    .to_owned(),
        }),
    }
}
