//! What keeps a store from being opened, read or written.

use std::path::{Path, PathBuf};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What keeps a store from being opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no file to read.
    #[error("{} does not exist; `assay bench` makes a store, and `--db` or ASSAY_DB names another", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is no SQLite database, and is left as it is; name another file", path.display())]
    NoDatabase {
        /// The file.
        path: PathBuf,
    },
    /// The database is of another application.
    #[error("{} is a database of another application, and is left as it is; name another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The store was written by a newer version.
    #[error("{} has the format of a newer assay: version {found}, and {known} is the newest known here; update assay", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// The file or its folder may not be written.
    #[error("{} cannot be written: {reason}; make it writable, or name another file", path.display())]
    Protected {
        /// The file.
        path: PathBuf,
        /// What stands in the way.
        reason: String,
    },
    /// Another process has been writing all the time.
    #[error("{} was busy for {waited_s} s: another process writes to it; try again when it has ended", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
        /// How long it was waited for, in seconds.
        waited_s: u64,
    },
    /// Pages of the database are wrong or missing.
    #[error("{} is damaged; bring it back from a copy, or merge what is left of it into a new one", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: Source,
    },
    /// The stored form of a row cannot be read.
    #[error("row {id}: {reason}; `assay db check` tells what else is wrong")]
    Unreadable {
        /// The row.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A row that would not be read back as it is.
    #[error("row {id} cannot be stored: {reason}")]
    Unstorable {
        /// The row.
        id: String,
        /// Why.
        reason: String,
    },
    /// A file of rows that is none.
    #[error("{}: {reason}", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was attempted.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Source,
    },
    /// Anything else that SQLite says.
    #[error("{}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: Source,
    },
}

impl StoreError {
    /// Whether it was caused by what the caller gave, rather than by this machine.
    #[must_use]
    pub const fn is_bad_input(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. }
                | Self::NoDatabase { .. }
                | Self::Foreign { .. }
                | Self::Newer { .. }
                | Self::Damaged { .. }
                | Self::Unreadable { .. }
                | Self::Unstorable { .. }
                | Self::Import { .. }
        )
    }

    /// Says which file could not be read or written.
    pub(super) fn file(action: &'static str, path: &Path, source: impl Into<Source>) -> Self {
        Self::File {
            action,
            path: path.to_owned(),
            source: source.into(),
        }
    }

    /// Says of which row the stored form is wrong.
    pub(super) fn unreadable(id: &str, reason: impl Into<String>) -> Self {
        Self::Unreadable {
            id: id.to_owned(),
            reason: reason.into(),
        }
    }
}
