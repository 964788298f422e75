//! What a run of a graph has to do, node by node.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::catalog::Profile;
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
}

impl Work {
    /// What a run of an ONNX file has to do whose inputs have these shapes; `None` where they, or what follows from them,
    /// are open.
    pub(crate) fn of(_file: &Path, _inputs: &[Outlet]) -> Option<Self> {
        None
    }

    /// What a device of this profile would take, in microseconds: every node its dispatch, and as long as the slower of its
    /// products and its memory, by the roofline (Williams, Waterman and Patterson, 2009, doi:10.1145/1498765.1498785).
    #[must_use]
    pub fn microseconds(&self, profile: &Profile) -> f64 {
        let node = |node: &NodeWork| {
            let computing = node.flops / (profile.gflops * 1e3);
            let moving = node.bytes / (profile.gbps * 1e3);
            profile.node_us + computing.max(moving)
        };
        profile.run_us + self.nodes.iter().map(node).sum::<f64>()
    }
}
