//! NVIDIA's management library: energy and memory of accelerators, and what they say of their memory's speed.

use std::ffi::OsStr;
use std::io;
use std::sync::{Arc, OnceLock};

use nvml_wrapper::enum_wrappers::device::Clock;
use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};

/// One accelerator, as its driver tells of it.
pub trait Accelerator: Send + Sync {
    /// Its name.
    fn name(&self) -> String;
    /// Energy since the driver was loaded, in millijoules.
    fn total_energy_mj(&self) -> io::Result<u64>;
    /// Memory that a process uses on it, in bytes; `None` if the driver does not list the process.
    fn used_bytes(&self, process: u32) -> io::Result<Option<u64>>;
    /// Bandwidth of its memory by clock and bus width, in 10⁹ bytes a second.
    fn theoretical_bandwidth_gbps(&self) -> io::Result<f64>;
}

/// All accelerators of this machine.
///
/// # Errors
/// No driver, or one that does not answer.
pub fn accelerators() -> io::Result<Vec<Arc<dyn Accelerator>>> {
    let library = library()?;
    let count = library.device_count().map_err(io_error)?;
    (0..count)
        .map(|index| {
            let device = library.device_by_index(index).map_err(io_error)?;
            let name = device.name().map_err(io_error)?;
            Ok(Arc::new(Managed { device, name }) as _)
        })
        .collect()
}

/// The library is loaded once and stays: its devices borrow from it.
fn library() -> io::Result<&'static Nvml> {
    static LIBRARY: OnceLock<Result<Nvml, String>> = OnceLock::new();
    let loaded = LIBRARY.get_or_init(|| {
        // Without a developer's package the library has only its versioned name.
        let versioned = || {
            Nvml::builder()
                .lib_path(OsStr::new("libnvidia-ml.so.1"))
                .init()
        };
        Nvml::init()
            .or_else(|_| versioned())
            .map_err(|error| format!("no NVIDIA driver: libnvidia-ml does not start ({error})"))
    });
    loaded
        .as_ref()
        .map_err(|error| io::Error::new(io::ErrorKind::NotFound, error.clone()))
}

struct Managed {
    device: Device<'static>,
    name: String,
}

impl Accelerator for Managed {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn total_energy_mj(&self) -> io::Result<u64> {
        self.device.total_energy_consumption().map_err(io_error)
    }

    fn used_bytes(&self, process: u32) -> io::Result<Option<u64>> {
        let processes = self.device.running_compute_processes().map_err(io_error)?;
        let own = processes.into_iter().filter(|other| other.pid == process);
        let bytes = own.filter_map(|own| match own.used_gpu_memory {
            UsedGpuMemory::Used(bytes) => Some(bytes),
            UsedGpuMemory::Unavailable => None,
        });
        Ok(bytes.reduce(|sum, bytes| sum + bytes))
    }

    fn theoretical_bandwidth_gbps(&self) -> io::Result<f64> {
        let megahertz = self
            .device
            .max_clock_info(Clock::Memory)
            .map_err(io_error)?;
        let bits = self.device.memory_bus_width().map_err(io_error)?;
        // Two transfers a clock.
        Ok(2.0 * f64::from(megahertz) * 1e6 * f64::from(bits) / 8.0 / 1e9)
    }
}

fn io_error(error: NvmlError) -> io::Error {
    let kind = match error {
        NvmlError::NoPermission => io::ErrorKind::PermissionDenied,
        NvmlError::NotSupported => io::ErrorKind::Unsupported,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

#[cfg(test)]
pub(crate) use fake::FakeAccelerator;

#[cfg(test)]
mod fake {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    type Answer = Result<u64, io::ErrorKind>;

    /// An accelerator that answers as a test says; copies are the same one.
    #[derive(Clone)]
    pub(crate) struct FakeAccelerator {
        energy: Arc<Mutex<Answer>>,
        memory: Arc<Mutex<Option<u64>>>,
    }

    impl Default for FakeAccelerator {
        fn default() -> Self {
            Self {
                energy: Arc::new(Mutex::new(Ok(0))),
                memory: Arc::default(),
            }
        }
    }

    impl FakeAccelerator {
        pub(crate) fn set_energy(&self, answer: Answer) {
            *self.energy.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        }

        pub(crate) fn set_memory(&self, bytes: Option<u64>) {
            *self.memory.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
        }
    }

    impl Accelerator for FakeAccelerator {
        fn name(&self) -> String {
            "a fake".to_owned()
        }

        fn total_energy_mj(&self) -> io::Result<u64> {
            let energy = self.energy.lock().unwrap_or_else(PoisonError::into_inner);
            (*energy).map_err(io::Error::from)
        }

        fn used_bytes(&self, _: u32) -> io::Result<Option<u64>> {
            Ok(*self.memory.lock().unwrap_or_else(PoisonError::into_inner))
        }

        fn theoretical_bandwidth_gbps(&self) -> io::Result<f64> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}
