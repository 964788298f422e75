//! A cache of keys and values with a fixed number of places: tokens stand from the first place on, each is written where
//! its position says, and what stands behind the last is not looked at.
//!
//! Writing is a comparison and a choice, which every provider takes; none takes tensors of length 0 or writes in place.

use super::net::Net;
use crate::error::ExportError;
use crate::graph::{Dim, Element, Value};

/// Where a token is written, and where it can look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Position of the token in single precision, broadcast to `(batch, heads, 1, places)`.
    pub(super) position: Value,
    /// The places of the cache in single precision, `(places)`.
    pub(super) places: Value,
    /// Whether a place is the token's own, broadcast to `(batch, heads, places, head width)`.
    is_own: Value,
}

impl Slot {
    /// The slot of a token whose position is an integer, `(batch, 1)` or `(1)`, in a cache of so many places.
    pub(super) fn new(
        net: &mut Net<'_, '_>,
        position: Value,
        places: u64,
    ) -> Result<Self, ExportError> {
        let graph = &mut net.graph;
        // Integers are not compared on every provider.
        let position = graph.cast(position, Element::Float32);
        let position = match graph.shape(position).len() {
            2 => graph.unsqueeze(position, &[1, 2])?,
            _ => position,
        };
        let down = graph.range("cache/places_down", vec![places, 1], 0..places);
        Ok(Self {
            position,
            places: graph.range("cache/places", vec![places], 0..places),
            is_own: graph.equal(down, position)?,
        })
    }

    /// The cache `(batch, heads, places, head width)` with a token's own keys or values, `(batch, heads, 1, head width)`.
    pub(super) fn write(
        &self,
        net: &mut Net<'_, '_>,
        cache: Value,
        own: Value,
    ) -> Result<Value, ExportError> {
        net.graph.select(self.is_own, own, cache)
    }
}

/// The cache that begins with keys or values `(batch, heads, length, head width)`; zeros stand behind them.
pub(super) fn begin(net: &mut Net<'_, '_>, own: Value, places: u64) -> Result<Value, ExportError> {
    match net.graph.shape(own).get(2) {
        Some(&Dim::Fixed(length)) if length > places => Err(ExportError::Cache {
            places,
            reason: format!("a sequence of {length} tokens is longer"),
        }),
        Some(&Dim::Fixed(length)) if length == places => Ok(own),
        _ => net.graph.lengthen(own, 2, places),
    }
}

/// Fails where a model has fewer positions than a cache has places.
pub(super) fn check(places: u64, positions: u64) -> Result<(), ExportError> {
    if (1..=positions).contains(&places) {
        return Ok(());
    }
    Err(ExportError::Cache {
        places,
        reason: format!("the model has 1 to {positions} positions"),
    })
}
