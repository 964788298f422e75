//! Costs for programs, under the names of reports.

use serde_json::{Value, json};

use super::{BranchCost, CountState, GraphCost, NodeCost, UnknownNode};

impl GraphCost {
    /// The same for programs, with every node.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "macs": self.macs,
            "flops": self.flops(),
            "other_operations": self.other_operations,
            "is_lower_bound": self.is_lower_bound(),
            "unknown": self.unknown.iter().map(unknown).collect::<Vec<_>>(),
            "branches": self.branches.iter().map(branch).collect::<Vec<_>>(),
            "weight_bytes": self.compulsory.weight_bytes,
            "input_bytes": self.compulsory.input_bytes,
            "output_bytes": self.compulsory.output_bytes,
            "compulsory_bytes": self.compulsory.bytes(),
            "unsized_values": self.compulsory.unsized_values,
            "unfused_bytes": self.unfused_bytes(),
            "peak_activation_bytes": self.peak_activation_bytes,
            "read_weight_bytes": self.read_weight_bytes,
            "arithmetic_intensity_flops_per_byte": self.arithmetic_intensity_flops_per_byte(),
            "nodes": self.nodes.iter().map(node).collect::<Vec<_>>(),
        })
    }
}

fn unknown(node: &UnknownNode) -> Value {
    json!({ "name": node.name, "operator": node.operator, "reason": node.reason })
}

fn branch(branch: &BranchCost) -> Value {
    json!({ "node": branch.node, "branch": branch.branch, "cost": branch.cost.to_json() })
}

fn node(node: &NodeCost) -> Value {
    let known = |count: u64| (node.state != CountState::Unknown).then_some(count);
    json!({
        "name": node.name,
        "operator": node.operator,
        "state": node.state.name(),
        "macs": known(node.macs),
        "other_operations": known(node.other_operations),
        "read_bytes": node.traffic.map(|traffic| traffic.read_bytes),
        "written_bytes": node.traffic.map(|traffic| traffic.written_bytes),
        "weight_bytes": node.traffic.map(|traffic| traffic.weight_bytes),
        "output_shape": node.output_shape,
    })
}
