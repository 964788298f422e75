//! A graph opened several times, so that as many threads can run it at once.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use crate::engine::{Engine, Executable, Execution, Feed, OpenOptions, Outlet, Outputs};
use crate::error::Error;
use crate::predict::Work;

/// A graph opened several times. Runs from more threads take turns.
pub(super) struct Replicas {
    opened: Vec<Mutex<Box<dyn Executable>>>,
    next: AtomicUsize,
    pub(super) inputs: Vec<Outlet>,
    pub(super) outputs: Vec<Outlet>,
    pub(super) execution: Execution,
    /// What a run has to do, where its inputs' shapes say so.
    work: Option<Arc<Work>>,
    /// The file that was opened.
    pub(super) file: PathBuf,
}

impl Replicas {
    /// Opens an ONNX file, once per replica.
    pub(super) fn open(
        engine: &dyn Engine,
        file: &Path,
        options: &OpenOptions,
        replicas: NonZeroUsize,
    ) -> Result<Self, Error> {
        let first = engine.open(file, options)?;
        let (inputs, outputs) = (first.inputs().to_vec(), first.outputs().to_vec());
        let execution = first.execution().clone();
        let mut opened = vec![Mutex::new(first)];
        let replicas = if engine.takes_turns() {
            1
        } else {
            replicas.get()
        };
        for _ in 1..replicas {
            opened.push(Mutex::new(engine.open(file, options)?));
        }
        Ok(Self {
            opened,
            next: AtomicUsize::new(0),
            work: Work::of(file, &inputs).map(Arc::new),
            inputs,
            outputs,
            execution,
            file: file.to_owned(),
        })
    }

    /// Runs the graph once.
    pub(super) fn run(
        &self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error> {
        let mut outputs = self.lock()?.run(feeds, keep)?;
        outputs.work.push(self.work.clone());
        Ok(outputs)
    }

    /// A replica that is free, or the next in turn.
    fn lock(&self) -> Result<MutexGuard<'_, Box<dyn Executable>>, Error> {
        let start = self.next.fetch_add(1, Ordering::Relaxed) % self.opened.len();
        for offset in 0..self.opened.len() {
            match self.opened[(start + offset) % self.opened.len()].try_lock() {
                Ok(guard) => return Ok(guard),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Poisoned(_)) => return Err(Error::Poisoned),
            }
        }
        self.opened[start].lock().map_err(|_| Error::Poisoned)
    }
}
