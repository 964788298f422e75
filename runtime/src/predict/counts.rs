//! What of a query is charged for: its work by kinds that cost alike, in units of the roof of the machine.

use serde::{Deserialize, Serialize};

use crate::bench::{GraphRuns, NodeGroup, held};
use crate::session::MAPPED_ABOVE;

/// What a query's time is charged for, by name. All but the nodes count in milliseconds that the machine would take at its roof,
/// so what is learnt is how far it stays below.
pub const TIMES: [&str; 5] = [
    "nodes",
    "products_computing",
    "products_streaming",
    "convolutions",
    "others_streaming",
];

/// What one would guess that each costs, in milliseconds: a node a few microseconds, and arithmetic and memory at three quarters of
/// the roof.
pub(super) const USUAL_TIMES: [f64; TIMES.len()] = [0.005, 1.3, 1.3, 1.3, 1.3];

/// What a process's memory is charged for, by name; all but the process count in bytes.
pub const MEMORIES: [&str; 5] = [
    "process_mib",
    "weights",
    "mapped_weights",
    "transposed_weights",
    "activations",
];

/// What one would guess that each costs, in bytes: some pages of code, weights and what is made of them for products, weights that
/// are mapped, a copy of what is transposed when loading, and what values hold at once.
pub(super) const USUAL_MEMORIES: [f64; MEMORIES.len()] = [50.0, 2.0, 1.0, 1.0, 1.0];

/// What a machine reaches at most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Roof {
    /// 10⁹ floating-point operations a second.
    pub gflops: f64,
    /// 10⁹ bytes a second.
    pub gbps: f64,
}

impl Roof {
    /// Milliseconds of the products of one node.
    fn computing(self, node: &NodeGroup) -> f64 {
        2.0 * node.macs as f64 / (self.gflops * 1e6)
    }

    /// Milliseconds in which what one node reads and writes moves.
    fn streaming(self, node: &NodeGroup) -> f64 {
        bytes(node) / (self.gbps * 1e6)
    }
}

fn bytes(node: &NodeGroup) -> f64 {
    (node.read_bytes + node.written_bytes) as f64
}

/// What the time of a query is charged for; see [`TIMES`]. A product waits for the slower of its arithmetic and its memory
/// (Williams, Waterman and Patterson, 2009, doi:10.1145/1498765.1498785). Transposed weights count for nothing: engines
/// transpose them once, when they load.
pub(super) fn of_time(graphs: &[GraphRuns], roof: Roof) -> [f64; TIMES.len()] {
    let mut counts = [0.0; TIMES.len()];
    for graph in graphs {
        for node in &graph.nodes {
            if is_transposed_weight(node, &graph.nodes) {
                continue;
            }
            let times = f64::from(graph.runs) * f64::from(node.nodes);
            let (computing, streaming) = (roof.computing(node), roof.streaming(node));
            counts[0] += times;
            match node.operator.as_str() {
                "Conv" | "ConvTranspose" => counts[3] += times * computing.max(streaming),
                _ if node.macs == 0 => counts[4] += times * streaming,
                _ if computing > streaming => counts[1] += times * computing,
                _ => counts[2] += times * streaming,
            }
        }
    }
    counts
}

/// What a process's memory is charged for; see [`MEMORIES`]. `None` where it is not known of a graph what it holds. Of weights
/// those count that runs read: pages of a mapped file that nobody reads are no memory.
pub(super) fn of_memory(graphs: &[GraphRuns], weight_bytes: u64) -> Option<[f64; MEMORIES.len()]> {
    let held = held(graphs)?;
    let weights = held.weights as f64;
    let is_mapped = weight_bytes > MAPPED_ABOVE;
    let mut transposed = 0.0_f64;
    for graph in graphs {
        for node in &graph.nodes {
            if is_transposed_weight(node, &graph.nodes) {
                transposed = transposed.max(node.written_bytes as f64);
            }
        }
    }
    Some([
        f64::from(1 << 20),
        if is_mapped { 0.0 } else { weights },
        if is_mapped { weights } else { 0.0 },
        transposed,
        held.values as f64,
    ])
}

/// Whether nodes transpose a weight that a product reads: then what else the product reads, what it writes and the weight
/// are `m k`, `m n` and `k n` elements, and its products `m k n`. A transposed activation that is larger than the weight it
/// meets looks the same.
fn is_transposed_weight(node: &NodeGroup, all: &[NodeGroup]) -> bool {
    if node.operator != "Transpose" {
        return false;
    }
    let weight = node.written_bytes as f64;
    let reads_it = |product: &&NodeGroup| {
        let other = product.read_bytes as f64 - weight;
        if product.macs == 0 || other <= 0.0 || other > weight {
            return false;
        }
        let squared = (product.macs as f64).powi(2);
        // Elements have four bytes, or two.
        [4.0_f64, 2.0].into_iter().any(|element| {
            let elements = other * weight * product.written_bytes as f64 / element.powi(3);
            (elements / squared - 1.0).abs() < 1e-9
        })
    };
    all.iter().any(|product| reads_it(&product))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const ROOF: Roof = Roof {
        gflops: 100.0,
        gbps: 10.0,
    };

    fn node(operator: &str, nodes: u32, macs: u64, read: u64, written: u64) -> NodeGroup {
        NodeGroup {
            operator: operator.to_owned(),
            nodes,
            macs,
            other_operations: 0,
            read_bytes: read,
            written_bytes: written,
        }
    }

    fn runs(runs: u32, nodes: Vec<NodeGroup>) -> GraphRuns {
        GraphRuns {
            graph: "model".to_owned(),
            inputs: BTreeMap::new(),
            runs,
            nodes,
            peak_activation_bytes: None,
            read_weight_bytes: None,
        }
    }

    /// An unbatched product of `m × k` and `k × n` floats.
    fn product(m: u64, k: u64, n: u64) -> NodeGroup {
        node("MatMul", 1, m * k * n, 4 * (m * k + k * n), 4 * m * n)
    }

    fn near<const N: usize>(found: [f64; N], expected: [f64; N]) {
        for (one, other) in found.iter().zip(expected) {
            assert!((one - other).abs() < 1e-9, "{found:?}, not {expected:?}");
        }
    }

    #[test]
    fn kinds_are_counted_at_the_roof() {
        let counts = of_time(
            &[
                // A millisecond of arithmetic; half of one of memory; twice, three times.
                runs(3, vec![node("MatMul", 2, 50_000_000, 2_000_000, 3_000_000)]),
                runs(
                    1,
                    vec![
                        node("Conv", 1, 50_000_000, 10, 10),
                        node("MatMul", 1, 100, 10_000_000, 0),
                        node("Add", 4, 0, 10_000_000, 10_000_000),
                    ],
                ),
            ],
            ROOF,
        );
        near(counts, [12.0, 6.0, 1.0, 1.0, 8.0]);
    }

    #[test]
    fn transposed_weights_cost_nothing_and_transposed_states_do() {
        let (k, n) = (512, 32_000);
        let weight = node("Transpose", 1, 0, 4 * k * n, 4 * k * n);
        let states = node("Transpose", 1, 0, 4 * 7 * 900, 4 * 7 * 900);
        let counts = of_time(
            &[runs(1, vec![product(1, k, n), weight.clone(), states])],
            ROOF,
        );
        near([counts[0]], [2.0]);
        assert!((counts[4] - 8.0 * 6300.0 / 1e7).abs() < 1e-9, "{counts:?}");
        // No product reads as much.
        let counts = of_time(&[runs(1, vec![product(1, k, n + 1), weight])], ROOF);
        near([counts[0]], [2.0]);
    }

    #[test]
    fn memory_is_that_of_the_process_its_weights_and_what_values_hold() {
        let transposed = node("Transpose", 1, 0, 4 * 64 * 900, 4 * 64 * 900);
        let nodes = vec![node("Add", 9, 0, 70, 30), product(1, 64, 900), transposed];
        let holding = |graph: &str, bytes| GraphRuns {
            graph: graph.to_owned(),
            peak_activation_bytes: bytes,
            read_weight_bytes: Some(250),
            ..runs(2, nodes.clone())
        };
        // The higher of two lengths of one graph, and another graph.
        let graphs = [("model", 700), ("model", 900), ("other", 50)];
        let graphs = graphs.map(|(graph, bytes)| holding(graph, Some(bytes)));
        let mib = f64::from(1 << 20);
        let copied = 4.0 * 64.0 * 900.0;
        near(
            of_memory(&graphs, 500).unwrap(),
            [mib, 500.0, 0.0, copied, 950.0],
        );
        let large = 2 * MAPPED_ABOVE;
        near(
            of_memory(&graphs, large).unwrap(),
            [mib, 0.0, 500.0, copied, 950.0],
        );
        assert_eq!(of_memory(&[holding("model", None)], 500), None);
    }
}
