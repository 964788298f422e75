//! Which tokens a token sees: those up to itself that are no padding, within the window where there is one.

use super::sizes::Sizes;
use super::{Inputs, Memory};
use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Graph, Value};

/// What is added to attention scores, `(batch, 1, sequence, past + sequence)`, with one more axis of 1 where heads stand
/// in groups.
pub(super) struct Mask {
    everything: Value,
    nearest: Option<Value>,
}

impl Mask {
    /// Builds it of the attention mask and the length of the past.
    pub(super) fn build(
        net: &mut Net<'_, '_>,
        sizes: &Sizes,
        inputs: &Inputs,
    ) -> Result<Self, ExportError> {
        let graph = &mut net.graph;
        let lowest = graph.float().lowest_score();
        let (nothing, lowest) = (graph.scalar(0.0), graph.scalar(lowest));
        let padding = match inputs.memory {
            Memory::Growing { attention_mask, .. } | Memory::Absent { attention_mask } => {
                let tokens = graph.unsqueeze(attention_mask, &[1, 2])?;
                let tokens = graph.cast(tokens, Element::Bool);
                graph.select(tokens, nothing, lowest)?
            }
            Memory::Begun { .. } | Memory::Written { .. } => nothing,
        };
        let (keys, queries) = places(graph, sizes, inputs)?;
        let is_before = graph.at_most(keys, queries)?;
        let everything = graph.select(is_before, padding, lowest)?;
        let nearest = match sizes.window {
            None => None,
            Some((window, _)) => {
                let reach = graph.scalar_as(Element::Float32, window as f64);
                let beyond = graph.sub(queries, reach)?;
                let is_beyond = graph.at_most(keys, beyond)?;
                Some(graph.select(is_beyond, lowest, everything)?)
            }
        };
        // Groups of heads have an axis of their own.
        let mut grouped = |mask| match graph.shape(mask).len() {
            4 if sizes.group() > 1 => graph.unsqueeze(mask, &[1]),
            _ => Ok(mask),
        };
        Ok(Self {
            everything: grouped(everything)?,
            nearest: nearest.map(grouped).transpose()?,
        })
    }

    /// That of a block with or without a window.
    pub(super) fn of(&self, window: Option<u64>) -> Value {
        match (window, self.nearest) {
            (Some(_), Some(nearest)) => nearest,
            _ => self.everything,
        }
    }
}

/// Positions of the keys, `(keys)`, and of the queries, broadcast to `(batch, 1, queries, keys)`, in single precision.
fn places(
    graph: &mut Graph,
    sizes: &Sizes,
    inputs: &Inputs,
) -> Result<(Value, Value), ExportError> {
    let places =
        |graph: &mut Graph| graph.range("mask/places", vec![sizes.positions], 0..sizes.positions);
    let (keys, queries) = match &inputs.memory {
        Memory::Written { slot, .. } => return Ok((slot.places, slot.position)),
        Memory::Growing {
            attention_mask,
            past,
        } => {
            let places = places(graph);
            let all = (*attention_mask, 1);
            let sequence = Dim::Symbol(super::SEQUENCE);
            let keys = graph.beginning(places, 0, all)?;
            (keys, graph.stretch(places, (past[0].0, 2), all, sequence)?)
        }
        Memory::Absent { .. } | Memory::Begun { .. } => {
            let places = places(graph);
            let keys = graph.beginning(places, 0, (inputs.tokens, 1))?;
            (keys, keys)
        }
    };
    Ok((keys, graph.unsqueeze(queries, &[1])?))
}
