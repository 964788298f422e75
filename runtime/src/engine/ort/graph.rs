//! A graph opened by ONNX Runtime.

use std::borrow::Cow;
use std::path::Path;

use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session, SessionInputValue};

use super::OrtEngine;
use super::binding::{Given, Residence};
use super::bound::Bound;
use super::environment::Loaded;
use super::huge_pages::HugePages;
use super::log::{self, Explained};
use super::provider::Provider;
use super::recorded::Recorded;
use super::value::Fed;
use super::{affinity, assignment, device, turn, value};
use crate::catalog::Platform;
use crate::engine::options::{OptionError, ProviderOptions};
use crate::engine::settings::{GraphOptimization, Settings};
use crate::engine::{Evidence, Executable, Execution, Feed, OpenOptions, Outlet, Outputs, refusal};
use crate::error::Error;

/// Asks ONNX Runtime to keep record of which provider took which node.
const RECORD_ASSIGNMENT: &str = "session.record_ep_graph_assignment_info";

/// Sends the threads of a session's pool to sleep when its last run ends.
const STOP_SPINNING: &str = "session.force_spinning_stop";

/// Gives each thread of a session's pool its CPU.
const POOL_AFFINITIES: &str = "session.intra_op_thread_affinities";

/// A session with its description; the evidence was gathered when it was opened.
pub(super) struct OrtGraph {
    /// There until the graph is dropped.
    session: Option<Session>,
    inputs: Vec<Outlet>,
    outputs: Vec<Outlet>,
    execution: Execution,
    provider: Provider,
    /// Where kept outputs stay, where that is not the host's memory.
    residence: Option<Residence>,
    /// Where all inputs and outputs stay, where runs are recorded.
    recorded: Option<Recorded>,
    /// The memory of inputs and outputs, where it is used again. Recorded runs have theirs.
    bound: Option<Bound>,
}

impl OrtGraph {
    /// Opens the model with exactly the engine's provider: one that cannot be registered is an error.
    pub(super) fn open(
        engine: &OrtEngine,
        model: &Path,
        options: &OpenOptions,
    ) -> Result<Self, Error> {
        let OrtEngine {
            loaded, provider, ..
        } = engine;
        let given = &options.provider;
        given.check(engine.platform)?;
        let mut settings = options.settings.clone();
        settings.affinity = affinity::pin(engine.platform, &settings.affinity)?;
        let device = device::chosen(engine.platform, &engine.devices, given)?;
        let _turn = turn::wait(provider.takes_turns);
        let huge = settings.has_huge_pages.then(HugePages::before);
        let opening = || format!("open {}", model.display());
        let builder =
            configure(loaded, &settings, options.is_alone).map_err(Error::engine(opening()))?;
        let mut builder = log::listen(|| register(builder, provider, given, &settings))
            .map_err(Explained::new)
            .map_err(|refusal| refused(engine.platform, given, opening(), refusal))?;
        device::made(engine.platform, given);
        let session = log::listen(|| builder.commit_from_file(model))
            .map_err(Explained::new)
            .map_err(refusal::of(opening()))?;
        affinity::pin_new(&settings.affinity)?;
        if let Some(huge) = huge {
            huge.gather();
        }
        let shares = assignment::read(&session, provider.name)?;
        let library = loaded.label().to_owned();
        let mut evidence = Evidence::new(engine.platform, provider.name, library, shares)
            .on(device)
            .with(given.differing(engine.platform))
            .set(&settings)
            .unless_elsewhere()?;
        if let Some(before) = provider.before(given) {
            evidence = evidence.after(before);
            if is_idle(&evidence, before) {
                return Err(Error::Options(OptionError::Conflict {
                    platform: engine.platform,
                    key: "tensorrt",
                    value: "on".to_owned(),
                    reason: format!("{before} took none of {} nodes", evidence.nodes()),
                }));
            }
        }
        let recorded = provider.recorded(&session, given)?;
        let residence = provider
            .residence(given)
            .map_err(Error::engine("name the memory of the device"))?;
        let is_bound = settings.has_io_binding && recorded.is_none();
        let bound = is_bound.then(|| Bound::of(&session)).transpose();
        let bound = bound.map_err(Error::engine("bind memory for inputs and outputs"))?;
        let described = |outlet| value::with_bound_axes(value::outlet(outlet), &session);
        Ok(Self {
            inputs: session.inputs().iter().map(described).collect(),
            outputs: session.outputs().iter().map(described).collect(),
            session: Some(session),
            execution: Execution::Native(evidence.weighed(model)),
            provider: *provider,
            residence,
            recorded,
            bound,
        })
    }
}

fn configure(loaded: &Loaded, settings: &Settings, is_alone: bool) -> ort::Result<SessionBuilder> {
    let mut builder = Session::builder(loaded.environment())?
        .with_optimization_level(match settings.optimization {
            GraphOptimization::Disabled => GraphOptimizationLevel::Disable,
            GraphOptimization::Basic => GraphOptimizationLevel::Level1,
            GraphOptimization::Extended => GraphOptimizationLevel::Level2,
            GraphOptimization::All => GraphOptimizationLevel::All,
        })?
        .with_intra_op_spinning(settings.is_spinning)?
        .with_memory_pattern(settings.has_arena)?
        .with_config_entry(RECORD_ASSIGNMENT, "1")?;
    if !is_alone {
        builder = builder.with_config_entry(STOP_SPINNING, "1")?;
    }
    let cpus = &settings.affinity;
    // Left to itself ONNX Runtime makes a thread for each processor, and pins it there.
    let threads = match settings.threads {
        0 => cpus.len(),
        threads => threads,
    };
    if threads == 0 {
        return Ok(builder);
    }
    let builder = builder.with_intra_threads(threads)?;
    if threads == 1 || cpus.is_empty() {
        return Ok(builder);
    }
    Ok(builder.with_config_entry(POOL_AFFINITIES, affinity::of_pool(threads, cpus))?)
}

fn register(
    builder: SessionBuilder,
    provider: &Provider,
    given: &ProviderOptions,
    settings: &Settings,
) -> ort::Result<SessionBuilder> {
    Ok(builder.with_execution_providers(provider.dispatch(&given.beside(settings), settings))?)
}

#[cfg(test)]
impl OrtGraph {
    /// Lets kept outputs stay in this memory.
    pub(super) fn reside(&mut self, residence: Residence) {
        self.residence = Some(residence);
    }
}

/// What keeps a provider from being registered: its options, where there are any.
fn refused(
    platform: Platform,
    given: &ProviderOptions,
    opening: String,
    refusal: Explained,
) -> Error {
    let texts = given.texts(platform);
    if texts.is_empty() {
        return Error::engine(opening)(refusal);
    }
    Error::Options(OptionError::Refused {
        platform,
        given: texts.join(", "),
        source: Box::new(refusal),
    })
}

/// A provider that was asked for must have taken something: it is there in vain else, and nobody would notice.
fn is_idle(evidence: &Evidence, provider: &str) -> bool {
    let mut shares = evidence.shares().iter();
    !shares.any(|share| share.provider == provider && share.nodes > 0)
}

/// Runs the session once; all outputs come to the host.
fn run(
    session: &mut Session,
    values: Vec<(Cow<'_, str>, SessionInputValue<'_>)>,
    outputs: &[Outlet],
) -> ort::Result<Given> {
    let mut given = session.run(values)?;
    let names = outputs.iter().map(|outlet| &outlet.name);
    Ok(names
        .filter_map(|name| Some((name.clone(), given.remove(name)?)))
        .collect())
}

impl OrtGraph {
    /// Runs the session on values that are made for this run.
    fn run_values(
        &mut self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Given, Error> {
        let is_kept = self.outputs.iter().any(|output| keep(&output.name));
        let residence = self.residence.as_ref().filter(|_| is_kept);
        let mut values: Vec<(Cow<'_, str>, SessionInputValue<'_>)> =
            Vec::with_capacity(feeds.len());
        for (name, feed) in feeds {
            let value = if residence.is_some() || self.recorded.is_some() {
                value::feed_bound(*feed)?
            } else {
                value::feed(*feed)?
            };
            values.push((Cow::Borrowed(name), value));
        }
        let session = self.session.as_mut().ok_or(Error::Poisoned)?;
        // What is kept waits for a turn of its own when it is dropped.
        let _turn = turn::wait(self.provider.takes_turns);
        let given = log::listen(|| match (&mut self.recorded, residence) {
            (Some(recorded), _) => recorded.run(session, &values, keep),
            (None, Some(residence)) => residence.run(session, &values, &self.outputs, keep),
            (None, None) => run(session, values, &self.outputs),
        });
        given
            .map_err(Explained::new)
            .map_err(refusal::of("run the graph"))
    }

    /// Runs the session on memory that is bound for all runs.
    fn run_bound(
        &mut self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Given, Error> {
        let fed = feeds
            .iter()
            .map(|(name, feed)| Ok((*name, Fed::of(*feed)?)));
        let fed: Vec<_> = fed.collect::<Result<_, Error>>()?;
        let session = self.session.as_mut().ok_or(Error::Poisoned)?;
        let bound = self.bound.as_mut().ok_or(Error::Poisoned)?;
        let outlets = (self.inputs.as_slice(), self.outputs.as_slice());
        let _turn = turn::wait(self.provider.takes_turns);
        bound
            .run(session, &fed, outlets, self.residence.as_ref(), keep)
            .map_err(refusal::of("run the graph"))
    }
}

impl Executable for OrtGraph {
    fn inputs(&self) -> &[Outlet] {
        &self.inputs
    }

    fn outputs(&self) -> &[Outlet] {
        &self.outputs
    }

    fn execution(&self) -> &Execution {
        &self.execution
    }

    fn run(
        &mut self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error> {
        let given = if self.bound.is_some() {
            self.run_bound(feeds, keep)
        } else {
            self.run_values(feeds, keep)
        };
        let mut outputs = Outputs::default();
        for (name, output) in given? {
            if keep(&name) {
                let held = value::hold(output, self.provider.takes_turns);
                outputs.held.push((name, held));
            } else {
                let tensor = value::copy(&name, &output)?;
                outputs.tensors.insert(name, tensor);
            }
        }
        Ok(outputs)
    }
}

impl Drop for OrtGraph {
    fn drop(&mut self) {
        // What a session holds on a device that all share is freed there, which is work like any other.
        let _turn = turn::wait(self.provider.takes_turns);
        self.recorded = None;
        self.bound = None;
        self.session = None;
    }
}
