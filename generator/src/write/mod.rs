//! Facade of writing: the only part that changes the disk.

mod apply;
mod atomic;
mod lock;

pub use apply::apply;
pub use atomic::write as write_atomically;
pub use lock::OutputLock;
