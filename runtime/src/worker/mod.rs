//! Child processes: one per ONNX Runtime library, for commands that touch several platforms.

mod environment;
mod frame;
mod message;
mod parent;
mod serve;

use std::path::PathBuf;
use std::time::Duration;

pub use environment::enter;
pub use message::{EvaluateRequest, Fault, LoadRequest, Reply, Request};
pub use parent::{Launch, Worker};
pub use serve::serve;

use crate::catalog::Platform;

/// What can go wrong between this process and a child.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The child could not be started.
    #[error("cannot start the {platform} worker {}", program.display())]
    Spawn {
        /// The child's platform.
        platform: Platform,
        /// The program that was to be started.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The child ended before it answered.
    #[error("the {platform} worker ended before it answered ({status}){stderr}")]
    Died {
        /// The child's platform.
        platform: Platform,
        /// Exit status or signal, in words.
        status: String,
        /// The last lines it wrote to standard error, or nothing.
        stderr: String,
    },
    /// The child did not answer in time.
    #[error("the {platform} worker did not answer within {} s and was ended", limit.as_secs())]
    Silent {
        /// The child's platform.
        platform: Platform,
        /// The time it had.
        limit: Duration,
    },
    /// The child sent something that is no message.
    #[error("the {platform} worker sent no valid message: {reason}")]
    Garbage {
        /// The child's platform.
        platform: Platform,
        /// What was wrong with it.
        reason: String,
    },
    /// The child answered with an error of its own.
    #[error("{message}")]
    Remote {
        /// The child's platform.
        platform: Platform,
        /// Whether the platform is merely absent.
        is_unavailable: bool,
        /// The child's error, with its sources.
        message: String,
    },
}
