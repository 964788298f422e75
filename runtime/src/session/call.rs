//! One call of a session: what a task works with while it runs.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::{Graph, Graphs};
use crate::engine::{Feed, Outputs};
use crate::error::Error;
use crate::task::Task;
use crate::tensor::NamedTensors;

/// What a task works with while it runs: its processor, and graphs whose time is taken.
pub struct Call<'s, T: Task> {
    processor: &'s T::Processor,
    graphs: &'s Graphs,
    clock: Cell<Duration>,
}

impl<'s, T: Task> Call<'s, T> {
    pub(super) const fn new(processor: &'s T::Processor, graphs: &'s Graphs) -> Self {
        Self {
            processor,
            graphs,
            clock: Cell::new(Duration::ZERO),
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
        let graph = self.graphs.find(name)?;
        self.timed(|| graph.forward(feeds))
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
        self.timed(|| graph.step(feeds, keep))
    }

    /// Time spent in graphs so far, from before each run to after its outputs are on the host.
    pub(super) const fn time(&self) -> Duration {
        self.clock.get()
    }

    fn timed<O>(&self, run: impl FnOnce() -> O) -> O {
        let start = Instant::now();
        let outcome = run();
        self.clock.set(self.clock.get() + start.elapsed());
        outcome
    }
}
