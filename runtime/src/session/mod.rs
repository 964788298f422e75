//! Sessions: live, loaded skills.

mod call;
mod counted;
mod file;
mod fitted;
mod fitted_cost;
mod graph;
mod graphs;
mod options;
mod replicas;
mod static_graphs;
mod trace;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use call::{Call, Step};
pub(crate) use counted::Counting;
pub(crate) use file::MAPPED_ABOVE;
pub use graph::Graph;
pub use graphs::Graphs;
pub(crate) use graphs::shortfall;
pub use options::{GraphSource, LoadOptions};
pub use trace::Traced;

use file::{Export, Graphs as Exported};
use static_graphs::Workshop;

use crate::checkpoint::{self, Checkpoint};
use crate::cost::{Givens, RunCost};
use crate::engine::{self, Engine, Execution, OpenOptions};
use crate::error::Error;
use crate::predict::{self, Prediction, Unpredicted, Work};
use crate::skill::Skill;
use crate::task::Task;

/// A live, loaded skill. It can be shared between threads; runs take turns unless it was loaded with replicas.
pub struct Session<T: Task> {
    skill: Skill<T>,
    checkpoint: Checkpoint,
    processor: T::Processor,
    graphs: Graphs,
    load: Duration,
}

impl<T: Task> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("skill", &self.skill)
            .field("checkpoint", &self.checkpoint.identity())
            .field("execution", self.execution())
            .finish_non_exhaustive()
    }
}

/// Output, execution and timing of one call.
#[derive(Debug, Clone)]
pub struct Run<O> {
    /// What the task gives.
    pub output: O,
    /// What really happened: established when the graphs were opened, and so shared by the runs of a session until one needs
    /// a graph of another length.
    pub execution: Arc<Execution>,
    /// How long each part took.
    pub timing: Timing,
    /// The runs of graphs, in order; none where the execution is simulated.
    pub steps: Vec<Step>,
    /// What its graphs would take, by a profile of the device they ran on or are simulated for.
    pub predicted: Result<Prediction, Unpredicted>,
    /// What each run of a graph had to do; `None` where that is not known of every one.
    pub work: Option<Vec<Arc<Work>>>,
}

/// The run of a batch, and what each run of a graph was fed.
pub type TracedRun<O> = (Run<Vec<O>>, Vec<Traced>);

/// How long a call took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The whole call, from raw input to typed output.
    pub total: Duration,
    /// The graphs alone, each run from before the call to after its outputs are on the host; `None` where the execution is
    /// simulated, for then nothing ran on the platform that could have been timed.
    pub graphs: Option<Duration>,
}

fn of_cell<T: Task>(skill: Skill<T>, options: &LoadOptions) -> Result<Box<dyn Engine>, Error> {
    let progress = options.progress.as_ref();
    engine::of_cell(skill.model, skill.cell, &options.provider, progress)
}

/// The engine first: where it is absent, nothing is fetched or made.
fn resolve<T: Task>(
    skill: Skill<T>,
    options: &LoadOptions,
    engine: impl FnOnce() -> Result<Box<dyn Engine>, Error>,
) -> Result<(Box<dyn Engine>, Checkpoint), Error> {
    options.precision_of(&skill)?;
    file::check_builder(skill.model, options)?;
    let engine = engine()?;
    let policy = checkpoint::Policy::from_env()?;
    let progress = options.progress.as_ref();
    let checkpoint = checkpoint::resolve(&options.checkpoint, skill.model, &policy, progress)?;
    Ok((engine, checkpoint))
}

/// The export that the graphs of a session are of.
fn export<T: Task>(
    skill: Skill<T>,
    options: &LoadOptions,
    checkpoint: &Checkpoint,
    processor: &T::Processor,
    exported: &Exported,
) -> Result<Export, Error> {
    let precision = options.precision_of(&skill)?;
    let form = options.form.unwrap_or(skill.cell.graph);
    Export::of::<T>(
        skill.model,
        checkpoint,
        processor,
        precision,
        form,
        exported,
    )
}

impl<T: Task> Session<T> {
    pub(crate) fn load(skill: Skill<T>, options: &LoadOptions) -> Result<Self, Error> {
        Self::load_on(skill, options, || of_cell(skill, options))
    }

    /// Makes what is made once and kept, so that loading does not: the checkpoint, and the export of its graphs. Those of
    /// one length each are exported when they are opened.
    pub(crate) fn make_ready(skill: Skill<T>, options: &LoadOptions) -> Result<(), Error> {
        let (_, checkpoint) = resolve(skill, options, || of_cell(skill, options))?;
        let form = options.form.unwrap_or(skill.cell.graph);
        if options.graph == GraphSource::Own && form.lengths.is_none() {
            let processor = T::processor(skill.model, &checkpoint)?;
            let export = export(skill, options, &checkpoint, &processor, &Exported::Written)?;
            export.files::<T>(options.progress.as_ref())?;
        }
        Ok(())
    }

    /// Loads a skill on an engine that need not be that of its cell; the graphs have the cell's form.
    pub(crate) fn load_on(
        skill: Skill<T>,
        options: &LoadOptions,
        engine: impl FnOnce() -> Result<Box<dyn Engine>, Error>,
    ) -> Result<Self, Error> {
        let start = Instant::now();
        let (engine, checkpoint) = resolve(skill, options, engine)?;
        let session = Self::of_checkpoint(skill, options, engine, checkpoint, &Exported::Written)?;
        Ok(Self {
            load: start.elapsed(),
            ..session
        })
    }

    /// Opens the graphs of a checkpoint on an engine.
    fn of_checkpoint(
        skill: Skill<T>,
        options: &LoadOptions,
        engine: Box<dyn Engine>,
        checkpoint: Checkpoint,
        exported: &Exported,
    ) -> Result<Self, Error> {
        let start = Instant::now();
        let progress = options.progress.as_ref();
        let processor = T::processor(skill.model, &checkpoint)?;
        let open = OpenOptions {
            settings: options.settings.clone(),
            placement: skill.cell.placement,
            provider: options.provider.clone(),
            is_alone: false,
        };
        let form = options.form.unwrap_or(skill.cell.graph);
        let export = || export(skill, options, &checkpoint, &processor, exported);
        let opened = |engine: Box<dyn Engine>| match (options.graph, form.lengths) {
            (GraphSource::Shipped, _) => {
                let files = file::shipped::<T>(&checkpoint)?;
                Graphs::open(engine.as_ref(), &files, &open, options.replicas)
            }
            (GraphSource::Own, None) => {
                let files = export()?.files::<T>(progress)?;
                Graphs::open(engine.as_ref(), &files, &open, options.replicas)
            }
            (GraphSource::Own, Some(lengths)) => {
                let workshop = Workshop {
                    engine: engine.into(),
                    export: export()?,
                    open: open.clone(),
                    load: options.clone(),
                };
                Graphs::of(
                    static_graphs::open::<T>(workshop, lengths)?
                        .into_iter()
                        .collect(),
                )
            }
        };
        // Whoever gives options means this platform: nothing stands in for it.
        let is_specific = !options.provider.differing(skill.cell.platform).is_empty();
        let graphs = match opened(engine) {
            Ok(graphs) => match graphs.misplaced(skill.cell, options.graph) {
                None => graphs,
                Some(because) => opened(engine::instead(skill.cell, because, progress)?)?,
            },
            Err(refusal) if skill.cell.is_simulated() && refusal.is_refusal() && !is_specific => {
                opened(engine::instead(skill.cell, refusal.chain(), progress)?)?
            }
            Err(failed) => return Err(failed),
        };
        Ok(Self {
            skill,
            checkpoint,
            processor,
            graphs,
            load: start.elapsed(),
        })
    }

    /// Runs the task on one input.
    ///
    /// # Errors
    /// Input that the task refuses, or a run that fails.
    pub fn run(&self, input: impl Into<T::Input>) -> Result<Run<T::Output>, Error> {
        let run = self.run_batch(&[input.into()])?;
        let output = run
            .output
            .into_iter()
            .next()
            .ok_or(Error::EmptyInput("the task gave no output"))?;
        Ok(Run {
            output,
            execution: run.execution,
            timing: run.timing,
            steps: run.steps,
            predicted: run.predicted,
            work: run.work,
        })
    }

    /// Runs the task on several inputs at once; outputs come in the order of the inputs.
    ///
    /// # Errors
    /// An empty batch, input that the task refuses, or a run that fails.
    pub fn run_batch(&self, inputs: &[T::Input]) -> Result<Run<Vec<T::Output>>, Error> {
        self.call(Call::new(&self.processor, &self.graphs), inputs)
            .map(|(run, _)| run)
    }

    /// The same, and what each run of a graph was fed.
    ///
    /// # Errors
    /// Those of [`Self::run_batch`].
    pub fn trace(&self, inputs: &[T::Input]) -> Result<TracedRun<T::Output>, Error> {
        self.call(Call::new(&self.processor, &self.graphs).traced(), inputs)
    }

    fn call(&self, call: Call<'_, T>, inputs: &[T::Input]) -> Result<TracedRun<T::Output>, Error> {
        if inputs.is_empty() {
            return Err(Error::EmptyInput("the batch holds no item"));
        }
        let output = T::run(&call, inputs)?;
        let done = call.finish();
        let execution = self.graphs.latest();
        let is_native = execution.is_native();
        let timing = Timing {
            total: done.total,
            graphs: is_native.then(|| done.steps.iter().map(|step| step.took).sum()),
        };
        let run = Run {
            output,
            predicted: predict::predict(self.skill.cell, &execution, done.work.as_deref()),
            execution,
            timing,
            steps: if is_native { done.steps } else { Vec::new() },
            work: done.work,
        };
        Ok((run, done.traced))
    }

    /// The skill that was loaded.
    #[must_use]
    pub const fn skill(&self) -> &Skill<T> {
        &self.skill
    }

    /// The checkpoint it was loaded from.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// What turns raw input into tensors.
    #[must_use]
    pub const fn processor(&self) -> &T::Processor {
        &self.processor
    }

    /// The opened graphs, for callers that bring their own tensors.
    #[must_use]
    pub const fn graphs(&self) -> &Graphs {
        &self.graphs
    }

    /// What a run of one of its graphs costs on inputs of these shapes.
    ///
    /// # Errors
    /// A graph that there is none of, or those of [`Graph::cost`].
    pub fn cost(&self, graph: &'static str, givens: &Givens) -> Result<RunCost, Error> {
        self.graphs.find(graph)?.cost(givens)
    }

    /// Where the graphs' nodes were placed.
    #[must_use]
    pub fn execution(&self) -> &Execution {
        self.graphs.execution()
    }

    /// From the call to the session, export and opening included.
    #[must_use]
    pub const fn load_time(&self) -> Duration {
        self.load
    }
}
