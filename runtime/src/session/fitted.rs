//! Runs static graphs on input of any length: what is shorter is padded and the outputs cut again, larger batches run in
//! pieces, and axes that cannot be padded have a graph for each length.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::replicas::Replicas;
use crate::engine::{Execution, Feed, Outlet, Outputs};
use crate::error::Error;
use crate::tensor::{Filling, NamedTensors, Tensor};

/// Lengths of axes by their names.
pub(super) type AxisLengths = BTreeMap<String, usize>;

/// The most graphs of different lengths that are kept open.
const MOST_OPEN: usize = 8;

/// What the names of axes begin with that a decoder shares with its encoder.
const OF_ENCODER: &str = "encoder_";

/// Opens the graph for lengths of all its axes.
type Make = Box<dyn Fn(&AxisLengths) -> Result<Replicas, Error> + Send + Sync>;

/// A static graph, for every length its open axes were given so far.
pub(super) struct Fitted {
    make: Make,
    /// Axes whose length is the same for all input.
    pub(super) bound: Bound,
    /// Lengths of the other axes where an input says nothing of them.
    usual: AxisLengths,
    made: Mutex<Vec<(AxisLengths, Arc<Replicas>)>>,
}

/// Axes whose length is the same for all input.
#[derive(Debug, Clone, Default)]
pub(super) struct Bound {
    /// Items of a run.
    pub(super) batch: AxisLengths,
    /// Tokens, of which those beyond the input's are masked.
    pub(super) tokens: AxisLengths,
    /// Axes that are as long as the input, up to a length.
    pub(super) most: AxisLengths,
}

impl Bound {
    fn length(&self, axis: &str) -> Option<usize> {
        let length = self.batch.get(axis).or_else(|| self.tokens.get(axis));
        length.copied()
    }
}

/// A graph's inputs and outputs, with the axes that callers may choose the length of.
pub(super) struct Outlets<'g> {
    pub(super) inputs: &'g [Outlet],
    pub(super) outputs: &'g [Outlet],
}

impl Fitted {
    /// A graph with some axes bound; the others are as long as `usual` until an input says otherwise.
    pub(super) fn new(make: Make, bound: Bound, usual: AxisLengths) -> Self {
        Self {
            make,
            bound,
            usual,
            made: Mutex::new(Vec::new()),
        }
    }

    /// The most items of one run.
    pub(super) fn batch(&self) -> Option<usize> {
        self.bound.batch.values().min().copied()
    }

    /// Something of each graph for all lengths so far.
    fn each<V>(&self, of: impl Fn(&Replicas) -> V) -> Vec<V> {
        // What a thread that panicked left behind is as true as before.
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.iter().map(|(_, graph)| of(graph)).collect()
    }

    /// Where the nodes of the graphs for all lengths so far were placed.
    pub(super) fn executions(&self) -> Vec<Execution> {
        self.each(|graph| graph.execution.clone())
    }

    /// The files of the graphs for all lengths so far.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.each(|graph| graph.file.clone())
    }

    /// The most tokens of one run, of those that the graph's scores are for.
    pub(super) fn tokens(&self, inputs: &[Outlet]) -> Option<usize> {
        let inputs = inputs.iter().flat_map(|input| &input.axes);
        inputs
            .filter(|axis| !axis.starts_with(OF_ENCODER))
            .find_map(|axis| self.bound.tokens.get(axis).copied())
    }

    /// The graph for inputs of these lengths.
    pub(super) fn of(&self, given: &AxisLengths) -> Result<Arc<Replicas>, Error> {
        let mut lengths = self.usual.clone();
        lengths.extend(given.clone());
        for (axis, length) in self.bound.batch.iter().chain(&self.bound.tokens) {
            lengths.insert(axis.clone(), *length);
        }
        // Held while a graph is made, so that two threads do not make the same.
        let mut made = self.made.lock().map_err(|_| Error::Poisoned)?;
        if let Some((_, graph)) = made.iter().find(|(known, _)| *known == lengths) {
            return Ok(Arc::clone(graph));
        }
        let graph = Arc::new((self.make)(&lengths)?);
        if made.len() == MOST_OPEN {
            made.remove(0);
        }
        made.push((lengths, Arc::clone(&graph)));
        Ok(graph)
    }

    /// Runs the graph once, or in pieces of a batch that is larger than the graph's.
    pub(super) fn run(
        &self,
        outlets: &Outlets<'_>,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Outputs, Error> {
        let given = measured(outlets.inputs, feeds)?;
        for (axis, &most) in &self.bound.batch {
            if given.get(axis).is_some_and(|length| *length > most) {
                return self.in_pieces(outlets, feeds, keep, (axis, most));
            }
        }
        for (axis, &length) in self.bound.tokens.iter().chain(&self.bound.most) {
            if let Some(&found) = given.get(axis).filter(|found| **found > length) {
                return Err(Error::TooLong {
                    axis: axis.clone(),
                    found,
                    length,
                });
            }
        }
        let graph = self.of(&given)?;
        let mut padded = Vec::new();
        for &(name, feed) in feeds {
            if let Feed::Tensor(tensor) = feed {
                padded.extend(self.padded(outlets.inputs, name, tensor));
            }
        }
        let fed: Vec<(&str, Feed<'_>)> = feeds
            .iter()
            .map(|&(name, feed)| {
                let longer = padded.iter().find(|(of, _)| *of == name);
                (
                    name,
                    longer.map_or(feed, |(_, tensor)| Feed::Tensor(tensor)),
                )
            })
            .collect();
        let outputs = graph.run(&fed, keep)?;
        let mut tensors = NamedTensors::new();
        for (name, tensor) in outputs.tensors.iter() {
            let cut = cut(axes_of(outlets.outputs, name), &given, tensor);
            tensors.insert(name.to_owned(), cut);
        }
        Ok(Outputs {
            tensors,
            held: outputs.held,
            work: outputs.work,
        })
    }

    /// A tensor as long as the graph takes it; `None` where it is already.
    fn padded<'n>(
        &self,
        inputs: &[Outlet],
        name: &'n str,
        tensor: &Tensor,
    ) -> Option<(&'n str, Tensor)> {
        let mut longer = None;
        for (place, axis) in axes_of(inputs, name).iter().enumerate() {
            let Some(length) = self.bound.length(axis) else {
                continue;
            };
            if tensor.shape()[place] == length {
                continue;
            }
            // Rows that nobody reads are copies, so that nothing unusual is computed in them.
            let filling = if self.bound.batch.contains_key(axis) {
                Filling::Last
            } else {
                Filling::Zeros
            };
            let so_far = longer.as_ref().unwrap_or(tensor);
            longer = Some(so_far.lengthened(place, length, filling));
        }
        Some((name, longer?))
    }

    /// Runs a batch in pieces and joins what they give; outputs without the batch's axis are those of the first piece.
    fn in_pieces(
        &self,
        outlets: &Outlets<'_>,
        feeds: &[(&str, Feed<'_>)],
        keep: &dyn Fn(&str) -> bool,
        (axis, most): (&String, usize),
    ) -> Result<Outputs, Error> {
        let whole = |reason: &str| Error::InvalidInput(format!("`{axis}`: {reason}"));
        let mut tensors = Vec::with_capacity(feeds.len());
        for (name, feed) in feeds {
            let Feed::Tensor(tensor) = feed else {
                return Err(whole("what stayed with the engine cannot run in pieces"));
            };
            tensors.push((*name, *tensor));
        }
        if outlets.outputs.iter().any(|output| keep(&output.name)) {
            return Err(whole(
                "what is to stay with the engine cannot come in pieces",
            ));
        }
        let place_in = |outlets: &[Outlet], name: &str| {
            let axes = axes_of(outlets, name);
            axes.iter().position(|known| known == axis)
        };
        let length = tensors.iter().find_map(|(name, tensor)| {
            let place = place_in(outlets.inputs, name)?;
            tensor.shape().get(place).copied()
        });
        let mut pieces = Vec::new();
        for start in (0..length.unwrap_or(0)).step_by(most) {
            let parts: Vec<_> = tensors
                .iter()
                .map(|(name, tensor)| match place_in(outlets.inputs, name) {
                    Some(place) => (*name, tensor.part(place, start..start + most)),
                    None => (*name, (*tensor).clone()),
                })
                .collect();
            let feeds: Vec<_> = parts
                .iter()
                .map(|(name, tensor)| (*name, Feed::Tensor(tensor)))
                .collect();
            pieces.push(self.run(outlets, &feeds, keep)?);
        }
        let mut joined = NamedTensors::new();
        let work = pieces.iter_mut().flat_map(|piece| piece.work.drain(..));
        let work = work.collect();
        for output in outlets.outputs {
            let name = output.name.as_str();
            let parts: Vec<_> = pieces
                .iter()
                .filter_map(|piece| piece.tensors.find(name))
                .collect();
            let tensor = match place_in(outlets.outputs, name) {
                Some(place) => Tensor::joined(&parts, place),
                None => parts.first().map(|part| (*part).clone()),
            };
            let tensor = tensor.ok_or_else(|| whole("the pieces' outputs do not fit together"))?;
            joined.insert(name.to_owned(), tensor);
        }
        Ok(Outputs {
            tensors: joined,
            held: Vec::new(),
            work,
        })
    }
}

/// The lengths that the inputs on the host say axes have.
fn measured(inputs: &[Outlet], feeds: &[(&str, Feed<'_>)]) -> Result<AxisLengths, Error> {
    let mut lengths = AxisLengths::new();
    for (name, feed) in feeds {
        let Feed::Tensor(tensor) = feed else {
            continue;
        };
        let axes = axes_of(inputs, name);
        if !axes.is_empty() && axes.len() != tensor.shape().len() {
            return Err(Error::InvalidInput(format!(
                "`{name}` has {} axes, expected {}",
                tensor.shape().len(),
                axes.len()
            )));
        }
        for (axis, &length) in axes.iter().zip(tensor.shape()) {
            if axis.is_empty() {
                continue;
            }
            let known = *lengths.entry(axis.clone()).or_insert(length);
            if known != length {
                return Err(Error::InvalidInput(format!(
                    "`{axis}` is {length} in `{name}`, and {known} in another input"
                )));
            }
        }
    }
    Ok(lengths)
}

/// An output as long as the inputs were.
fn cut(axes: &[String], given: &AxisLengths, tensor: &Tensor) -> Tensor {
    let mut shorter = None;
    for (place, axis) in axes.iter().enumerate() {
        if let Some(&length) = given.get(axis) {
            let so_far = shorter.as_ref().unwrap_or(tensor);
            if so_far.shape()[place] > length {
                shorter = Some(so_far.part(place, 0..length));
            }
        }
    }
    shorter.unwrap_or_else(|| tensor.clone())
}

fn axes_of<'o>(outlets: &'o [Outlet], name: &str) -> &'o [String] {
    let outlet = outlets.iter().find(|outlet| outlet.name == name);
    outlet.map_or(&[], |outlet| &outlet.axes)
}
