//! What is run again and again: the graphs on what they were fed before, or the whole call where a graph is fed what another
//! left with the engine.

use std::time::{Duration, Instant};

use crate::engine::Feed;
use crate::error::Error;
use crate::session::{Graph, Session, Step, Traced};
use crate::task::Task;

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

/// What is run again and again.
pub(super) struct Subject<'s, T: Task> {
    session: &'s Session<T>,
    inputs: &'s [T::Input],
    /// The runs of one query; none where it cannot be repeated without the call around it.
    prepared: Vec<Prepared<'s>>,
    steps: usize,
}

/// A run of a graph that can be repeated.
struct Prepared<'s> {
    name: &'static str,
    graph: &'s Graph,
    feeds: Vec<(&'s str, Feed<'s>)>,
}

impl<'s, T: Task> Subject<'s, T> {
    /// Prepares what a call with these inputs was seen to run.
    pub(super) fn new(
        session: &'s Session<T>,
        inputs: &'s [T::Input],
        traced: &'s [Traced],
    ) -> Result<Self, Error> {
        let mut prepared = Vec::new();
        if traced.iter().all(|run| run.is_whole) {
            for run in traced {
                let feeds = run.feeds.iter();
                prepared.push(Prepared {
                    name: run.graph,
                    graph: session.graphs().find(run.graph)?,
                    feeds: feeds
                        .map(|(name, tensor)| (name, Feed::Tensor(tensor)))
                        .collect(),
                });
            }
        }
        Ok(Self {
            session,
            inputs,
            prepared,
            steps: traced.len(),
        })
    }

    /// Whether queries are graphs alone, so that calls are to be timed apart.
    pub(super) fn is_replayed(&self) -> bool {
        !self.prepared.is_empty()
    }

    /// Runs one query.
    pub(super) fn query(&self) -> Result<Sampled, Error> {
        match self.prepared.as_slice() {
            [] => self.call(),
            [only] => {
                let start = Instant::now();
                let outputs = only.graph.step(&only.feeds, &|_| false)?;
                let latency = start.elapsed();
                drop(outputs);
                Ok(Sampled {
                    latency,
                    ..Sampled::default()
                })
            }
            several => {
                let mut steps = Vec::with_capacity(several.len());
                let start = Instant::now();
                for run in several {
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
