//! Turns of sessions that share one device.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held by whoever works with a provider all of whose sessions share one device.
static TURN: Mutex<()> = Mutex::new(());

/// Waits for the provider's device where its sessions may not use it at the same time.
pub(super) fn wait(takes_turns: bool) -> Option<MutexGuard<'static, ()>> {
    takes_turns.then(|| TURN.lock().unwrap_or_else(PoisonError::into_inner))
}
