//! The execution provider of each platform, a file each.

mod cpu;
mod cuda;
mod mps;
mod openvino;
mod rocm;
mod webgpu;

use ort::ep::{CPU, CUDA, ExecutionProvider, ExecutionProviderDispatch};
use ort::memory::AllocationDevice;
use ort::session::Session;

use super::binding::Residence;
use super::recorded::Recorded;
use crate::catalog::Platform;
use crate::engine::options::{OptionError, ProviderOptions};
use crate::engine::{Settings, refusal};
use crate::error::Error;

/// An execution provider, to be built with its options.
#[derive(Clone, Copy)]
pub(super) struct Provider {
    /// Its name, as ONNX Runtime reports it in the node assignment.
    pub(super) name: &'static str,
    /// Whether all sessions share one device and must not use it at the same time.
    pub(super) takes_turns: bool,
    build: fn(&ProviderOptions) -> Vec<ExecutionProviderDispatch>,
    before: Option<Before>,
    memory: Option<Memory>,
}

/// The memory that a provider computes in, where it is not the host's: its kind, and the number of the device.
type Memory = (
    fn() -> AllocationDevice<'static>,
    fn(&ProviderOptions) -> i32,
);

/// A provider that options put before the platform's own.
#[derive(Clone, Copy)]
struct Before {
    name: &'static str,
    is_asked: fn(&ProviderOptions) -> bool,
}

impl Provider {
    const fn new<P: ExecutionProvider>(
        build: fn(&ProviderOptions) -> Vec<ExecutionProviderDispatch>,
    ) -> Self {
        Self {
            name: P::NAME,
            takes_turns: false,
            build,
            before: None,
            memory: None,
        }
    }

    /// The same for a provider whose sessions share one device.
    const fn taking_turns(mut self) -> Self {
        self.takes_turns = true;
        self
    }

    /// The same for a provider that options put another before.
    const fn preceded_by(
        mut self,
        name: &'static str,
        is_asked: fn(&ProviderOptions) -> bool,
    ) -> Self {
        self.before = Some(Before { name, is_asked });
        self
    }

    /// The same for a provider with memory of its own, on the device of that number.
    const fn computing_in(
        mut self,
        device: fn() -> AllocationDevice<'static>,
        number: fn(&ProviderOptions) -> i32,
    ) -> Self {
        self.memory = Some((device, number));
        self
    }

    /// The memory that kept outputs are to stay in, where it is not the host's.
    pub(super) fn residence(&self, options: &ProviderOptions) -> ort::Result<Option<Residence>> {
        self.memory
            .map(|(device, number)| Residence::of(device(), number(options)))
            .transpose()
    }

    /// The memory of a graph that the options have recorded.
    ///
    /// # Errors
    /// [`OptionError::Conflict`] for a graph with free axes: its lengths would be recorded with it.
    pub(super) fn recorded(
        &self,
        session: &Session,
        options: &ProviderOptions,
    ) -> Result<Option<Recorded>, Error> {
        let Some((device, number)) = self.memory else {
            return Ok(None);
        };
        if self.name != CUDA::NAME || !options.cuda.has_cuda_graph {
            return Ok(None);
        }
        if let Some(free) = Recorded::obstacle(session) {
            return Err(Error::Options(OptionError::Conflict {
                platform: Platform::Cuda,
                key: "cuda-graph",
                value: "on".to_owned(),
                reason: format!(
                    "`{free}` has free axes; load the skill with a static form, or leave the option out"
                ),
            }));
        }
        Recorded::of(session, device(), number(options))
            .map(Some)
            .map_err(refusal::of("take memory for a recorded run"))
    }

    /// The provider that the options put before this one.
    pub(super) fn before(&self, options: &ProviderOptions) -> Option<&'static str> {
        let before = self.before.filter(|before| (before.is_asked)(options))?;
        Some(before.name)
    }

    /// The provider, set to fail where it cannot be registered: by default ONNX Runtime falls back to the CPU in silence.
    /// One that the options put before it comes first. The CPU's, which every session has, is named where it is to be without
    /// its arena.
    pub(super) fn dispatch(
        &self,
        options: &ProviderOptions,
        settings: &Settings,
    ) -> Vec<ExecutionProviderDispatch> {
        let cpu = CPU::default().with_arena_allocator(false);
        let cpu = (!settings.has_arena && self.name != CPU::NAME).then(|| cpu.build());
        let built = (self.build)(options).into_iter();
        built
            .chain(cpu)
            .map(ExecutionProviderDispatch::error_on_failure)
            .collect()
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
