//! Lets one `gen` at a time write to an output folder.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use crate::error::{Error, Result};

/// The right to write to an output folder, given back when dropped.
#[derive(Debug)]
pub struct OutputLock {
    _folder: Option<File>,
}

impl OutputLock {
    /// Creates the folder where it is missing and waits until no other `gen` writes to it; says so when it has to.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn acquire(root: &Path, says_waiting: impl FnOnce()) -> Result<Self> {
        // A link, or a file in its place, is reported by the walk, which knows what to say.
        if fs::symlink_metadata(root).is_err() {
            fs::create_dir_all(root).map_err(|source| Error::Write {
                path: root.to_owned(),
                source,
            })?;
        }
        // Where a folder cannot be opened or locked, whole-file renames still keep every file whole.
        let Ok(folder) = File::open(root) else {
            return Ok(Self { _folder: None });
        };
        match folder.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                says_waiting();
                folder.lock().ok();
            }
            Err(TryLockError::Error(_)) => return Ok(Self { _folder: None }),
        }
        Ok(Self {
            _folder: Some(folder),
        })
    }
}
