//! An opened graph with its replicas.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use crate::engine::{Engine, Executable, Execution, Feed, OpenOptions, Outlet, Outputs};
use crate::error::Error;
use crate::tensor::NamedTensors;

/// An opened graph. Runs from several threads use its replicas and take turns beyond their number.
pub struct Graph {
    replicas: Vec<Mutex<Box<dyn Executable>>>,
    next: AtomicUsize,
    inputs: Vec<Outlet>,
    outputs: Vec<Outlet>,
    execution: Execution,
}

impl Graph {
    /// Opens an ONNX file, once per replica.
    ///
    /// # Errors
    /// [`Error::Engine`] when the engine refuses the file.
    pub fn open(
        engine: &dyn Engine,
        file: &Path,
        options: &OpenOptions,
        replicas: NonZeroUsize,
    ) -> Result<Self, Error> {
        let first = engine.open(file, options)?;
        let (inputs, outputs) = (first.inputs().to_vec(), first.outputs().to_vec());
        let execution = first.execution().clone();
        let mut opened = vec![Mutex::new(first)];
        for _ in 1..replicas.get() {
            opened.push(Mutex::new(engine.open(file, options)?));
        }
        Ok(Self {
            replicas: opened,
            next: AtomicUsize::new(0),
            inputs,
            outputs,
            execution,
        })
    }

    /// What goes in.
    #[must_use]
    pub fn inputs(&self) -> &[Outlet] {
        &self.inputs
    }

    /// What comes out.
    #[must_use]
    pub fn outputs(&self) -> &[Outlet] {
        &self.outputs
    }

    /// Where its nodes were placed.
    #[must_use]
    pub const fn execution(&self) -> &Execution {
        &self.execution
    }

    /// Runs the graph once.
    ///
    /// # Errors
    /// A missing or unknown input, or a run that fails.
    pub fn forward(&self, feeds: &NamedTensors) -> Result<NamedTensors, Error> {
        let feeds: Vec<_> = feeds
            .iter()
            .map(|(name, tensor)| (name, Feed::Tensor(tensor)))
            .collect();
        Ok(self.step(&feeds, &|_| false)?.tensors)
    }

    /// Runs the graph once and leaves the outputs whose name `keep` holds for with the engine, to be fed into a later run.
    ///
    /// # Errors
    /// A missing or unknown input, or a run that fails.
    pub fn step(
        &self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error> {
        self.check(feeds)?;
        self.lock()?.run(feeds, keep)
    }

    /// Checks that exactly the graph's inputs are given.
    fn check(&self, feeds: &[(&str, Feed<'_>)]) -> Result<(), Error> {
        let is_input = |name: &str| self.inputs.iter().any(|input| input.name == name);
        if let Some((unknown, _)) = feeds.iter().find(|(name, _)| !is_input(name)) {
            let known: Vec<_> = self.inputs.iter().map(|o| o.name.as_str()).collect();
            return Err(Error::UnknownInput {
                input: (*unknown).to_owned(),
                known: known.join(", "),
            });
        }
        let is_given = |input: &&Outlet| feeds.iter().any(|(name, _)| *name == input.name);
        if let Some(missing) = self.inputs.iter().find(|input| !is_given(input)) {
            let given: Vec<_> = feeds.iter().map(|(name, _)| *name).collect();
            return Err(Error::MissingInput {
                input: missing.name.clone(),
                given: given.join(", "),
            });
        }
        Ok(())
    }

    /// A replica that is free, or the next in turn.
    fn lock(&self) -> Result<MutexGuard<'_, Box<dyn Executable>>, Error> {
        let start = self.next.fetch_add(1, Ordering::Relaxed) % self.replicas.len();
        for offset in 0..self.replicas.len() {
            match self.replicas[(start + offset) % self.replicas.len()].try_lock() {
                Ok(guard) => return Ok(guard),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Poisoned(_)) => return Err(Error::Poisoned),
            }
        }
        self.replicas[start].lock().map_err(|_| Error::Poisoned)
    }
}
