//! The generator from the outside: `gen` in workspaces of its own, and what it writes.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first thing it did not expect"
)]

mod determinism;
mod format;
mod golden;
mod hostile;
mod messages;
mod obstacles;
mod partial;
mod source;
mod states;
mod synthetic;
#[cfg(unix)]
mod test_run;
mod workspace;
