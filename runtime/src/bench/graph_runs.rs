//! The runs of graphs within a query, alike ones together, with what their nodes compute and move.

use std::collections::BTreeMap;

use export::propagate::Givens;

use super::{GraphRuns, NodeGroup};
use crate::cost::RunCost;

/// The graphs of a query, runs with inputs of the same shapes together: each run by its graph's name, the shapes of what it is
/// fed, and what it costs where that is known.
pub(super) fn together<'r>(
    runs: impl Iterator<Item = (&'r str, &'r Givens, Option<&'r RunCost>)>,
) -> Vec<GraphRuns> {
    let mut all: Vec<GraphRuns> = Vec::new();
    for (graph, givens, cost) in runs {
        let inputs: BTreeMap<String, Vec<usize>> = givens
            .iter()
            .map(|(name, given)| {
                let sizes = given.shape.iter().map(|&size| size as usize);
                (name.clone(), sizes.collect())
            })
            .collect();
        let known = all
            .iter_mut()
            .find(|known| known.graph == graph && known.inputs == inputs);
        match known {
            Some(known) => known.runs += 1,
            None => all.push(GraphRuns {
                graph: graph.to_owned(),
                inputs,
                runs: 1,
                nodes: cost.map_or_else(Vec::new, groups),
                peak_activation_bytes: cost.and_then(|cost| cost.graph.peak_activation_bytes),
                read_weight_bytes: cost.and_then(|cost| cost.graph.read_weight_bytes),
            }),
        }
    }
    all
}

/// Memory of the graphs of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    /// The most bytes that values of all graphs hold, each graph keeping its memory for its next run.
    pub(crate) values: u64,
    /// Bytes of the weights that their runs read.
    pub(crate) weights: u64,
}

/// The memory of a query's graphs; `None` where it is not known of one.
pub(crate) fn held(graphs: &[GraphRuns]) -> Option<Held> {
    let mut all: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for graph in graphs {
        let (values, weights) = all.entry(&graph.graph).or_default();
        *values = graph.peak_activation_bytes?.max(*values);
        *weights = graph.read_weight_bytes?.max(*weights);
    }
    Some(Held {
        values: all.values().map(|(values, _)| values).sum(),
        weights: all.values().map(|(_, weights)| weights).sum(),
    })
}

/// The nodes of a run, alike ones together; none where it is not known of each what it computes and moves.
fn groups(run: &RunCost) -> Vec<NodeGroup> {
    if run.graph.is_lower_bound() || !run.graph.branches.is_empty() {
        return Vec::new();
    }
    let mut groups: BTreeMap<NodeGroup, u32> = BTreeMap::new();
    for node in &run.graph.nodes {
        let Some(traffic) = node.traffic else {
            return Vec::new();
        };
        let one = NodeGroup {
            operator: node.operator.clone(),
            nodes: 0,
            macs: node.macs,
            other_operations: node.other_operations,
            read_bytes: traffic.read_bytes,
            written_bytes: traffic.written_bytes,
        };
        // Nodes that only say how others are to read their inputs do nothing.
        if one.macs + one.other_operations + one.read_bytes + one.written_bytes > 0 {
            *groups.entry(one).or_default() += run.runs as u32;
        }
    }
    let counted = groups.into_iter();
    counted
        .map(|(group, nodes)| NodeGroup { nodes, ..group })
        .collect()
}
