//! The crate's error: what went wrong, where, and what to do about it.

use std::path::PathBuf;

use crate::catalog::Platform;
use crate::checkpoint::CheckpointError;
use crate::distribution::DistributionError;
use crate::engine::browser::BrowserError;
use crate::engine::options::OptionError;
use crate::engine::settings::SettingError;
use crate::processor::ProcessorError;
use crate::reference::ReferenceError;
use crate::store::StoreError;
use crate::worker::WorkerError;

/// Anything that keeps a skill from loading or running.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The platform cannot run on this machine. Not a failure: a missing device is a fact.
    #[error("{platform} is unavailable: {reason}")]
    Unavailable {
        /// The platform.
        platform: Platform,
        /// Why, and what would change it.
        reason: String,
    },
    /// The registry declares the cell unsupported.
    #[error("`{model}` is unsupported on {platform}: {reason}")]
    Unsupported {
        /// Model id.
        model: &'static str,
        /// The platform.
        platform: Platform,
        /// The registry's reason.
        reason: &'static str,
    },
    /// No graph builder exists for the model's architecture.
    #[error("no builder for architecture `{architecture}` yet")]
    NoBuilder {
        /// Hugging Face `model_type`.
        architecture: &'static str,
    },
    /// The checkpoint carries no ONNX file to use as it is.
    #[error(
        "{checkpoint} ships no {files} under onnx/; leave out `--onnx shipped` to export it here"
    )]
    NothingShipped {
        /// The checkpoint.
        checkpoint: String,
        /// The files that were looked for.
        files: String,
    },
    /// The export of the model does not give the graphs that the task runs.
    #[error(
        "the export of `{model}` gives no {files}: its family's recipe and its task do not fit together"
    )]
    NoGraphs {
        /// Model id.
        model: &'static str,
        /// The files that were looked for.
        files: String,
    },
    /// The cell does not offer the precision.
    #[error("`{model}` on {platform} does not offer {wanted}; one of: {allowed}")]
    Precision {
        /// Model id.
        model: &'static str,
        /// The platform.
        platform: Platform,
        /// What was asked for.
        wanted: &'static str,
        /// What the registry allows.
        allowed: String,
    },
    /// The process has loaded another ONNX Runtime library, and can load only one.
    #[error("{} is needed, but this process has loaded {}, and a process can load one ONNX Runtime library only", wanted.display(), loaded.display())]
    OtherLibrary {
        /// The library that is loaded.
        loaded: PathBuf,
        /// The library that was needed.
        wanted: PathBuf,
    },
    /// The library could not be loaded.
    #[error("cannot load {}: {reason}", path.display())]
    LibraryLoad {
        /// The file.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// The engine refused.
    #[error("cannot {action}")]
    Engine {
        /// What was attempted.
        action: String,
        /// What the engine said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The provider took none of the graph's nodes, and the library would have run them elsewhere in silence.
    #[error(
        "{provider} takes no node of the graph: {placement}; choose another device or another platform for it"
    )]
    Elsewhere {
        /// The provider that was asked for.
        provider: &'static str,
        /// Which nodes would have run where.
        placement: String,
    },
    /// The graph holds an operator that the library does not have.
    #[error(
        "cannot {action}: this ONNX Runtime has no operator `{operator}` of domain `{domain}`; export the graph without it, or set the platform's library to a build that has it"
    )]
    UnknownOperator {
        /// What was attempted.
        action: String,
        /// Operator type.
        operator: String,
        /// Its domain; `ai.onnx` for the standard's own.
        domain: String,
    },
    /// The graph is of a version of the standard that the library does not know.
    #[error(
        "cannot {action}: it wants operators of opset {opset}, and this ONNX Runtime knows them up to {newest}; export it for an older opset, or set the platform's library to a newer build"
    )]
    UnknownOpset {
        /// What was attempted.
        action: String,
        /// Version of the operator set.
        opset: String,
        /// The newest that the library knows, as it says.
        newest: String,
    },
    /// Memory is out, on the device or the host.
    #[error(
        "cannot {action}: memory of the device is out{wanted}; take shorter inputs, fewer at once, a lower precision or a smaller model"
    )]
    OutOfMemory {
        /// What was attempted.
        action: String,
        /// How much was asked for, in words, or nothing.
        wanted: String,
        /// What the engine said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The graph wants an input that was not given.
    #[error("the graph wants the input `{input}`; given: {given}")]
    MissingInput {
        /// The input.
        input: String,
        /// Names that were given.
        given: String,
    },
    /// An input was given that the graph does not have.
    #[error("the graph has no input `{input}`; it has: {known}")]
    UnknownInput {
        /// The input.
        input: String,
        /// Names of the graph's inputs.
        known: String,
    },
    /// The session has no graph of that name.
    #[error("the skill has no graph `{graph}`; it has: {known}")]
    MissingGraph {
        /// The graph.
        graph: &'static str,
        /// Names of the session's graphs.
        known: String,
    },
    /// An input is longer than the graph was built for.
    #[error(
        "`{axis}` is {found} in the input, and the graph was built for {length}; shorten the input, or load the skill with more"
    )]
    TooLong {
        /// The axis.
        axis: String,
        /// Its length in the input.
        found: usize,
        /// Its length in the graph.
        length: usize,
    },
    /// The graph gives no output of that name.
    #[error("the graph gives no output `{output}`; it gives: {known}")]
    MissingOutput {
        /// The output.
        output: &'static str,
        /// Names of the graph's outputs.
        known: String,
    },
    /// An output is of an element type or rank that the task cannot read.
    #[error("the output `{output}` is {found}, expected {expected}")]
    WrongOutput {
        /// The output.
        output: String,
        /// Element type and shape.
        found: String,
        /// What the task reads.
        expected: &'static str,
    },
    /// The input holds nothing.
    #[error("empty input: {0}")]
    EmptyInput(&'static str),
    /// Input that the task cannot take together.
    #[error("{0}")]
    InvalidInput(String),
    /// The checkpoint contradicts itself or lacks what the task reads.
    #[error("{file}: {reason}")]
    InvalidCheckpoint {
        /// File of the checkpoint.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What a model gave could not be written to a file.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A thread that held the session panicked.
    #[error("the session is unusable: a thread panicked while it ran")]
    Poisoned,
    /// An option of an execution provider.
    #[error(transparent)]
    Options(#[from] OptionError),
    /// A setting.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Where a library comes from.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
    /// Where a checkpoint comes from.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The export of a checkpoint.
    #[error(transparent)]
    Export(#[from] export::ExportError),
    /// Preparing input or reading output.
    #[error(transparent)]
    Processor(#[from] ProcessorError),
    /// Reading a reference checkpoint.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// The user cache.
    #[error(transparent)]
    Cache(#[from] crate::cache::CacheError),
    /// The browser, or what runs in it.
    #[error(transparent)]
    Browser(#[from] BrowserError),
    /// A child process that runs another platform.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// The store of benchmark rows.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// Wraps what an engine said with what was attempted.
    pub(crate) fn engine<E>(action: impl Into<String>) -> impl FnOnce(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let action = action.into();
        move |source| Self::Engine {
            action,
            source: Box::new(source),
        }
    }

    /// Whether it says that a platform is absent from this machine, which is a fact and no failure. The CPU never is.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        use DistributionError::{NoLibrary, NoWheel, NotInstalled, Offline};
        match self {
            Self::Unavailable { platform, .. }
            | Self::Distribution(
                NoLibrary { platform, .. }
                | NoWheel { platform, .. }
                | NotInstalled { platform, .. }
                | Offline { platform, .. },
            ) => *platform != Platform::Cpu,
            Self::Distribution(DistributionError::Package(error)) => error.is_absence(),
            Self::Worker(WorkerError::Remote { is_unavailable, .. }) => *is_unavailable,
            _ => false,
        }
    }

    /// Whether an engine that works has refused a graph.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Elsewhere { .. }
                | Self::Engine { .. }
                | Self::OutOfMemory { .. }
                | Self::UnknownOperator { .. }
                | Self::UnknownOpset { .. }
                | Self::Browser(BrowserError::Page { .. } | BrowserError::Fallback { .. })
        )
    }

    /// Whether it was caused by what the caller gave, rather than by this machine or a failed run.
    #[must_use]
    pub const fn is_bad_input(&self) -> bool {
        if let Self::Store(error) = self {
            return error.is_bad_input();
        }
        matches!(
            self,
            Self::EmptyInput(_)
                | Self::InvalidInput(_)
                | Self::InvalidCheckpoint { .. }
                | Self::MissingInput { .. }
                | Self::NothingShipped { .. }
                | Self::Options(_)
                | Self::Precision { .. }
                | Self::Processor(_)
                | Self::Setting(_)
                | Self::Export(_)
                | Self::TooLong { .. }
                | Self::UnknownInput { .. }
                | Self::UnknownOperator { .. }
                | Self::UnknownOpset { .. }
                | Self::Unsupported { .. }
                | Self::Checkpoint(
                    CheckpointError::Spec { .. }
                        | CheckpointError::NoFolder { .. }
                        | CheckpointError::NoConfig { .. }
                        | CheckpointError::NoWeights { .. }
                        | CheckpointError::Pickled { .. }
                        | CheckpointError::Json { .. }
                        | CheckpointError::JsonSize { .. }
                        | CheckpointError::NoObject { .. }
                        | CheckpointError::JsonKey { .. }
                        | CheckpointError::ShardRefused { .. }
                        | CheckpointError::ShardsMissing { .. }
                        | CheckpointError::NoReference { .. }
                        | CheckpointError::NoFull { .. }
                        | CheckpointError::Kept { .. }
                )
        )
    }

    /// The error with all its sources, on one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            let message = error.to_string();
            if !text.contains(&message) {
                text.push_str(": ");
                text.push_str(&message);
            }
            source = error.source();
        }
        text
    }
}
