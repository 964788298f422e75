//! Facade of the output folder: what lies there, what state it is in, and what a run would do about it.

mod aggregate;
mod classify;
mod disk;
mod orphan;
mod plan;
mod presence;
mod row;

pub use classify::{State, classify};
pub use disk::Disk;
pub use plan::{Action, Entry, Kinds, Mode, Plan, Request, plan};
