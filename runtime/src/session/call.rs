//! One call of a session: what a task works with while it runs.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::trace::Traced;
use super::{Graph, Graphs};
use crate::engine::{Feed, Outputs};
use crate::error::Error;
use crate::predict::Work;
use crate::task::Task;
use crate::tensor::NamedTensors;

/// What a task works with while it runs: its processor, and graphs whose time is taken.
pub struct Call<'s, T: Task> {
    processor: &'s T::Processor,
    graphs: &'s Graphs,
    start: Instant,
    steps: RefCell<Vec<Step>>,
    work: RefCell<Vec<Option<Arc<Work>>>>,
    traced: Option<RefCell<Vec<Traced>>>,
}

/// One run of a graph within a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The graph, by the stem of its file.
    pub graph: &'static str,
    /// From the beginning of the call to that of the run.
    pub began: Duration,
    /// From before the run to after its outputs are on the host.
    pub took: Duration,
}

impl Step {
    /// From the beginning of the call to the end of the run.
    #[must_use]
    pub fn ended(&self) -> Duration {
        self.began + self.took
    }
}

impl<'s, T: Task> Call<'s, T> {
    /// A call that begins now.
    pub(super) fn new(processor: &'s T::Processor, graphs: &'s Graphs) -> Self {
        Self {
            processor,
            graphs,
            start: Instant::now(),
            steps: RefCell::default(),
            work: RefCell::default(),
            traced: None,
        }
    }

    /// The same that keeps what its graphs are fed.
    pub(super) fn traced(self) -> Self {
        Self {
            traced: Some(RefCell::default()),
            ..self
        }
    }

    /// What turns raw input into tensors.
    #[must_use]
    pub const fn processor(&self) -> &'s T::Processor {
        self.processor
    }

    /// The graph of that name, for its inputs and outputs.
    ///
    /// # Errors
    /// [`Error::MissingGraph`].
    pub fn graph(&self, name: &'static str) -> Result<&'s Graph, Error> {
        self.graphs.find(name)
    }

    /// Whether there is a graph of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.graphs.has(name)
    }

    /// The most items of a run whose outputs stay with the engine.
    #[must_use]
    pub fn batch(&self) -> usize {
        let batches = self.graphs.iter().filter_map(|(_, graph)| graph.batch());
        batches.min().unwrap_or(usize::MAX)
    }

    /// Runs a graph once; see [`Graph::forward`].
    ///
    /// # Errors
    /// Those of [`Graph::forward`].
    pub fn forward(&self, name: &'static str, feeds: &NamedTensors) -> Result<NamedTensors, Error> {
        let feeds: Vec<_> = feeds
            .iter()
            .map(|(name, tensor)| (name, Feed::Tensor(tensor)))
            .collect();
        Ok(self.step(name, &feeds, &|_| false)?.tensors)
    }

    /// Runs a graph once and leaves some outputs with the engine; see [`Graph::step`].
    ///
    /// # Errors
    /// Those of [`Graph::step`].
    pub fn step(
        &self,
        name: &'static str,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error> {
        let graph = self.graphs.find(name)?;
        if let Some(traced) = &self.traced {
            traced.borrow_mut().push(Traced::new(name, feeds));
        }
        let start = Instant::now();
        let outputs = graph.step(feeds, keep);
        let took = start.elapsed();
        self.steps.borrow_mut().push(Step {
            graph: name,
            began: start - self.start,
            took,
        });
        let mut outputs = outputs?;
        self.work.borrow_mut().append(&mut outputs.work);
        Ok(outputs)
    }

    /// The runs of graphs so far, and what each was fed, where that is kept.
    pub(super) fn finish(self) -> Finished {
        Finished {
            total: self.start.elapsed(),
            steps: self.steps.into_inner(),
            work: self.work.into_inner().into_iter().collect(),
            traced: self.traced.map_or_else(Vec::new, RefCell::into_inner),
        }
    }
}

/// What a call leaves behind.
pub(super) struct Finished {
    /// The whole call.
    pub(super) total: Duration,
    /// The runs of graphs, in order.
    pub(super) steps: Vec<Step>,
    /// What they had to do; `None` where that is not known of every one.
    pub(super) work: Option<Vec<Arc<Work>>>,
    /// What they were fed, where that was to be kept.
    pub(super) traced: Vec<Traced>,
}
