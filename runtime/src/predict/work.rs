//! What a run of a graph has to do, node by node.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::catalog::Profile;
use crate::cost::{Given, Givens, GraphCost};
use crate::engine::Outlet;

/// A node that computes or moves something.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NodeWork {
    /// Operations of products and convolutions.
    pub flops: f64,
    /// Bytes read and written, weights included.
    pub bytes: f64,
}

/// What one run of a graph has to do. Nodes that only say how others are to read their inputs are none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Work {
    /// Its nodes.
    pub nodes: Vec<NodeWork>,
    /// Bytes of the graph's inputs and outputs.
    pub transferred: f64,
}

impl Work {
    /// What a run of an ONNX file has to do whose inputs have these shapes; `None` where they, or what follows from them,
    /// are open, or a node's work is not known.
    pub(crate) fn of(file: &Path, inputs: &[Outlet]) -> Option<Self> {
        let givens = inputs.iter().map(|input| {
            let sizes = input.shape.iter().map(|size| size.map(|size| size as u64));
            let shape = sizes.collect::<Option<Vec<u64>>>()?;
            Some((input.name.clone(), Given::shape(shape)))
        });
        let cost = GraphCost::read(file, &givens.collect::<Option<Givens>>()?).ok()?;
        Self::of_cost(&cost)
    }

    /// What a run has to do that was counted; `None` where a node's work is not known.
    pub(crate) fn of_cost(cost: &GraphCost) -> Option<Self> {
        if cost.is_lower_bound() || !cost.branches.is_empty() {
            return None;
        }
        let nodes = cost.nodes.iter().map(|node| {
            let traffic = node.traffic?;
            Some(NodeWork {
                flops: 2.0 * node.macs as f64,
                bytes: (traffic.read_bytes + traffic.written_bytes) as f64,
            })
        });
        let mut nodes = nodes.collect::<Option<Vec<_>>>()?;
        // Nodes that only say how others are to read their inputs move nothing.
        nodes.retain(|node| node.flops > 0.0 || node.bytes > 0.0);
        Some(Self {
            nodes,
            transferred: (cost.compulsory.input_bytes + cost.compulsory.output_bytes) as f64,
        })
    }

    /// What a device of this profile would take, in microseconds: what goes in and
    /// out, and for every node its dispatch and as long as the slower of its
    /// products and its memory, by the roofline (Williams, Waterman and Patterson, 2009, doi:10.1145/1498765.1498785).
    #[must_use]
    pub fn microseconds(&self, profile: &Profile) -> f64 {
        let node = |node: &NodeWork| {
            let computing = node.flops / (profile.gflops * 1e3);
            let moving = node.bytes / (profile.gbps * 1e3);
            profile.node_us + computing.max(moving)
        };
        let transfer = self.transferred / (profile.transfer_gbps * 1e3);
        profile.run_us + transfer + self.nodes.iter().map(node).sum::<f64>()
    }
}
