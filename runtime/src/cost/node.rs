//! What one node costs.

use std::collections::BTreeMap;

use export::propagate::{self, Step};
use metrics::operations::{Operand, Operation, Traffic, Work};

/// How it stands with the operations of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountState {
    /// They are counted.
    Counted,
    /// There are none by definition: the node moves, views or converts elements.
    ZeroByDefinition,
    /// They are not known; the graph's totals are lower bounds.
    Unknown,
}

impl CountState {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::ZeroByDefinition => "zero by definition",
            Self::Unknown => "unknown",
        }
    }
}

/// What a node computes and moves.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeCost {
    /// Its name, or the first value that it gives where it has none.
    pub name: String,
    /// Operator.
    pub operator: String,
    /// Multiplications with an addition each.
    pub macs: u64,
    /// Operations on single elements beside these.
    pub other_operations: u64,
    /// Whether the two are counted, zero by definition, or not known.
    pub state: CountState,
    /// Bytes that it moves when it runs alone; `None` where a shape is not known.
    pub traffic: Option<Traffic>,
    /// Shape of its first output; `None` where it is not known.
    pub output_shape: Option<Vec<u64>>,
    /// Whether all it gives is known to be integers or truth values.
    pub gives_integers: bool,
}

/// A node of which it is not known what it computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownNode {
    /// Its name, or the first value that it gives where it has none.
    pub name: String,
    /// Operator.
    pub operator: String,
    /// Why; where a shape is not known, the first node to blame is named.
    pub reason: String,
}

impl UnknownNode {
    pub(super) fn new(step: &Step<'_>, reason: String) -> Self {
        Self {
            name: step.node.label().to_owned(),
            operator: step.node.operator.clone(),
            reason,
        }
    }
}

impl NodeCost {
    /// A node of which nothing is known but its output.
    pub(super) fn unknown(step: &Step<'_>) -> Self {
        let output = step.outputs.iter().flatten().next();
        let output = output.and_then(|output| output.fact.as_ref().ok());
        Self {
            name: step.node.label().to_owned(),
            operator: step.node.operator.clone(),
            macs: 0,
            other_operations: 0,
            state: CountState::Unknown,
            traffic: None,
            output_shape: output.map(|known| known.shape.clone()),
            gives_integers: step.outputs.iter().flatten().all(|output| {
                let known = output.fact.as_ref();
                known.is_ok_and(|known| known.element.is_integer())
            }),
        }
    }
}

/// What a node costs, and why that is not known.
pub(super) fn counted(step: &Step<'_>) -> (NodeCost, Option<String>) {
    let mut cost = NodeCost::unknown(step);
    if !step.node.domain.is_empty() {
        let domain = &step.node.domain;
        return (cost, Some(format!("operators of `{domain}` are not known")));
    }
    let (inputs, outputs) = (operands(&step.inputs), operands(&step.outputs));
    let operation = Operation {
        operator: &step.node.operator,
        inputs: &inputs,
        outputs: &outputs,
        window: step.node.integers("kernel_shape"),
        equation: step.node.text("equation"),
        mode: step.node.text("mode"),
    };
    cost.traffic = operation.traffic().ok();
    let reason = match operation.work() {
        Work::Counted {
            macs,
            other_operations,
        } => {
            (cost.macs, cost.other_operations) = (macs, other_operations);
            cost.state = CountState::Counted;
            None
        }
        Work::Movement => {
            cost.state = CountState::ZeroByDefinition;
            None
        }
        Work::Unknown(reason) => Some(blamed(step).unwrap_or(reason)),
    };
    (cost, reason)
}

/// The first node to blame for a shape that is not known.
fn blamed(step: &Step<'_>) -> Option<String> {
    let operands = step.inputs.iter().chain(&step.outputs).flatten();
    let mut unknown = operands.filter_map(|operand| operand.fact.as_ref().err());
    let unknown = unknown.next()?;
    Some(format!(
        "{} `{}`: {}",
        unknown.operator, unknown.culprit, unknown.reason
    ))
}

fn operands<'s>(operands: &'s [Option<propagate::Operand<'_>>]) -> Vec<Option<Operand<'s>>> {
    let each = |operand: &'s propagate::Operand<'_>| match &operand.fact {
        Ok(known) => Operand {
            shape: Some(&known.shape),
            bits: known.element.bits(),
            is_stored: known.is_stored,
        },
        Err(_) => Operand {
            shape: None,
            bits: 0,
            is_stored: false,
        },
    };
    let operands = operands.iter();
    operands.map(|operand| operand.as_ref().map(each)).collect()
}

/// Tensors of the file that nodes read, each once.
#[derive(Default)]
pub(super) struct Weights<'s>(BTreeMap<&'s str, u64>);

impl<'s> Weights<'s> {
    pub(super) fn read(&mut self, operands: impl IntoIterator<Item = &'s propagate::Operand<'s>>) {
        for operand in operands {
            if let Ok(known) = &operand.fact
                && known.is_stored
            {
                self.0.insert(operand.name, known.bytes());
            }
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.0
            .values()
            .fold(0, |all, bytes| all.saturating_add(*bytes))
    }
}
