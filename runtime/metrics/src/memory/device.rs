//! Peak of what this process has on a device: `device_peak_bytes`.
//!
//! NVIDIA's driver tells what a process has now and no peak, so the peak is that of samples.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::nvml::Accelerator;
use crate::provenance::Quantity;

/// Time between two samples: allocations of an engine's arena stay for longer.
const SAMPLE_PERIOD: Duration = Duration::from_millis(10);

/// Samples what this process has on a device, on a thread of its own.
pub struct DeviceMemory {
    stop: Sender<()>,
    thread: JoinHandle<io::Result<Option<u64>>>,
}

impl DeviceMemory {
    /// Begins to sample.
    ///
    /// # Errors
    /// The system starts no thread.
    pub fn begin(device: Arc<dyn Accelerator>) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("device-memory".to_owned())
            .spawn(move || {
                let mut peak = None;
                loop {
                    let is_last =
                        stopped.recv_timeout(SAMPLE_PERIOD) != Err(RecvTimeoutError::Timeout);
                    peak = peak.max(device.used_bytes(std::process::id())?);
                    if is_last {
                        return Ok(peak);
                    }
                }
            })?;
        Ok(Self { stop, thread })
    }

    /// Ends it: the largest sample in bytes.
    #[must_use]
    pub fn end(self) -> Quantity<u64> {
        // A thread that has met an error is gone already.
        let _ = self.stop.send(());
        match self.thread.join() {
            Ok(Ok(Some(bytes))) => {
                Quantity::sampled(bytes, "NVML memory of this process", SAMPLE_PERIOD)
            }
            Ok(Ok(None)) => Quantity::unavailable(
                "the NVIDIA driver does not list this process, as in a container with process ids of its own",
            ),
            Ok(Err(error)) => Quantity::unavailable(format!("NVML: {error}")),
            Err(_) => Quantity::unavailable("the thread that samples memory ended early"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nvml::FakeAccelerator;

    #[test]
    fn the_largest_sample_is_the_peak() {
        let device = FakeAccelerator::default();
        device.set_memory(Some(5 << 20));
        let memory = DeviceMemory::begin(Arc::new(device.clone())).unwrap();
        std::thread::sleep(SAMPLE_PERIOD * 10);
        device.set_memory(Some(1 << 20));
        let peak = memory.end();
        assert_eq!(peak.value(), Some(&(5 << 20)));
        assert!(!peak.is_measured());
    }

    #[test]
    fn a_process_that_the_driver_does_not_list_has_no_number() {
        let memory = DeviceMemory::begin(Arc::new(FakeAccelerator::default())).unwrap();
        assert!(memory.end().reason().unwrap().contains("does not list"));
    }
}
