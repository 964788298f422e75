//! One call of a session: what a task works with while it runs.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    clock: Cell<Duration>,
    work: RefCell<Vec<Option<Arc<Work>>>>,
}

impl<'s, T: Task> Call<'s, T> {
    pub(super) const fn new(processor: &'s T::Processor, graphs: &'s Graphs) -> Self {
        Self {
            processor,
            graphs,
            clock: Cell::new(Duration::ZERO),
            work: RefCell::new(Vec::new()),
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
        let start = Instant::now();
        let outputs = graph.step(feeds, keep);
        self.clock.set(self.clock.get() + start.elapsed());
        let mut outputs = outputs?;
        self.work.borrow_mut().append(&mut outputs.work);
        Ok(outputs)
    }

    /// Time spent in graphs so far, from before each run to after its outputs are on the host.
    pub(super) const fn time(&self) -> Duration {
        self.clock.get()
    }

    /// What the runs so far had to do; `None` where that is not known of every one.
    pub(super) fn work(&self) -> Option<Vec<Arc<Work>>> {
        self.work.borrow().iter().cloned().collect()
    }
}
