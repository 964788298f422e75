//! Stands in for a web platform that cannot run for real: outputs are computed on the CPU, times are not claimed.

use std::path::Path;

use super::{Engine, Executable, Execution, Feed, OpenOptions, Outlet, Outputs};
use crate::catalog::Platform;
use crate::error::Error;

/// How a simulated run comes about.
const METHOD: &str = "outputs computed on the CPU provider";

/// Computes a platform's outputs with another engine.
pub struct Simulated<E> {
    platform: Platform,
    inner: E,
    because: String,
}

impl<E: Engine> Simulated<E> {
    /// Simulates `platform` with the outputs of `inner`, because it does not run for real for this reason.
    #[must_use]
    pub const fn new(platform: Platform, inner: E, because: String) -> Self {
        Self {
            platform,
            inner,
            because,
        }
    }
}

impl<E: Engine> Engine for Simulated<E> {
    fn platform(&self) -> Platform {
        self.platform
    }

    fn open(&self, model: &Path, options: &OpenOptions) -> Result<Box<dyn Executable>, Error> {
        let inner = self.inner.open(model, options)?;
        let execution = Execution::Simulated {
            method: METHOD,
            because: self.because.clone(),
            computed_on: inner.execution().evidence().clone(),
        };
        Ok(Box::new(SimulatedGraph { inner, execution }))
    }
}

struct SimulatedGraph {
    inner: Box<dyn Executable>,
    execution: Execution,
}

impl Executable for SimulatedGraph {
    fn inputs(&self) -> &[Outlet] {
        self.inner.inputs()
    }

    fn outputs(&self) -> &[Outlet] {
        self.inner.outputs()
    }

    fn execution(&self) -> &Execution {
        &self.execution
    }

    fn run(
        &mut self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error> {
        self.inner.run(feeds, keep)
    }
}
