//! Engines: what executes a graph, and the evidence of where it did.

pub mod browser;
mod choose;
mod counting;
mod evidence;
mod execution;
pub mod options;
pub mod ort;
mod recorder;
mod refusal;
pub mod settings;
mod share;
mod simulated;
mod weigh;

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

pub use choose::{cpu_here, instead, of_cell, of_platform};
pub(crate) use counting::Counter;
pub use evidence::Evidence;
pub use execution::Execution;
pub use options::ProviderOptions;
pub use recorder::{Kept, Recorder, Recording};
pub use settings::Settings;
pub use share::ProviderShare;
pub use simulated::Simulated;

use crate::catalog::{Placement, Platform};
use crate::error::Error;
use crate::predict::Work;
use crate::tensor::{NamedTensors, Tensor};

/// How a graph is to be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOptions {
    /// What changes how fast it runs.
    pub settings: Settings,
    /// Where the cell demands its nodes; engines that can refuse another placement do.
    pub placement: Placement,
    /// Options of the platform's execution provider.
    pub provider: ProviderOptions,
    /// Whether no other graph runs by turns with this one. In company idle threads spin within a run at most: those of one
    /// graph would otherwise keep processors from the next, which can take twice as long for it.
    pub is_alone: bool,
}

impl Default for OpenOptions {
    /// Threads as the engine likes, idle ones asleep, pages of the usual size, every node in its place, and other graphs
    /// beside it.
    fn default() -> Self {
        Self {
            settings: Settings::beside_others(),
            placement: Placement::Whole,
            provider: ProviderOptions::default(),
            is_alone: false,
        }
    }
}

/// One input or output of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlet {
    /// Its name.
    pub name: String,
    /// Element type by its ONNX name, such as `int64`.
    pub dtype: String,
    /// Size of each axis; `None` where it is free.
    pub shape: Vec<Option<usize>>,
    /// Name of each axis that is free, or was before the graph was made static; empty where it has none.
    pub axes: Vec<String>,
}

impl Outlet {
    /// The same with every axis free that has a name.
    #[must_use]
    pub fn freed(&self) -> Self {
        let named = |place: usize| self.axes.get(place).is_some_and(|axis| !axis.is_empty());
        let sizes = self.shape.iter().enumerate();
        Self {
            shape: sizes
                .map(|(place, size)| size.filter(|_| !named(place)))
                .collect(),
            ..self.clone()
        }
    }
}

/// What a graph is fed.
#[derive(Clone, Copy)]
pub enum Feed<'a> {
    /// A tensor on the host.
    Tensor(&'a Tensor),
    /// An output of an earlier run that stayed with the engine.
    Held(&'a Held),
}

/// An output that stayed with the engine, to be fed into a later run without a copy.
pub struct Held {
    value: Box<dyn Holdable>,
    memory: String,
}

/// What engines can keep.
trait Holdable: Any + Send + Sync {
    /// Size of each axis.
    fn shape(&self) -> Vec<usize>;
}

impl Holdable for Tensor {
    fn shape(&self) -> Vec<usize> {
        Tensor::shape(self).to_vec()
    }
}

impl Held {
    /// What an engine keeps, with the kind of memory it is in.
    fn new<V: Holdable>(value: V, memory: &str) -> Self {
        Self {
            value: Box::new(value),
            memory: memory.to_owned(),
        }
    }

    /// What the engine keeps, where it is this engine's.
    fn value<V: Any>(&self) -> Result<&V, Error> {
        let value: &dyn Any = self.value.as_ref();
        value
            .downcast_ref()
            .ok_or_else(|| Error::InvalidInput("a held value came from another engine".to_owned()))
    }

    /// Size of each axis.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        self.value.shape()
    }

    /// The kind of memory it is in, as ONNX Runtime names it: `Cpu`, `Cuda`, `Hip` or `WebGPU_Buf`.
    #[must_use]
    pub fn memory(&self) -> &str {
        &self.memory
    }
}

/// What a run gives: tensors on the host, and what was to stay with the engine.
#[derive(Default)]
pub struct Outputs {
    /// Tensors on the host, in the graph's order.
    pub tensors: NamedTensors,
    /// Outputs that stayed, in the graph's order.
    pub held: Vec<(String, Held)>,
    /// What each run behind them had to do; `None` for one of which that is not known.
    pub work: Vec<Option<Arc<Work>>>,
}

/// Something that opens graphs on one platform.
pub trait Engine: Send + Sync {
    /// The platform it runs on.
    fn platform(&self) -> Platform;

    /// Whether all its graphs share one device and run one after the other, so that several of one graph are of no use.
    fn takes_turns(&self) -> bool {
        false
    }

    /// Opens a graph.
    ///
    /// # Errors
    /// [`Error::Engine`] when the library refuses the graph or the provider cannot be registered, [`Error::Options`] when the
    /// provider's options are refused.
    fn open(&self, model: &Path, options: &OpenOptions) -> Result<Box<dyn Executable>, Error>;
}

/// An opened graph.
pub trait Executable: Send {
    /// What goes in.
    fn inputs(&self) -> &[Outlet];

    /// What comes out.
    fn outputs(&self) -> &[Outlet];

    /// Where its nodes were placed, as the engine itself reports it.
    fn execution(&self) -> &Execution;

    /// Runs the graph once on inputs by name. Outputs whose name `keep` holds for stay with the engine.
    ///
    /// # Errors
    /// [`Error::Engine`] when the run fails.
    fn run(
        &mut self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error>;
}
