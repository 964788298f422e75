//! What queries would have to do, counted from the graphs of a configuration: without weights, and without running anything.

use export::propagate::Givens;

use super::file::Graphs as Exported;
use super::{LoadOptions, Session};
use crate::checkpoint::{self, SyntheticSize};
use crate::cost::GraphCost;
use crate::engine::Counter;
use crate::error::Error;
use crate::skill::Skill;
use crate::task::Task;

/// A session whose graphs are counted.
pub(crate) struct Counting<T: Task> {
    session: Session<T>,
    counter: Counter,
}

/// What a query would have to do.
pub(crate) struct Query {
    /// The runs of graphs, in order: name, shapes of what goes in, and what the run has to do.
    pub(crate) runs: Vec<(String, Givens, GraphCost)>,
    /// Bytes of the weights in the files of all graphs.
    pub(crate) weight_bytes: u64,
}

impl<T: Task> Counting<T> {
    /// Prepares the graphs of a skill at a size, as [`Session::load`] would with these options.
    pub(crate) fn new(
        skill: Skill<T>,
        size: SyntheticSize,
        options: &LoadOptions,
    ) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(|source| Error::Write {
            path: std::env::temp_dir(),
            source: source.into(),
        })?;
        let checkpoint = checkpoint::described(skill.model, size, folder.path())?;
        let files = checkpoint::files(skill.model, size)?;
        let counter = Counter::new(skill.cell.platform);
        let exported = Exported::Outlined {
            counter: counter.clone(),
            config: files.config.to_owned(),
        };
        let engine = Box::new(counter.clone());
        let session = Session::of_checkpoint(skill, options, engine, checkpoint, &exported)?;
        Ok(Self { session, counter })
    }

    /// What turns raw input into tensors.
    pub(crate) fn processor(&self) -> &T::Processor {
        self.session.processor()
    }

    /// What a query with these items would have to do. Scores are zeros, so the first of the likeliest tokens is chosen.
    pub(crate) fn count(&self, items: &[T::Input]) -> Result<Query, Error> {
        // What came before is not of this query.
        drop(self.counter.runs());
        self.session.run_batch(items)?;
        let runs = self.counter.runs().into_iter();
        let graphs = self.session.graphs();
        let files: Vec<_> = graphs.iter().flat_map(|(_, graph)| graph.files()).collect();
        Ok(Query {
            runs: runs.map(|run| (run.graph, run.givens, run.cost)).collect(),
            weight_bytes: self.counter.weight_bytes(&files),
        })
    }
}
