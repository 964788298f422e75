//! A graph opened by ONNX Runtime.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session, SessionInputValue};

use super::OrtEngine;
use super::environment::Loaded;
use super::huge_pages::HugePages;
use super::provider::Provider;
use super::{assignment, value};
use crate::engine::{Evidence, Executable, Execution, Feed, OpenOptions, Outlet, Outputs};
use crate::error::Error;

/// Asks ONNX Runtime to keep record of which provider took which node.
const RECORD_ASSIGNMENT: &str = "session.record_ep_graph_assignment_info";

/// A session with its description; the evidence was gathered when it was opened.
pub(super) struct OrtGraph {
    /// There until the graph is dropped.
    session: Option<Session>,
    inputs: Vec<Outlet>,
    outputs: Vec<Outlet>,
    execution: Execution,
    provider: Provider,
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
        let _turn = turn(provider);
        let huge = options.has_huge_pages.then(HugePages::before);
        let session = configure(loaded, provider, options)
            .and_then(|mut builder| builder.commit_from_file(model))
            .map_err(Error::engine(format!("open {}", model.display())))?;
        if let Some(huge) = huge {
            huge.gather();
        }
        let shares = assignment::read(&session, provider.name)?;
        let library = loaded.label().to_owned();
        let evidence = Evidence::new(engine.platform, provider.name, library, shares);
        let described = |outlet| value::with_bound_axes(value::outlet(outlet), &session);
        Ok(Self {
            inputs: session.inputs().iter().map(described).collect(),
            outputs: session.outputs().iter().map(described).collect(),
            session: Some(session),
            execution: Execution::Native(evidence.on(engine.device.as_str())),
            provider: *provider,
        })
    }
}

/// Held by whoever works with a provider all of whose sessions share one device.
static TURN: Mutex<()> = Mutex::new(());

/// Waits for the provider's device where its sessions may not use it at the same time.
fn turn(provider: &Provider) -> Option<MutexGuard<'static, ()>> {
    provider
        .takes_turns
        .then(|| TURN.lock().unwrap_or_else(PoisonError::into_inner))
}

fn configure(
    loaded: &Loaded,
    provider: &Provider,
    options: &OpenOptions,
) -> ort::Result<SessionBuilder> {
    let builder = Session::builder(loaded.environment())?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_op_spinning(options.is_spinning)?
        .with_config_entry(RECORD_ASSIGNMENT, "1")?
        .with_execution_providers([provider.dispatch()])?;
    if options.intra_threads == 0 {
        return Ok(builder);
    }
    Ok(builder.with_intra_threads(options.intra_threads)?)
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
        let mut values: Vec<(Cow<'_, str>, SessionInputValue<'_>)> =
            Vec::with_capacity(feeds.len());
        for (name, feed) in feeds {
            values.push((Cow::Borrowed(name), value::feed(*feed)?));
        }
        let _turn = turn(&self.provider);
        let session = self.session.as_mut().ok_or(Error::Poisoned)?;
        let mut given = session
            .run(values)
            .map_err(Error::engine("run the graph"))?;
        let mut outputs = Outputs::default();
        for Outlet { name, .. } in &self.outputs {
            if keep(name) {
                let held = given.remove(name).map(value::hold);
                outputs.held.extend(held.map(|held| (name.clone(), held)));
            } else if let Some(output) = given.get(name) {
                outputs
                    .tensors
                    .insert(name.clone(), value::copy(name, output)?);
            }
        }
        Ok(outputs)
    }
}

impl Drop for OrtGraph {
    fn drop(&mut self) {
        // What a session holds on a device that all share is freed there, which is work like any other.
        let _turn = turn(&self.provider);
        self.session = None;
    }
}
