//! What can go wrong between this process and the browser.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What can go wrong between this process and the browser.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// It could not be started.
    #[error("cannot start the browser {}; run `assay setup browser`, or set ASSAY_BROWSER to another", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ended before it answered.
    #[error("the browser ended before it answered `{asked}` ({status}){stderr}")]
    Died {
        /// What it was asked.
        asked: String,
        /// Exit status or signal, in words.
        status: String,
        /// The last lines it wrote to standard error, or nothing.
        stderr: String,
    },
    /// Its page crashed.
    #[error(
        "the browser's page crashed during `{asked}`; the browser was ended and starts anew for the next graph"
    )]
    Crashed {
        /// What it was asked.
        asked: String,
    },
    /// It did not answer in time.
    #[error("the browser did not answer `{asked}` within {} s and was ended", limit.as_secs())]
    Silent {
        /// What it was asked.
        asked: String,
        /// The time it had.
        limit: Duration,
    },
    /// It sent something that is no message.
    #[error("the browser sent no valid message: {reason}")]
    Garbage {
        /// What was wrong with it.
        reason: String,
    },
    /// It refused a command of the protocol that drives it.
    #[error("the browser refused `{asked}`: {reason}")]
    Refused {
        /// What it was asked.
        asked: String,
        /// What it said.
        reason: String,
    },
    /// The page could not do what was asked.
    #[error("onnxruntime-web cannot {action}: {reason}")]
    Page {
        /// What was asked.
        action: String,
        /// What the page said.
        reason: String,
    },
    /// Nodes would have run elsewhere than on the provider that was asked for.
    #[error("{provider} does not take the whole graph: {shortfall}")]
    Fallback {
        /// The provider.
        provider: &'static str,
        /// Which nodes would have run where.
        shortfall: String,
    },
    /// A file that the page needs cannot be read.
    #[error("cannot read {} for the browser", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl BrowserError {
    /// Whether the browser is of no more use after it.
    pub(super) const fn is_end(&self) -> bool {
        matches!(
            self,
            Self::Died { .. } | Self::Crashed { .. } | Self::Silent { .. } | Self::Garbage { .. }
        )
    }
}
