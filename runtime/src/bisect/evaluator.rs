//! What runs a graph once: an engine of this process, or a child process with another library.

use std::path::Path;
use std::time::Duration;

use crate::catalog::{Placement, Platform};
use crate::engine::{Engine, Feed, OpenOptions};
use crate::error::Error;
use crate::tensor::{NamedTensors, file};
use crate::worker::{EvaluateRequest, Launch, Worker, WorkerError};

/// Time a child has for one graph: software adapters take minutes.
const LIMIT: Duration = Duration::from_mins(15);

/// What a run gives.
#[derive(Debug, Clone)]
pub struct Given {
    /// The graph's outputs.
    pub tensors: NamedTensors,
    /// Where it ran, in words.
    pub execution: String,
}

/// Something that runs graphs.
pub trait Evaluator {
    /// Opens a graph, runs it once and closes it again.
    ///
    /// # Errors
    /// A platform that is absent, a graph that it refuses, or a run that fails.
    fn evaluate(&mut self, graph: &Path, feeds: &NamedTensors) -> Result<Given, Error>;
}

/// An engine of this process.
pub struct Here(pub Box<dyn Engine>);

impl Evaluator for Here {
    fn evaluate(&mut self, graph: &Path, feeds: &NamedTensors) -> Result<Given, Error> {
        run_once(self.0.as_ref(), graph, feeds)
    }
}

/// Opens a graph and runs it once. Nodes that the provider does not take run on the CPU, and the execution says so.
///
/// # Errors
/// Those of the engine.
pub fn run_once(engine: &dyn Engine, graph: &Path, feeds: &NamedTensors) -> Result<Given, Error> {
    let options = OpenOptions {
        placement: Placement::Partial {
            nodes: 0.0,
            reason: "a graph that is looked into",
        },
        ..OpenOptions::default()
    };
    let mut opened = engine.open(graph, &options)?;
    let fed = feeds
        .iter()
        .map(|(name, tensor)| (name, Feed::Tensor(tensor)));
    let outputs = opened.run(&fed.collect::<Vec<_>>(), &|_| false)?;
    Ok(Given {
        tensors: outputs.tensors,
        execution: opened.execution().to_string(),
    })
}

/// A child process of this program. One that has died is followed by another.
pub struct InWorker {
    platform: Platform,
    launch: Launch,
    child: Option<Worker>,
}

impl InWorker {
    /// A child for this platform, started when it is needed.
    #[must_use]
    pub const fn new(platform: Platform, launch: Launch) -> Self {
        Self {
            platform,
            launch,
            child: None,
        }
    }

    /// This program as a child.
    ///
    /// # Errors
    /// [`WorkerError::Spawn`] where the path of the running program cannot be found.
    pub fn of_this_program(platform: Platform) -> Result<Self, Error> {
        let launch = Launch::this_program(platform, LIMIT)?;
        Ok(Self::new(platform, launch))
    }

    fn child(&mut self) -> Result<&mut Worker, WorkerError> {
        let child = match self.child.take() {
            Some(child) => child,
            None => Worker::start(self.platform, &self.launch)?,
        };
        Ok(self.child.insert(child))
    }
}

impl Evaluator for InWorker {
    fn evaluate(&mut self, graph: &Path, feeds: &NamedTensors) -> Result<Given, Error> {
        let folder = tempfile::tempdir().map_err(|error| Error::Write {
            path: std::env::temp_dir(),
            source: error.into(),
        })?;
        let inputs = folder.path().join("inputs.safetensors");
        let outputs = folder.path().join("outputs.safetensors");
        file::write(&inputs, feeds)?;
        let request = EvaluateRequest {
            graph: graph.to_owned(),
            inputs,
            outputs: outputs.clone(),
        };
        let answer = self.child()?.evaluate(request);
        if answer
            .as_ref()
            .is_err_and(|error| !matches!(error, WorkerError::Remote { .. }))
        {
            self.child = None;
        }
        Ok(Given {
            execution: answer?,
            tensors: file::read(&outputs)?,
        })
    }
}
