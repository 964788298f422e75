//! The graphs of a session, by the names that hub exports use.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Graph, GraphSource};
use crate::catalog::Cell;
use crate::engine::{Engine, Execution, OpenOptions};
use crate::error::Error;

/// Least share of operations on the provider for graphs that were not exported for it: their arithmetic on shapes may stay
/// on the CPU.
const SHIPPED_FLOPS: f64 = 0.95;

/// What the placement of graphs that ran natively lacks: our exports are held to what the cell demands, a checkpoint's own
/// graphs to their share of operations.
pub(crate) fn shortfall(cell: &Cell, source: GraphSource, execution: &Execution) -> Option<String> {
    let Execution::Native(evidence) = execution else {
        return None;
    };
    let placed = match source {
        GraphSource::Own => evidence.satisfies(cell.placement),
        GraphSource::Shipped => evidence.satisfies_by_flops(SHIPPED_FLOPS),
    };
    placed.err()
}

/// The graphs of a session: one `model`, or an `encoder_model` with its decoders, and the like.
pub struct Graphs {
    set: BTreeMap<&'static str, Graph>,
    execution: Arc<Execution>,
}

impl Graphs {
    /// Why graphs of a cell that is declared simulated have not run for real after all: nodes that are elsewhere.
    pub(super) fn misplaced(&self, cell: &Cell, source: GraphSource) -> Option<String> {
        let found = shortfall(cell, source, &self.execution);
        found.filter(|_| cell.is_simulated())
    }

    /// Opens files by the stems of their names.
    pub(super) fn open(
        engine: &dyn Engine,
        files: &[(&'static str, PathBuf)],
        options: &OpenOptions,
        replicas: NonZeroUsize,
    ) -> Result<Self, Error> {
        let options = OpenOptions {
            is_alone: files.len() * replicas.get() == 1,
            ..options.clone()
        };
        let mut set = BTreeMap::new();
        for (name, file) in files {
            set.insert(*name, Graph::open(engine, file, &options, replicas)?);
        }
        Self::of(set)
    }

    /// Graphs that are open.
    pub(super) fn of(set: BTreeMap<&'static str, Graph>) -> Result<Self, Error> {
        let execution = Execution::of_all(set.values().map(Graph::execution))
            .ok_or(Error::EmptyInput("the skill has no graph"))?;
        Ok(Self {
            set,
            execution: Arc::new(execution),
        })
    }

    /// The graph of that name.
    ///
    /// # Errors
    /// [`Error::MissingGraph`] with the names there are.
    pub fn find(&self, name: &'static str) -> Result<&Graph, Error> {
        self.set.get(name).ok_or_else(|| Error::MissingGraph {
            graph: name,
            known: self.set.keys().copied().collect::<Vec<_>>().join(", "),
        })
    }

    /// Whether there is a graph of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    /// Names and graphs, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Graph)> {
        self.set.iter().map(|(name, graph)| (*name, graph))
    }

    /// Where the nodes of all graphs were placed, those for lengths that were met since the session was loaded among them.
    #[must_use]
    pub fn latest(&self) -> Arc<Execution> {
        let later: Vec<_> = self
            .set
            .values()
            .map(|graph| (graph, graph.executions()))
            .collect();
        if later.iter().all(|(_, later)| later.is_none()) {
            return Arc::clone(&self.execution);
        }
        let all = later.iter().flat_map(|(graph, later)| match later {
            Some(later) => later.as_slice(),
            None => std::slice::from_ref(graph.execution()),
        });
        Execution::of_all(all).map_or_else(|| Arc::clone(&self.execution), Arc::new)
    }

    /// Where the nodes of all graphs were placed when the session was loaded.
    #[must_use]
    pub fn execution(&self) -> &Arc<Execution> {
        &self.execution
    }
}
