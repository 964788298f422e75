//! Gated relative position bias (Chen et al., 2022, arXiv:2110.13900, section 3.2): what every layer adds to its scores
//! for the distance between two frames, scaled by gates that it derives from the frame itself.

use super::net::{Net, numbered};
use super::relative_bias::relative_bias;
use crate::config::Config;
use crate::error::ExportError;
use crate::graph::{Axis, Value};
use crate::recipe::{GatedBias, RelativeBias};

/// The most frames that distances are known for: the scores of more would not fit into memory.
const MOST_FRAMES: u64 = 1 << 14;

/// The numbers that one gate is the sum of.
const SUMMANDS: u64 = 4;

/// The bias that all layers share: `(1, heads, frames, frames)` for a value `(batch, frames, width)`.
pub(super) fn shared(
    net: &mut Net<'_, '_>,
    recipe: &GatedBias,
    config: &Config,
    prefix: &str,
    heads: u64,
    frames: Value,
) -> Result<Value, ExportError> {
    let distances = RelativeBias {
        weight: recipe.table,
        buckets: config.size(recipe.buckets)? as u32,
        max_distance: config.size(recipe.max_distance)? as u32,
    };
    relative_bias(net, &distances, prefix, heads, MOST_FRAMES, frames)
}

/// The shared bias scaled by the gates of a layer, which reads `x`, `(batch, frames, width)`.
pub(super) fn gated(
    net: &mut Net<'_, '_>,
    recipe: &GatedBias,
    (prefix, layer): (&str, u64),
    (x, heads, width): (Value, u64, u64),
    shared: Value,
) -> Result<Value, ExportError> {
    let name = numbered(prefix, recipe.gate, layer);
    let depth = width / heads;
    let split = [Axis::Keep, Axis::Keep, Axis::Size(heads), Axis::Size(depth)];
    let x = net.graph.reshape(x, &split)?;
    let x = net.graph.transpose(x, &[0, 2, 1, 3])?;
    let first = gate(net, x, &name, depth, 0)?;
    let second = gate(net, x, &name, depth, 1)?;
    let scale = net.tensor(
        &numbered(prefix, recipe.gate_scale, layer),
        &[1, heads, 1, 1],
    );
    let graph = &mut net.graph;
    let scaled = graph.mul(second, scale)?;
    let one = graph.scalar(1.0);
    let change = graph.sub(scaled, one)?;
    let product = graph.mul(first, change)?;
    let two = graph.scalar(2.0);
    let gate = graph.add(product, two)?;
    graph.mul(gate, shared)
}

/// One of the two gates, `(batch, heads, frames, 1)`: the logistic function of a sum of four projections, whose weights
/// are summed at export time.
fn gate(
    net: &mut Net<'_, '_>,
    x: Value,
    name: &str,
    depth: u64,
    which: usize,
) -> Result<Value, ExportError> {
    let summed = |width: u64| {
        move |tensors: &[Vec<f32>]| -> Vec<f32> {
            let (width, rows) = (width as usize, SUMMANDS as usize);
            let part = &tensors[0][which * rows * width..][..rows * width];
            let column = |place| part.iter().skip(place).step_by(width).sum();
            (0..width).map(column).collect()
        }
    };
    let weight = format!("{name}.weight");
    let from = vec![(weight.clone(), vec![2 * SUMMANDS, depth])];
    let label = format!("{weight}.gate_{which}");
    let weight = net.computed(&label, vec![depth, 1], from, Box::new(summed(depth)));
    let bias = format!("{name}.bias");
    let from = vec![(bias.clone(), vec![2 * SUMMANDS])];
    let label = format!("{bias}.gate_{which}");
    let bias = net.computed(&label, vec![1], from, Box::new(summed(1)));
    let product = net.graph.matmul(x, weight)?;
    let sum = net.graph.add(product, bias)?;
    net.graph.sigmoid(sum)
}
