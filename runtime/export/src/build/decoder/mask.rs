//! Which tokens a token sees: those up to itself that are no padding, within the window where there is one.

use half::f16;

use super::Inputs;
use super::sizes::Sizes;
use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Value};

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
        // Half of half precision's range: a score on top of the whole range would overflow to infinity.
        let lowest = match graph.float() {
            Element::Float16 => f64::from(f16::MIN) / 2.0,
            _ => f64::from(f32::MIN),
        };
        let (nothing, lowest) = (graph.scalar(0.0), graph.scalar(lowest));
        let tokens = graph.unsqueeze(inputs.attention_mask, &[1, 2])?;
        let tokens = graph.cast(tokens, Element::Bool);
        let padding = graph.select(tokens, nothing, lowest)?;

        let places = graph.range("mask/places", vec![sizes.positions], 0..sizes.positions);
        let keys = graph.beginning(places, 0, (inputs.attention_mask, 1))?;
        let past = (inputs.past[0].0, 2);
        let queries = graph.stretch(
            places,
            past,
            (inputs.attention_mask, 1),
            Dim::Symbol(super::SEQUENCE),
        )?;
        let queries = graph.unsqueeze(queries, &[1])?;
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
        let mut grouped = |mask| match sizes.group() {
            1 => Ok(mask),
            _ => graph.unsqueeze(mask, &[1]),
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
