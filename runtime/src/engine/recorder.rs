//! Keeps what the graphs of a session are fed, whatever runs them.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Engine, Executable, Execution, Feed, Held, OpenOptions, Outlet, Outputs};
use crate::catalog::Platform;
use crate::error::Error;
use crate::tensor::{NamedTensors, Tensor};

/// One run of one graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The graph's file.
    pub graph: PathBuf,
    /// What it was fed.
    pub feeds: NamedTensors,
    /// Which of its runs that was, counted from 1.
    pub run: usize,
}

/// An engine that keeps the feeds of one run of each graph. No output stays with the engine: all can be looked at.
pub struct Recorder {
    inner: Box<dyn Engine>,
    wanted: NonZeroUsize,
    kept: Kept,
}

/// Recordings in the order in which their graphs ran first.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Vec<Recording>>>);

impl Kept {
    /// The recordings so far.
    #[must_use]
    pub fn take(&self) -> Vec<Recording> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Recording>> {
        // What a thread that panicked left behind is as true as before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a run, unless the wanted one of its graph was there already.
    fn keep(&self, graph: &Path, wanted: NonZeroUsize, feeds: impl FnOnce() -> NamedTensors) {
        let mut kept = self.lock();
        match kept.iter_mut().find(|recording| recording.graph == graph) {
            None => kept.push(Recording {
                graph: graph.to_owned(),
                feeds: feeds(),
                run: 1,
            }),
            Some(recording) if recording.run < wanted.get() => {
                recording.run += 1;
                recording.feeds = feeds();
            }
            Some(_) => {}
        }
    }
}

impl Recorder {
    /// Records the given run of each graph, or its last where there are fewer.
    #[must_use]
    pub fn new(inner: Box<dyn Engine>, wanted: NonZeroUsize) -> Self {
        Self {
            inner,
            wanted,
            kept: Kept::default(),
        }
    }

    /// Where the recordings go.
    #[must_use]
    pub fn kept(&self) -> Kept {
        self.kept.clone()
    }
}

impl Engine for Recorder {
    fn platform(&self) -> Platform {
        self.inner.platform()
    }

    fn open(&self, model: &Path, options: &OpenOptions) -> Result<Box<dyn Executable>, Error> {
        Ok(Box::new(RecordedGraph {
            inner: self.inner.open(model, options)?,
            file: model.to_owned(),
            wanted: self.wanted,
            kept: self.kept.clone(),
        }))
    }

    fn takes_turns(&self) -> bool {
        self.inner.takes_turns()
    }
}

struct RecordedGraph {
    inner: Box<dyn Executable>,
    file: PathBuf,
    wanted: NonZeroUsize,
    kept: Kept,
}

impl Executable for RecordedGraph {
    fn inputs(&self) -> &[Outlet] {
        self.inner.inputs()
    }

    fn outputs(&self) -> &[Outlet] {
        self.inner.outputs()
    }

    fn execution(&self) -> &Execution {
        self.inner.execution()
    }

    fn run(
        &mut self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error> {
        let mut given = Vec::with_capacity(feeds.len());
        for &(name, feed) in feeds {
            given.push((name, on_host(feed)?));
        }
        self.kept.keep(&self.file, self.wanted, || {
            let mut copies = NamedTensors::new();
            for &(name, tensor) in &given {
                copies.insert(name.to_owned(), tensor.clone());
            }
            copies
        });
        let fed: Vec<_> = given
            .iter()
            .map(|&(name, tensor)| (name, Feed::Tensor(tensor)))
            .collect();
        let mut outputs = Outputs::default();
        for (name, tensor) in self.inner.run(&fed, &|_| false)?.tensors.iter() {
            if keep(name) {
                let held = Held::new(tensor.clone(), "Cpu");
                outputs.held.push((name.to_owned(), held));
            } else {
                outputs.tensors.insert(name.to_owned(), tensor.clone());
            }
        }
        Ok(outputs)
    }
}

/// The tensor of a feed: outputs that were to stay with this engine are tensors on the host too.
fn on_host(feed: Feed<'_>) -> Result<&Tensor, Error> {
    match feed {
        Feed::Tensor(tensor) => Ok(tensor),
        Feed::Held(held) => held.value(),
    }
}
