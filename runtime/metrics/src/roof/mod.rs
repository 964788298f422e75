//! The roof of this machine: how fast its processors multiply and add, and how fast they read and write memory, measured.
//!
//! Table values are wrong in both directions: clocks differ from those of data sheets, and units are shared. What comes out
//! of a run that cannot be is rejected with the reason (Williams, Waterman, Patterson: Roofline, CACM 52/4, 2009).

mod bandwidth;
mod cache;
mod compute;
mod isa;
mod memory;
#[cfg(target_arch = "aarch64")]
mod neon;
mod plausible;
mod probe;
mod repeated;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use bandwidth::{BandwidthRoof, Pattern};
pub use cache::last_level_bytes;
pub use compute::ComputeRoof;
pub use isa::{Dtype, Isa};
pub use plausible::{Implausible, of_device};
pub use probe::{Budget, Roof, probe};
