//! An opened graph with its replicas.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::fitted::{AxisLengths, Fitted, Outlets};
use super::replicas::Replicas;
use crate::cost::{Givens, GraphCost, RunCost};
use crate::engine::{Engine, Execution, Feed, OpenOptions, Outlet, Outputs};
use crate::error::Error;
use crate::tensor::{NamedTensors, Tensor};

/// An opened graph. Runs from several threads use its replicas and take turns beyond their number.
pub struct Graph {
    inputs: Vec<Outlet>,
    outputs: Vec<Outlet>,
    execution: Execution,
    source: Source,
}

/// What runs.
enum Source {
    /// A file as it is.
    Opened(Replicas),
    /// A static graph that input is fitted to.
    Fitted(Fitted),
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
        let opened = Replicas::open(engine, file, options, replicas)?;
        Ok(Self {
            inputs: opened.inputs.clone(),
            outputs: opened.outputs.clone(),
            execution: opened.execution.clone(),
            source: Source::Opened(opened),
        })
    }

    /// Opens a static graph at its usual lengths. Callers see its axes as free: they may feed any length that fits.
    pub(super) fn fitted(fitted: Fitted) -> Result<Self, Error> {
        let usual = fitted.of(&AxisLengths::new())?;
        let free = |outlets: &[Outlet]| outlets.iter().map(Outlet::freed).collect();
        Ok(Self {
            inputs: free(&usual.inputs),
            outputs: free(&usual.outputs),
            execution: usual.execution.clone(),
            source: Source::Fitted(fitted),
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

    /// The ONNX files that are open: several where a static graph was made for several lengths.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        match &self.source {
            Source::Opened(opened) => vec![opened.file.clone()],
            Source::Fitted(fitted) => fitted.files(),
        }
    }

    /// Where its nodes were placed when it was opened.
    #[must_use]
    pub const fn execution(&self) -> &Execution {
        &self.execution
    }

    /// Where the nodes of all that was opened since were placed; `None` where that was all at once.
    pub(super) fn executions(&self) -> Option<Vec<Execution>> {
        match &self.source {
            Source::Opened(_) => None,
            Source::Fitted(fitted) => Some(fitted.executions()).filter(|all| all.len() > 1),
        }
    }

    /// The most items that one run takes whose outputs stay with the engine; any number where it is open.
    #[must_use]
    pub fn batch(&self) -> Option<usize> {
        match &self.source {
            Source::Opened(_) => None,
            Source::Fitted(fitted) => fitted.batch(),
        }
    }

    /// The most tokens of a run; any number where it is open.
    #[must_use]
    pub fn tokens(&self) -> Option<usize> {
        match &self.source {
            Source::Opened(_) => None,
            Source::Fitted(fitted) => fitted.tokens(&self.inputs),
        }
    }

    /// What a run on inputs of these shapes costs, from the file that is open. A static graph costs what its padded input
    /// does, once for each piece of a batch; it is made and opened if there is none for these shapes yet.
    ///
    /// # Errors
    /// Shapes that the graph does not take, or a file that cannot be read.
    pub fn cost(&self, givens: &Givens) -> Result<RunCost, Error> {
        match &self.source {
            Source::Opened(opened) => Ok(RunCost {
                graph: GraphCost::read(&opened.file, givens)?,
                runs: 1,
            }),
            Source::Fitted(fitted) => fitted.cost(&self.inputs, givens),
        }
    }

    /// Runs the graph once.
    ///
    /// # Errors
    /// A missing or unknown input, one that is too long, or a run that fails.
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
    /// A missing or unknown input, one that is too long, or a run that fails.
    pub fn step(
        &self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error> {
        self.check(feeds)?;
        let narrow = self.narrowed(feeds);
        let feeds: Vec<_> = feeds
            .iter()
            .map(|&(name, feed)| {
                let narrow = narrow.iter().find(|(of, _)| *of == name);
                (
                    name,
                    narrow.map_or(feed, |(_, tensor)| Feed::Tensor(tensor)),
                )
            })
            .collect();
        let feeds = feeds.as_slice();
        match &self.source {
            Source::Opened(opened) => opened.run(feeds, keep),
            Source::Fitted(fitted) => {
                let outlets = Outlets {
                    inputs: &self.inputs,
                    outputs: &self.outputs,
                };
                fitted.run(&outlets, feeds, keep)
            }
        }
    }

    /// The 64-bit integers for inputs that take 32 bits: ids, masks and the like, which are small.
    fn narrowed<'n>(&self, feeds: &[(&'n str, Feed<'_>)]) -> Vec<(&'n str, Tensor)> {
        let is_narrow = |name: &str| {
            let mut inputs = self.inputs.iter();
            inputs.any(|input| input.name == name && input.dtype == "int32")
        };
        let narrow = |&(name, feed): &(&'n str, Feed<'_>)| match feed {
            Feed::Tensor(Tensor::I64(wide)) if is_narrow(name) => {
                Some((name, Tensor::from(wide.mapv(|number| number as i32))))
            }
            _ => None,
        };
        feeds.iter().filter_map(narrow).collect()
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
}
