//! The lock of a cache entry: a file beside it that one process at a time holds.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{CacheError, Progress};

const POLL: Duration = Duration::from_millis(50);
/// Short waits are not worth a word.
const PATIENCE: Duration = Duration::from_secs(2);

/// A lock that this process holds until it drops it.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Waits for the lock; the death of the process releases it too.
///
/// The file stays: removing it would let two processes hold locks on two files of one name.
pub(super) fn acquire(
    path: &Path,
    entry: &str,
    progress: &dyn Progress,
) -> Result<Lock, CacheError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .map_err(|source| super::unwritable(path, source))?;
    let asked = Instant::now();
    let mut has_spoken = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(source)) => {
                return Err(CacheError::Unlockable {
                    path: path.to_owned(),
                    source,
                });
            }
        }
        if !has_spoken && asked.elapsed() >= PATIENCE {
            progress.message(&format!(
                "waiting for another process, which is making {entry}"
            ));
            has_spoken = true;
        }
        thread::sleep(POLL);
    }
}
