//! Removal of what no output needs.

use std::collections::HashSet;

use super::{Graph, Value};

impl Graph {
    /// Drops nodes and initializers that no output depends on.
    pub(crate) fn sweep(&mut self) {
        let mut needed: HashSet<Value> = self.outputs.iter().copied().collect();
        for node in self.nodes.iter().rev() {
            if needed.contains(&node.output) {
                needed.extend(&node.inputs);
            }
        }
        self.nodes.retain(|node| needed.contains(&node.output));
        self.initializers
            .retain(|initializer| needed.contains(&initializer.value));
    }
}
