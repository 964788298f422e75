//! Noise as an input of the graph.
//!
//! What is drawn while a graph runs cannot be repeated, compared or placed on every provider. The caller draws it,
//! multiplies it with the scales of config.json and feeds it. How many frames there will be follows from the durations, so
//! the caller cannot know how much is needed: beyond its end the last of it is repeated. Zeros, one of them, leave all
//! chance out.

use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Value};

/// An input with noise for a channel and a place, `(batch, channels, any length)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    noise: Value,
    /// The numbers of all places there may be.
    pub(super) places: Value,
}

impl Noise {
    /// The input of that name.
    pub(super) fn input(
        net: &mut Net<'_, '_>,
        name: &str,
        channels: u64,
        length: &'static str,
        longest: u64,
    ) -> Self {
        let batch = Dim::Symbol(super::BATCH);
        let shape = vec![batch, Dim::Fixed(channels), Dim::Symbol(length)];
        let noise = net.graph.input(name, Element::Float32, shape);
        let label = format!("constant/places/{longest}");
        Self {
            noise,
            places: net.graph.range(&label, vec![longest], 0..longest),
        }
    }

    /// The noise of these places, a vector in single precision: `(batch, channels, places)`.
    pub(super) fn at(&self, net: &mut Net<'_, '_>, places: Value) -> Result<Value, ExportError> {
        let float = net.graph.float();
        let graph = &mut net.graph;
        let length = graph.length_of(self.noise, 2)?;
        let length = graph.cast(length, Element::Float32);
        let one = graph.scalar_as(Element::Float32, 1.0);
        let last = graph.sub(length, one)?;
        let places = graph.lesser(places, last)?;
        let places = graph.cast(places, Element::Int32);
        let noise = graph.choose(self.noise, 2, places)?;
        Ok(graph.cast(noise, float))
    }
}
