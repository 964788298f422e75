//! Relative position bias in T5's bidirectional buckets (Raffel et al., 2020, arXiv:1910.10683),
//! shared by all layers.

use super::net::Net;
use crate::error::ExportError;
use crate::graph::{Element, Value};
use crate::recipe::RelativeBias;

/// What is added to the scores: `(1, heads, sequence, sequence)`, for sequences of up to `longest`
/// tokens.
///
/// A bias per distance is computed at export time; the graph looks up the distance of every pair of
/// tokens. Distances are floating-point numbers until then: integers cut to the sequence's length
/// land on the CPU under WebGPU.
pub(super) fn relative_bias(
    net: &mut Net<'_, '_>,
    recipe: &RelativeBias,
    prefix: &str,
    heads: u64,
    longest: u64,
    ids: Value,
) -> Result<Value, ExportError> {
    let RelativeBias {
        weight,
        buckets,
        max_distance,
    } = *recipe;
    let name = format!("{prefix}{weight}");
    let compute = move |tensors: &[Vec<f32>]| {
        let rows = rows(&tensors[0], heads as usize);
        let row = |distance| rows[bucket(distance, buckets, max_distance) as usize].to_vec();
        distances(longest).flat_map(row).collect()
    };
    let label = format!("{name}.by_distance");
    let from = vec![(name, vec![buckets.into(), heads])];
    let table = net.computed(
        &label,
        vec![2 * longest - 1, heads],
        from,
        Box::new(compute),
    );

    let graph = &mut net.graph;
    let last = longest - 1;
    let keys = graph.range(
        "constant/key_positions",
        vec![1, longest],
        last..last + longest,
    );
    let queries = graph.range("constant/query_positions", vec![longest, 1], 0..longest);
    let keys = graph.beginning(keys, 1, (ids, 1))?;
    let queries = graph.beginning(queries, 0, (ids, 1))?;
    let distance = graph.sub(keys, queries)?;
    let distance = graph.cast(distance, Element::Int32);
    let bias = graph.gather(table, distance)?;
    let bias = graph.transpose(bias, &[2, 0, 1])?;
    graph.unsqueeze(bias, &[0])
}

/// All distances from a query to a key, ascending.
fn distances(longest: u64) -> impl Iterator<Item = i64> {
    let last = longest as i64 - 1;
    -last..=last
}

fn rows(table: &[f32], width: usize) -> Vec<&[f32]> {
    table.chunks_exact(width).collect()
}

/// The bucket of a distance (key minus query): exact for near ones, logarithmic up to
/// `max_distance`, the upper half of the buckets for keys after the query. In single precision, as
/// the reference computes it.
pub(super) fn bucket(distance: i64, buckets: u32, max_distance: u32) -> u32 {
    let half = buckets / 2;
    let side = if distance > 0 { half } else { 0 };
    side + past_bucket(distance.unsigned_abs(), half, max_distance)
}

/// The bucket of how far a key stands before the query, where keys after it are not seen.
pub(super) fn past_bucket(far: u64, buckets: u32, max_distance: u32) -> u32 {
    let exact = buckets / 2;
    if far < u64::from(exact) {
        return far as u32;
    }
    let ratio = (far as f32 / exact as f32).ln();
    let scale = (f64::from(max_distance) / f64::from(exact)).ln() as f32;
    let step = (ratio / scale * (buckets - exact) as f32) as u32;
    exact.saturating_add(step).min(buckets.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn distances_fall_into_t5s_buckets() {
        let check = |distance: i64, expected: u32| {
            assert_eq!(bucket(distance, 32, 128), expected, "{distance}");
        };
        // Values of T5's own `_relative_position_bucket`.
        check(0, 0);
        check(-1, 1);
        check(1, 17);
        check(-7, 7);
        check(-8, 8);
        check(8, 24);
        check(-11, 8);
        check(-12, 9);
        check(-16, 10);
        check(16, 26);
        check(-64, 14);
        check(-127, 15);
        check(-128, 15);
        check(511, 31);
        check(-511, 15);
    }

    #[test]
    fn few_buckets_stay_within_the_table() {
        for buckets in 2..8 {
            for distance in -300..=300 {
                assert!(
                    bucket(distance, buckets, 4) < buckets,
                    "{buckets} {distance}"
                );
            }
        }
    }
}
