//! What graphs compute and move at given input shapes, node by node: from the ONNX file alone, without an engine.

mod given;
mod json;
mod live;
mod node;
mod usual;

use std::path::Path;

use export::outline::Outline;
use export::propagate::{Fact, Operand, Propagation, Step};

pub use export::propagate::{Decided, Given, Givens};
pub use given::given;
pub use metrics::operations::Traffic;
pub use node::{CountState, NodeCost, UnknownNode};
pub use usual::usual;
pub(crate) use usual::{axes, stands_for};

use crate::error::Error;

/// What a graph computes and moves at given input shapes. The same graph at the same shapes costs the same on every
/// platform: nodes are counted as they stand in the file, before any engine fuses them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GraphCost {
    /// Multiplications with an addition each, of products of matrices and of convolutions.
    pub macs: u64,
    /// Operations on single elements beside these.
    pub other_operations: u64,
    /// Every node that runs, in the order of execution; nodes of the branch that an `If` takes among them.
    pub nodes: Vec<NodeCost>,
    /// Nodes of which it is not known what they compute: with any, `macs` and `other_operations` are lower bounds.
    pub unknown: Vec<UnknownNode>,
    /// Branches of which it is not known whether they are taken; they count for nothing above.
    pub branches: Vec<BranchCost>,
    /// Bytes that must move however the nodes are fused.
    pub compulsory: Compulsory,
    /// The most bytes that values between nodes hold at once where none are fused and each goes with the last node that reads
    /// it; inputs and weights count for nothing. `None` where a size is not known.
    pub peak_activation_bytes: Option<u64>,
    /// Bytes of the weights that nodes read: of a table of which they pick rows, these alone. `None` where a size is not known.
    pub read_weight_bytes: Option<u64>,
}

/// What a run of a session's graph costs.
#[derive(Debug, Clone, PartialEq)]
pub struct RunCost {
    /// What the graph costs each time it runs.
    pub graph: GraphCost,
    /// How often it runs: more than once where a static graph takes a batch in pieces.
    pub runs: u64,
}

impl RunCost {
    /// Multiplications with an addition each, of all times that the graph runs.
    #[must_use]
    pub const fn macs(&self) -> u64 {
        self.graph.macs.saturating_mul(self.runs)
    }

    /// Floating-point operations of all times that the graph runs.
    #[must_use]
    pub const fn flops(&self) -> u64 {
        self.graph.flops().saturating_mul(self.runs)
    }
}

/// A branch of which it is not known whether it is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct BranchCost {
    /// The `If`.
    pub node: String,
    /// `then_branch` or `else_branch`.
    pub branch: &'static str,
    /// What it would cost. Of its compulsory bytes only the weights are counted, here alone.
    pub cost: GraphCost,
}

/// Bytes that must move however the nodes are fused: every weight once, and the graph's inputs and outputs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compulsory {
    /// Of the tensors that the file holds and its nodes read.
    pub weight_bytes: u64,
    /// Of the inputs.
    pub input_bytes: u64,
    /// Of the outputs.
    pub output_bytes: u64,
    /// Inputs and outputs whose size is not known: with any, the bytes are a lower bound.
    pub unsized_values: Vec<String>,
}

impl Compulsory {
    /// All of them together.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.weight_bytes
            .saturating_add(self.input_bytes)
            .saturating_add(self.output_bytes)
    }
}

impl GraphCost {
    /// Reads a model without its weights and counts it at the given input shapes.
    ///
    /// # Errors
    /// A file that is no ONNX model, or input shapes that the graph does not take.
    pub fn read(model: &Path, givens: &Givens) -> Result<Self, Error> {
        Self::of(&Outline::read(model)?, givens)
    }

    /// Counts a graph at the given input shapes.
    ///
    /// # Errors
    /// Input shapes that the graph does not take.
    pub fn of(outline: &Outline, givens: &Givens) -> Result<Self, Error> {
        Self::deciding(outline, givens, &Decided::new())
    }

    /// The same where data decides about shapes, as about the frames of speech, and the caller knows how.
    ///
    /// # Errors
    /// Those of [`Self::of`], or elements of a value that no node gives.
    pub fn deciding(outline: &Outline, givens: &Givens, decided: &Decided) -> Result<Self, Error> {
        let propagation = outline.propagate_deciding(givens, decided)?;
        Ok(Self::of_propagation(&propagation))
    }

    /// Counts a graph whose shapes are worked out.
    pub(crate) fn of_propagation(propagation: &Propagation<'_>) -> Self {
        let mut cost = Self::default();
        let mut weights = node::Weights::default();
        cost.count(&propagation.steps, &mut weights);
        // An output may be a weight itself, or an input.
        weights.read(&propagation.outputs);
        let unsized_values = &mut cost.compulsory.unsized_values;
        cost.compulsory.weight_bytes = weights.bytes();
        cost.compulsory.input_bytes = bytes(&propagation.inputs, unsized_values);
        cost.compulsory.output_bytes = bytes(&propagation.outputs, unsized_values);
        if let Some(steps) = live::taken(&propagation.steps) {
            cost.peak_activation_bytes = live::peak(&steps, &cost.nodes, &propagation.outputs);
            cost.read_weight_bytes = live::weights(&steps, &cost.nodes);
        }
        cost
    }

    /// Floating-point operations of products of matrices and of convolutions: two for each of `macs`.
    #[must_use]
    pub const fn flops(&self) -> u64 {
        self.macs.saturating_mul(2)
    }

    /// Whether `macs`, `flops` and `other_operations` are lower bounds.
    #[must_use]
    pub const fn is_lower_bound(&self) -> bool {
        !self.unknown.is_empty()
    }

    /// `flops` over compulsory bytes: the most that fusion can reach. `None` where either is a lower bound.
    #[must_use]
    pub fn arithmetic_intensity_flops_per_byte(&self) -> Option<f64> {
        let is_exact = !self.is_lower_bound() && self.compulsory.unsized_values.is_empty();
        let bytes = self.compulsory.bytes();
        (is_exact && bytes > 0).then(|| self.flops() as f64 / bytes as f64)
    }

    /// Bytes that move when every node runs alone: the most that an engine without fusion moves. `None` where a node's
    /// are not known.
    #[must_use]
    pub fn unfused_bytes(&self) -> Option<u64> {
        let moved = self.nodes.iter().map(|node| {
            let traffic = node.traffic?;
            traffic.read_bytes.checked_add(traffic.written_bytes)
        });
        moved
            .into_iter()
            .try_fold(0_u64, |all, moved| all.checked_add(moved?))
    }

    /// What the nodes of each operator cost together: operator, number of nodes, macs, other operations; the most
    /// expensive first.
    #[must_use]
    pub fn operators(&self) -> Vec<(&str, usize, u64, u64)> {
        let mut operators: std::collections::BTreeMap<&str, (usize, u64, u64)> =
            std::collections::BTreeMap::new();
        for node in &self.nodes {
            let (nodes, macs, others) = operators.entry(&node.operator).or_default();
            *nodes += 1;
            *macs += node.macs;
            *others += node.other_operations;
        }
        let listed = operators.into_iter();
        let mut listed: Vec<_> = listed
            .map(|(operator, (nodes, macs, others))| (operator, nodes, macs, others))
            .collect();
        listed.sort_by_key(|&(_, _, macs, others)| std::cmp::Reverse((macs, others)));
        listed
    }

    /// Counts nodes, and those of branches that are taken.
    fn count<'s>(&mut self, steps: &'s [Step<'s>], weights: &mut node::Weights<'s>) {
        for step in steps {
            match &step.branches[..] {
                [taken] if taken.is_taken => self.count(&taken.steps, weights),
                [] => self.add(step, weights),
                open => {
                    for branch in open {
                        let mut cost = Self::default();
                        let mut weights = node::Weights::default();
                        cost.count(&branch.steps, &mut weights);
                        cost.compulsory.weight_bytes = weights.bytes();
                        // What goes in and out belongs to the graph around it.
                        cost.compulsory.unsized_values = vec![step.node.label().to_owned()];
                        self.branches.push(BranchCost {
                            node: step.node.label().to_owned(),
                            branch: branch.name,
                            cost,
                        });
                    }
                    let reason = "which branch it takes is not known; both are counted apart";
                    self.unknown.push(UnknownNode::new(step, reason.to_owned()));
                    self.nodes.push(NodeCost::unknown(step));
                }
            }
        }
    }

    fn add<'s>(&mut self, step: &'s Step<'s>, weights: &mut node::Weights<'s>) {
        weights.read(step.inputs.iter().flatten());
        let (mut node, mut unknown) = node::counted(step);
        let macs = self.macs.checked_add(node.macs);
        let others = self.other_operations.checked_add(node.other_operations);
        match macs.zip(others) {
            // Twice the multiplications must fit as well.
            Some((macs, others)) if macs <= u64::MAX / 2 => {
                (self.macs, self.other_operations) = (macs, others);
            }
            _ => {
                node = NodeCost::unknown(step);
                unknown = Some("the total is more than 64 bits can count".to_owned());
            }
        }
        self.unknown
            .extend(unknown.map(|reason| UnknownNode::new(step, reason)));
        self.nodes.push(node);
    }
}

/// Bytes of inputs or outputs; those of unknown size are named.
fn bytes(operands: &[Operand<'_>], unsized_values: &mut Vec<String>) -> u64 {
    let mut all = 0_u64;
    for operand in operands {
        match known_bytes(&operand.fact) {
            Some(bytes) => all = all.saturating_add(bytes),
            None => unsized_values.push(operand.name.to_owned()),
        }
    }
    all
}

fn known_bytes(fact: &Fact) -> Option<u64> {
    let known = fact.as_ref().ok()?;
    (known.element.bits() > 0).then(|| known.bytes())
}

#[cfg(test)]
mod tests;
