//! The generator from the outside: `gen` in workspaces of its own, and what it writes.

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
mod workspace;
