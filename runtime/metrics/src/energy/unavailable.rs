//! Why there is no figure for energy.

use std::io;

/// The reason why a window has no joules.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unavailable {
    /// The machine has no such counter, or shows none.
    #[error("{source_name}: {why}")]
    Absent {
        /// Kind of counter.
        source_name: &'static str,
        /// What is missing.
        why: String,
    },
    /// The counter is there and may not be read.
    #[error(
        "{file} may not be read by this user: ask the machine's administrator for read access to it"
    )]
    Denied {
        /// The file or event.
        file: String,
    },
    /// A counter that wraps does not say where.
    #[error("{domain} has no maximum, so that a wrap could not be told: {file} is missing")]
    NoMaximum {
        /// The counter.
        domain: String,
        /// The file that should say it.
        file: String,
    },
    /// The window holds too few updates of the counter.
    #[error(
        "the window was {found_ms:.0} ms and {source_name} needs {needed_ms:.0} ms: repeat the work until it is longer"
    )]
    TooShort {
        /// The reader.
        source_name: String,
        /// Length of the window in milliseconds.
        found_ms: f64,
        /// Least length in milliseconds.
        needed_ms: f64,
    },
    /// A reading failed within the window.
    #[error("{domain} could not be read within the window ({error}): measure again")]
    ReadFailed {
        /// The counter.
        domain: String,
        /// What the system said.
        error: String,
    },
    /// The machine was suspended within the window, and counters may have restarted.
    #[error("the machine slept for {slept_ms:.0} ms within the window: measure again")]
    Slept {
        /// For how long, in milliseconds.
        slept_ms: f64,
    },
    /// Two readings are so far apart that the counter may have wrapped twice.
    #[error(
        "{domain} was not read for {gap_ms:.0} ms, in which it may have wrapped more than once: measure again with a shorter window, or on a machine that is less loaded"
    )]
    Gap {
        /// The counter.
        domain: String,
        /// Time between the readings in milliseconds.
        gap_ms: f64,
    },
    /// The counter fell by what no wrap explains.
    #[error("{domain} restarted within the window: measure again")]
    Restarted {
        /// The counter.
        domain: String,
    },
    /// Several counters of a package fell between the same two readings: each may have wrapped, or the package restarted.
    #[error(
        "several counters of {domain}'s package fell at once, as they do when it restarts: measure again"
    )]
    FellTogether {
        /// One of them.
        domain: String,
    },
    /// The counter rose by more than any machine draws, or beyond its own maximum.
    #[error("{domain} shows what cannot be: {what}")]
    Impossible {
        /// The counter.
        domain: String,
        /// What it showed.
        what: String,
    },
    /// The end of a window that never began.
    #[error("the window of {source_name} did not begin")]
    NotBegun {
        /// The reader.
        source_name: String,
    },
}

impl Unavailable {
    /// Why a file that should be readable is not.
    pub(super) fn opening(source_name: &'static str, file: &str, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::PermissionDenied {
            return Self::Denied {
                file: file.to_owned(),
            };
        }
        Self::Absent {
            source_name,
            why: format!("{file}: {error}"),
        }
    }

    /// A reading that failed.
    pub(super) fn reading(domain: &str, error: &impl ToString) -> Self {
        Self::ReadFailed {
            domain: domain.to_owned(),
            error: error.to_string(),
        }
    }
}
