//! Memory that a piece of work takes: of the process, and on a device.

mod device;
mod process;

pub use device::DeviceMemory;
pub use process::{ProcessMemory, anonymous_bytes};
