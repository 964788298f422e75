//! Counts what the graphs of a session would have to do, without their weights: a run gives zeros of the shapes that follow from
//! its input.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use export::outline::{Axis, ElementType, Outline, Port};
use export::propagate::{Given, Givens, Operand};
use half::{bf16, f16};
use ndarray::ArrayD;

use super::{Engine, Evidence, Executable, Execution, Feed, Held, OpenOptions, Outlet, Outputs};
use crate::catalog::Platform;
use crate::cost::{self, GraphCost};
use crate::error::Error;
use crate::tensor::{NamedTensors, Tensor};

/// An engine that counts. Its graphs are outlines that it was given, under paths that no file has.
#[derive(Clone)]
pub(crate) struct Counter(Arc<Shared>);

struct Shared {
    platform: Platform,
    outlines: Mutex<BTreeMap<PathBuf, Arc<Counted>>>,
    runs: Mutex<Vec<CountedRun>>,
}

/// A graph that an engine counts.
struct Counted {
    outline: Outline,
    inputs: Vec<Outlet>,
    outputs: Vec<Outlet>,
}

/// One run of a graph that was counted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CountedRun {
    /// The graph, by the stem of its file.
    pub(crate) graph: String,
    /// The shapes of what it was fed.
    pub(crate) givens: Givens,
    /// What the run has to do.
    pub(crate) cost: GraphCost,
}

impl Counter {
    /// Counts what graphs would have to do on a platform.
    pub(crate) fn new(platform: Platform) -> Self {
        Self(Arc::new(Shared {
            platform,
            outlines: Mutex::default(),
            runs: Mutex::default(),
        }))
    }

    /// Takes a graph, whose axes have the names that those of another form of it have; gives the path that it is opened by.
    pub(crate) fn add(&self, stem: &str, outline: Outline, named: &Outline) -> PathBuf {
        let outlets = |ports: &[Port], named: &[Port]| {
            let ports = ports.iter().zip(named);
            ports.map(|(port, named)| outlet(port, named)).collect()
        };
        let counted = Counted {
            inputs: outlets(&outline.graph.inputs, &named.graph.inputs),
            outputs: outlets(&outline.graph.outputs, &named.graph.outputs),
            outline,
        };
        let mut outlines = lock(&self.0.outlines);
        let path = PathBuf::from(format!("{}/{stem}.onnx", outlines.len()));
        outlines.insert(path.clone(), Arc::new(counted));
        path
    }

    /// The runs so far, in order.
    pub(crate) fn runs(&self) -> Vec<CountedRun> {
        std::mem::take(&mut *lock(&self.0.runs))
    }

    /// Bytes of the weights that the files of these graphs would hold, each file its own.
    pub(crate) fn weight_bytes(&self, graphs: &[PathBuf]) -> u64 {
        let outlines = lock(&self.0.outlines);
        let graphs = graphs.iter().filter_map(|path| outlines.get(path));
        let stored = graphs.flat_map(|graph| graph.outline.graph.stored.values());
        stored
            .map(|stored| {
                let elements = stored.shape.iter().product::<u64>();
                (elements * stored.element.bits()).div_ceil(8)
            })
            .sum()
    }
}

/// What a thread that panicked left behind is as true as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine for Counter {
    fn platform(&self) -> Platform {
        self.0.platform
    }

    fn open(&self, model: &Path, _options: &OpenOptions) -> Result<Box<dyn Executable>, Error> {
        let counted = lock(&self.0.outlines).get(model).cloned();
        let counted = counted.ok_or(Error::EmptyInput("there is no outline of the graph"))?;
        let nowhere = Evidence::new(self.0.platform, "none", String::new(), Vec::new());
        let stem = model.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Box::new(CountedGraph {
            graph: stem.into_owned(),
            execution: Execution::Simulated {
                method: "counted from the graph without its weights",
                because: "nothing is to run".to_owned(),
                computed_on: nowhere,
            },
            counted,
            counter: self.clone(),
        }))
    }
}

struct CountedGraph {
    graph: String,
    execution: Execution,
    counted: Arc<Counted>,
    counter: Counter,
}

impl Executable for CountedGraph {
    fn inputs(&self) -> &[Outlet] {
        &self.counted.inputs
    }

    fn outputs(&self) -> &[Outlet] {
        &self.counted.outputs
    }

    fn execution(&self) -> &Execution {
        &self.execution
    }

    fn run(
        &mut self,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error> {
        let mut tensors = NamedTensors::new();
        let mut givens = Givens::new();
        for (name, feed) in feeds {
            match feed {
                Feed::Tensor(tensor) => tensors.insert((*name).to_owned(), (*tensor).clone()),
                Feed::Held(held) => {
                    let shape: Vec<u64> = held.shape().iter().map(|&size| size as u64).collect();
                    givens.insert((*name).to_owned(), Given::shape(shape));
                }
            }
        }
        givens.append(&mut cost::given(&tensors));
        let propagation = self.counted.outline.propagate(&givens)?;
        let cost = GraphCost::of_propagation(&propagation);
        let mut outputs = Outputs::default();
        for output in &propagation.outputs {
            let tensor = zeros(output)?;
            let name = output.name.to_owned();
            if keep(output.name) {
                outputs.held.push((name, Held::new(tensor, "Cpu")));
            } else {
                outputs.tensors.insert(name, tensor);
            }
        }
        lock(&self.counter.0.runs).push(CountedRun {
            graph: self.graph.clone(),
            givens,
            cost,
        });
        Ok(outputs)
    }
}

/// An output of zeros.
fn zeros(output: &Operand<'_>) -> Result<Tensor, Error> {
    let refuse = |reason: String| {
        Error::InvalidInput(format!(
            "what the graphs have to do follows from data: the shape of `{}` is not known, {reason}",
            output.name
        ))
    };
    let known = output.fact.as_ref().map_err(|unknown| {
        refuse(format!(
            "{} `{}`: {}",
            unknown.operator, unknown.culprit, unknown.reason
        ))
    })?;
    let shape: Vec<usize> = known.shape.iter().map(|&size| size as usize).collect();
    let element = known.element;
    Ok(match element {
        ElementType::FLOAT32 => Tensor::F32(ArrayD::zeros(shape)),
        ElementType::FLOAT16 => Tensor::F16(ArrayD::from_elem(shape, f16::ZERO)),
        ElementType::BFLOAT16 => Tensor::Bf16(ArrayD::from_elem(shape, bf16::ZERO)),
        ElementType::INT64 => Tensor::I64(ArrayD::zeros(shape)),
        ElementType::INT32 => Tensor::I32(ArrayD::zeros(shape)),
        ElementType::BOOL => Tensor::Bool(ArrayD::from_elem(shape, false)),
        other => return Err(refuse(format!("it holds {other}"))),
    })
}

/// An input or output as engines describe it, with the names of the axes of another.
fn outlet(port: &Port, named: &Port) -> Outlet {
    let sizes = port.axes.as_deref().unwrap_or_default();
    let axes = named.axes.as_deref().unwrap_or_default();
    let name = |axis: &Axis| match axis {
        Axis::Named(name) => name.clone(),
        Axis::Fixed(_) | Axis::Free => String::new(),
    };
    let size = |axis: &Axis| match axis {
        Axis::Fixed(size) => Some(*size as usize),
        Axis::Named(_) | Axis::Free => None,
    };
    Outlet {
        name: port.name.clone(),
        dtype: port.element.map_or("", ElementType::name).to_owned(),
        shape: sizes.iter().map(size).collect(),
        axes: axes.iter().map(name).collect(),
    }
}
