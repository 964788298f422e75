//! What is run again and again: the graphs on what they were fed before, or the whole call where a graph is fed what another
//! left with the engine.

use std::time::{Duration, Instant};

use crate::engine::Feed;
use crate::error::Error;
use crate::session::{Graph, Session, Step, Traced};
use crate::task::Task;
use crate::tensor::NamedTensors;

/// One query.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sampled {
    /// From before the first graph to after the outputs of the last are on the host.
    pub(super) latency: Duration,
    /// The whole call, where there was one.
    pub(super) call: Option<Duration>,
    /// The runs of graphs, where there are several.
    pub(super) steps: Vec<Step>,
}

/// Runs of graphs that can be repeated, as a query has them.
pub(super) struct Repeat<'s>(Vec<Prepared<'s>>);

struct Prepared<'s> {
    name: &'static str,
    graph: &'s Graph,
    feeds: Vec<(&'s str, Feed<'s>)>,
}

impl<'s> Repeat<'s> {
    /// One run of a graph.
    pub(super) fn of(name: &'static str, graph: &'s Graph, feeds: &'s NamedTensors) -> Self {
        Self(vec![Prepared::new(name, graph, feeds)])
    }

    /// Runs them once.
    pub(super) fn query(&self) -> Result<Sampled, Error> {
        if let [only] = self.0.as_slice() {
            let start = Instant::now();
            let outputs = only.graph.step(&only.feeds, &|_| false)?;
            let latency = start.elapsed();
            drop(outputs);
            return Ok(Sampled {
                latency,
                ..Sampled::default()
            });
        }
        let mut steps = Vec::with_capacity(self.0.len());
        let start = Instant::now();
        for run in &self.0 {
            let begin = Instant::now();
            let outputs = run.graph.step(&run.feeds, &|_| false)?;
            let took = begin.elapsed();
            drop(outputs);
            steps.push(Step {
                graph: run.name,
                began: begin - start,
                took,
            });
        }
        Ok(Sampled {
            latency: steps.iter().map(|step| step.took).sum(),
            call: None,
            steps,
        })
    }
}

impl<'s> Prepared<'s> {
    fn new(name: &'static str, graph: &'s Graph, feeds: &'s NamedTensors) -> Self {
        let feeds = feeds.iter();
        Self {
            name,
            graph,
            feeds: feeds
                .map(|(name, tensor)| (name, Feed::Tensor(tensor)))
                .collect(),
        }
    }
}

/// What is run again and again.
pub(super) struct Subject<'s, T: Task> {
    session: &'s Session<T>,
    inputs: &'s [T::Input],
    /// Where a query can be repeated without the call around it.
    repeat: Option<Repeat<'s>>,
    steps: usize,
}

impl<'s, T: Task> Subject<'s, T> {
    /// Prepares what a call with these inputs was seen to run.
    pub(super) fn new(
        session: &'s Session<T>,
        inputs: &'s [T::Input],
        traced: &'s [Traced],
    ) -> Result<Self, Error> {
        let prepared = traced.iter().map(|run| {
            let graph = session.graphs().find(run.graph)?;
            Ok(Prepared::new(run.graph, graph, &run.feeds))
        });
        let is_whole = traced.iter().all(|run| run.is_whole);
        Ok(Self {
            session,
            inputs,
            repeat: is_whole
                .then(|| prepared.collect::<Result<_, Error>>().map(Repeat))
                .transpose()?,
            steps: traced.len(),
        })
    }

    /// Whether queries are graphs alone, so that calls are to be timed apart.
    pub(super) fn is_replayed(&self) -> bool {
        self.repeat.is_some()
    }

    /// Runs one query.
    pub(super) fn query(&self) -> Result<Sampled, Error> {
        self.repeat
            .as_ref()
            .map_or_else(|| self.call(), Repeat::query)
    }

    /// Runs one query with everything around it.
    pub(super) fn call(&self) -> Result<Sampled, Error> {
        let run = self.session.run_batch(self.inputs)?;
        let latency = span(&run.steps);
        if run.steps.len() != self.steps {
            return Err(Error::InvalidInput(format!(
                "queries differ: one ran {} graphs, another {}",
                self.steps,
                run.steps.len()
            )));
        }
        Ok(Sampled {
            latency,
            call: Some(run.timing.total),
            steps: if run.steps.len() > 1 {
                run.steps
            } else {
                Vec::new()
            },
        })
    }
}

/// From before the first run to after the last.
pub(super) fn span(steps: &[Step]) -> Duration {
    match (steps.first(), steps.last()) {
        (Some(first), Some(last)) => last.ended().saturating_sub(first.began),
        _ => Duration::ZERO,
    }
}
