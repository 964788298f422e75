//! Attention of one sequence to another, from projections that the caller made.

use super::net::Net;
use crate::error::ExportError;
use crate::graph::{Axis, Value};

/// What the queries find, `(batch, queries, width)`, in `heads` heads. Queries are `(batch or 1,
/// queries, width)`, keys and values `(batch, keys, width)`.
pub(super) fn attend(
    net: &mut Net<'_, '_>,
    parts: [Value; 3],
    width: u64,
    heads: u64,
) -> Result<Value, ExportError> {
    attend_with(net, parts, width, heads, None)
}

/// The same where something is added to the scores, `(batch, heads, queries, keys)` or what can be stretched to it.
pub(super) fn attend_with(
    net: &mut Net<'_, '_>,
    [queries, keys, values]: [Value; 3],
    width: u64,
    heads: u64,
    bias: Option<Value>,
) -> Result<Value, ExportError> {
    let graph = &mut net.graph;
    let each = width / heads;
    let split = [Axis::Keep, Axis::Keep, Axis::Size(heads), Axis::Size(each)];
    let mut turned = |x, order: &[usize]| {
        let heads = graph.reshape(x, &split)?;
        graph.transpose(heads, order)
    };
    let queries = turned(queries, &[0, 2, 1, 3])?;
    let keys = turned(keys, &[0, 2, 3, 1])?;
    let values = turned(values, &[0, 2, 1, 3])?;
    let scores = graph.matmul(queries, keys)?;
    let root = graph.scalar((each as f64).sqrt());
    let scores = graph.div(scores, root)?;
    let scores = match bias {
        Some(bias) => graph.add(scores, bias)?,
        None => scores,
    };
    let shares = graph.softmax(scores)?;
    let context = graph.matmul(shares, values)?;
    let context = graph.transpose(context, &[0, 2, 1, 3])?;
    graph.reshape(context, &[Axis::Keep, Axis::Keep, Axis::Size(width)])
}
