//! What padding adds to attention scores.

use super::net::Net;
use crate::error::ExportError;
use crate::graph::{Element, Value};

/// What is added to attention scores for a mask `(batch, length)` that is 0 at padding: nothing for content, the most
/// negative number for padding; `(batch, 1, 1, length)`.
pub(super) fn score_bias(net: &mut Net<'_, '_>, mask: Value) -> Result<Value, ExportError> {
    let graph = &mut net.graph;
    let mask = graph.unsqueeze(mask, &[1, 2])?;
    let mask = graph.cast(mask, Element::Bool);
    let nothing = graph.scalar(0.0);
    let hidden = graph.float().lowest_score();
    let hidden = graph.scalar(hidden);
    graph.select(mask, nothing, hidden)
}
