//! Energy over a window: readers of the counters that machines have, and what is made of their joules.
//!
//! No reader needs more rights than the user has, and none falls back to a figure from a data sheet.

mod account;
mod apple;
mod beside;
mod ceiling;
mod counted;
mod figures;
mod hwmon;
mod integrated;
mod ledger;
mod meter;
mod nvidia;
mod perf;
mod powercap;
mod reader;
mod reading;
mod sources;
#[cfg(test)]
mod traces;
mod unavailable;

pub use account::{Account, IDLE_WINDOWS, NetUnavailable, account};
pub use apple::apple;
pub use counted::Counted;
pub use figures::{EnergyFigures, Work};
pub use hwmon::{graphics, sockets};
pub use integrated::Integrated;
pub use meter::{Meter, Plan};
pub use nvidia::accelerator;
pub use perf::{Events, SystemEvents, perf};
pub use powercap::powercap;
pub use reader::{Consumed, Method, Reader, UPDATES_PER_WINDOW};
pub use reading::Reading;
pub use sources::{accelerators, processor};
pub use unavailable::Unavailable;
