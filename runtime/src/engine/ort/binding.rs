//! Runs whose kept outputs stay in the memory of the provider's device, bound there before the run.

use std::borrow::Cow;

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{Session, SessionInputValue};
use ort::value::DynValue;

use crate::engine::Outlet;

/// Outputs by name, in the graph's order.
pub(super) type Given = Vec<(String, DynValue)>;

/// The memory that kept outputs stay in.
pub(super) struct Residence {
    device: MemoryInfo<'static>,
    host: MemoryInfo<'static>,
}

impl Residence {
    /// The memory of a device, by ONNX Runtime's name of the kind and its number.
    pub(super) fn of(device: AllocationDevice<'static>, number: i32) -> ort::Result<Self> {
        let memory =
            |device, number, kind| MemoryInfo::new(device, number, AllocatorType::Device, kind);
        Ok(Self {
            device: memory(device, number, MemoryType::Default)?,
            host: memory(AllocationDevice::CPU, 0, MemoryType::CPUOutput)?,
        })
    }

    /// Runs the session once: outputs whose name `keep` holds for stay on the device, the others come to the host.
    pub(super) fn run(
        &self,
        session: &mut Session,
        inputs: &[(Cow<'_, str>, SessionInputValue<'_>)],
        outputs: &[Outlet],
        keep: &dyn Fn(&str) -> bool,
    ) -> ort::Result<Given> {
        let mut binding = session.create_binding()?;
        for (name, value) in inputs {
            binding.bind_input(name.as_ref(), value)?;
        }
        for Outlet { name, .. } in outputs {
            let memory = if keep(name) { &self.device } else { &self.host };
            binding.bind_output_to_device(name.as_str(), memory)?;
        }
        // Inputs on their way to the device are there before the run, and its outputs before they are read.
        binding.synchronize_inputs()?;
        let mut given = session.run_binding(&binding)?;
        binding.synchronize_outputs()?;
        let names = outputs.iter().map(|outlet| &outlet.name);
        Ok(names
            .filter_map(|name| Some((name.clone(), given.remove(name)?)))
            .collect())
    }
}
