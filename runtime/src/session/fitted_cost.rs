//! What runs of static graphs cost: what their padded input does.

use std::collections::BTreeSet;

use export::outline::Outline;

use super::fitted::{AxisLengths, Fitted};
use crate::cost::{Givens, GraphCost, RunCost};
use crate::engine::Outlet;
use crate::error::Error;

impl Fitted {
    /// What a run on inputs of these shapes costs, once for each piece of the batch.
    pub(super) fn cost(&self, inputs: &[Outlet], givens: &Givens) -> Result<RunCost, Error> {
        let lengths = lengths(inputs, givens)?;
        let mut runs = 1;
        for (axis, &most) in &self.bound.batch {
            if let Some(&length) = lengths.get(axis) {
                runs = runs.max(length.div_ceil(most));
            }
        }
        for (axis, &length) in self.bound.tokens.iter().chain(&self.bound.most) {
            if let Some(&found) = lengths.get(axis).filter(|found| **found > length) {
                return Err(Error::TooLong {
                    axis: axis.clone(),
                    found,
                    length,
                });
            }
        }
        let graph = self.of(&lengths)?;
        let outline = Outline::read(&graph.file)?;
        // Every axis is bound to a number in its file.
        let shapes = outline.shaped(|_| None)?;
        Ok(RunCost {
            graph: GraphCost::of(&outline, &shapes)?,
            runs: runs as u64,
        })
    }
}

/// The lengths of the axes that callers may choose.
fn lengths(inputs: &[Outlet], givens: &Givens) -> Result<AxisLengths, Error> {
    let known: BTreeSet<_> = inputs.iter().map(|input| input.name.as_str()).collect();
    if let Some(unknown) = givens.keys().find(|name| !known.contains(name.as_str())) {
        return Err(Error::UnknownInput {
            input: unknown.clone(),
            known: known.into_iter().collect::<Vec<_>>().join(", "),
        });
    }
    let mut lengths = AxisLengths::new();
    for input in inputs {
        let Some(given) = givens.get(&input.name) else {
            return Err(Error::MissingInput {
                input: input.name.clone(),
                given: givens.keys().cloned().collect::<Vec<_>>().join(", "),
            });
        };
        if given.shape.len() != input.shape.len() {
            return Err(Error::InvalidInput(format!(
                "`{}` has {} axes, expected {}",
                input.name,
                given.shape.len(),
                input.shape.len()
            )));
        }
        for (axis, &length) in input.axes.iter().zip(&given.shape) {
            let length = length as usize;
            if axis.is_empty() {
                continue;
            }
            let known = *lengths.entry(axis.clone()).or_insert(length);
            if known != length {
                return Err(Error::InvalidInput(format!(
                    "`{axis}` is {length} in `{}`, and {known} in another input",
                    input.name
                )));
            }
        }
    }
    Ok(lengths)
}
