//! Sine embeddings of the places of a map that a mask covers (Carion et al., 2020, arXiv:2005.12872), as
//! `DetrSinePositionEmbedding` of transformers has them.

use crate::build::net::Net;
use crate::error::ExportError;
use crate::graph::{Axis, Dim, Element, Value};

/// The longest wave, in places.
const TEMPERATURE: f64 = 10_000.0;
/// Keeps the quotient finite where the mask covers nothing.
const EPSILON: f64 = 1e-6;
/// The longest side of a map.
const LONGEST: u64 = 4096;

/// The mask `(batch, height, width)` in the size of a map `(batch, channels, rows, columns)`: of every place the pixel
/// that `torch.nn.functional.interpolate` takes for the nearest. Numbers, 0 or 1, in single precision.
pub(super) fn reduced_mask(
    net: &mut Net<'_, '_>,
    mask: Value,
    map: Value,
) -> Result<Value, ExportError> {
    let graph = &mut net.graph;
    let places = graph.range("constant/places", vec![LONGEST], 0..LONGEST);
    let mut mask = graph.cast(mask, Element::Float32);
    for axis in [1, 2] {
        let ratio = graph.ratio((mask, axis), (map, axis + 1))?;
        let place = graph.beginning(places, 0, (map, axis + 1))?;
        let source = graph.mul(place, ratio)?;
        let source = graph.cast(source, Element::Int32);
        mask = graph.choose(mask, axis, source)?;
    }
    Ok(mask)
}

/// Embeddings of all places as a sequence: `(batch, places, width)`, rows in the first half.
pub(super) fn sine(net: &mut Net<'_, '_>, mask: Value, width: u64) -> Result<Value, ExportError> {
    let frequencies = width / 4;
    let divisor = |index: u64| TEMPERATURE.powf(4.0 * index as f64 / width as f64) as f32;
    let divisors: Vec<f32> = (0..frequencies).map(divisor).collect();
    let divisors = net.graph.singles("constant/wave_lengths", &divisors);
    let mut halves = Vec::new();
    for axis in [1, 2] {
        let graph = &mut net.graph;
        let count = graph.cumulative_sum(mask, axis)?;
        let total = graph.total(mask, axis)?;
        let epsilon = graph.scalar_as(Element::Float32, EPSILON);
        let total = graph.add(total, epsilon)?;
        let share = graph.div(count, total)?;
        let turn = graph.scalar_as(Element::Float32, std::f64::consts::TAU);
        let angle = graph.mul(share, turn)?;
        let angle = graph.unsqueeze(angle, &[3])?;
        let angle = graph.div(angle, divisors)?;
        // Sine and cosine of a frequency stand side by side.
        let waves = [graph.sine(angle)?, graph.cosine(angle)?];
        let waves = [
            graph.unsqueeze(waves[0], &[4])?,
            graph.unsqueeze(waves[1], &[4])?,
        ];
        let pairs = graph.concat(&waves, 4, Dim::Fixed(2))?;
        let kept = [
            Axis::Keep,
            Axis::Keep,
            Axis::Keep,
            Axis::Size(2 * frequencies),
        ];
        halves.push(graph.reshape(pairs, &kept)?);
    }
    let graph = &mut net.graph;
    let places = graph.concat(&halves, 3, Dim::Fixed(4 * frequencies))?;
    let places = graph.cast(places, graph.float());
    let flat = [
        Axis::Keep,
        Axis::Rest("places"),
        Axis::Size(4 * frequencies),
    ];
    graph.reshape(places, &flat)
}
