//! An opened graph with its replicas.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use crate::engine::{Engine, Executable, Execution, OpenOptions, Outlet};
use crate::error::Error;
use crate::tensor::{NamedTensors, Tensor};

/// An opened graph. Runs from several threads use its replicas and take turns beyond their number.
pub struct Graph {
    replicas: Vec<Mutex<Box<dyn Executable>>>,
    next: AtomicUsize,
    inputs: Vec<Outlet>,
    outputs: Vec<Outlet>,
    execution: Arc<Execution>,
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
        let execution = Arc::new(first.execution().clone());
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
    pub fn execution(&self) -> Arc<Execution> {
        Arc::clone(&self.execution)
    }

    /// Runs the graph once.
    ///
    /// # Errors
    /// A missing or unknown input, or a run that fails.
    pub fn forward(&self, feeds: &NamedTensors) -> Result<NamedTensors, Error> {
        let inputs = self.order(feeds)?;
        self.lock()?.run(&inputs)
    }

    /// The feeds in the order of the graph's inputs.
    fn order<'f>(&'f self, feeds: &'f NamedTensors) -> Result<Vec<(&'f str, &'f Tensor)>, Error> {
        let names = |outlets: &[Outlet]| {
            outlets
                .iter()
                .map(|o| o.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        if let Some(unknown) = feeds
            .names()
            .find(|name| !self.inputs.iter().any(|input| input.name == *name))
        {
            return Err(Error::UnknownInput {
                input: unknown.to_owned(),
                known: names(&self.inputs),
            });
        }
        let find = |input: &'f Outlet| match feeds.find(&input.name) {
            Some(tensor) => Ok((input.name.as_str(), tensor)),
            None => Err(Error::MissingInput {
                input: input.name.clone(),
                given: feeds.names().collect::<Vec<_>>().join(", "),
            }),
        };
        self.inputs.iter().map(find).collect()
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
