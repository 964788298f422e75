//! The nodes of a graph that one provider took.

use std::collections::BTreeMap;

use super::weigh::Named;

/// The nodes that one provider took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderShare {
    /// Execution provider, as ONNX Runtime names it.
    pub provider: String,
    /// Number of nodes of the optimised graph.
    pub nodes: usize,
    /// How many of each operator, most frequent first.
    pub operators: Vec<(String, usize)>,
    /// The nodes by name, where the engine tells and they are elsewhere.
    pub(in crate::engine) named: Vec<Named>,
    /// Nodes elsewhere that give more than integers and truth values, once they were weighed.
    pub(super) more: Option<Vec<(String, usize)>>,
}

impl ProviderShare {
    /// A share from the number of each operator's nodes.
    pub(in crate::engine) fn new(provider: String, operators: BTreeMap<String, usize>) -> Self {
        Self {
            provider,
            nodes: operators.values().sum(),
            operators: by_number(operators),
            named: Vec::new(),
            more: None,
        }
    }

    /// The same with the names of its nodes.
    pub(in crate::engine) fn named(mut self, named: Vec<Named>) -> Self {
        self.named = named;
        self
    }

    /// Counts the nodes of another graph in.
    pub(super) fn add(&mut self, other: &Self) {
        // The operators of all nodes need not be known.
        let nodes = self.nodes + other.nodes;
        let more = match (self.more.take(), &other.more) {
            (None, None) => None,
            (own, theirs) => Some(added(
                &own.unwrap_or_else(|| self.operators.clone()),
                theirs.as_ref().unwrap_or(&other.operators),
            )),
        };
        let operators = added(&self.operators, &other.operators);
        *self = Self {
            provider: std::mem::take(&mut self.provider),
            nodes,
            operators,
            named: Vec::new(),
            more,
        };
    }

    /// Nodes that are more than shape arithmetic: those that give more than integers and truth values; where nobody knows,
    /// those of operators that may.
    pub(super) fn more_than_shapes(&self) -> Vec<&(String, usize)> {
        match &self.more {
            Some(more) => more.iter().collect(),
            None => self
                .operators
                .iter()
                .filter(|(operator, _)| !INTEGER_OPERATORS.contains(&operator.as_str()))
                .collect(),
        }
    }
}

/// Numbers of nodes by operator, most frequent first.
pub(super) fn by_number(operators: BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let mut operators: Vec<_> = operators.into_iter().collect();
    operators.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    operators
}

fn added(one: &[(String, usize)], other: &[(String, usize)]) -> Vec<(String, usize)> {
    let mut operators: BTreeMap<String, usize> = BTreeMap::new();
    for (operator, nodes) in one.iter().chain(other) {
        *operators.entry(operator.clone()).or_default() += nodes;
    }
    by_number(operators)
}

/// Operators that can only give integers: shape arithmetic, which may stay on the CPU and is listed.
const INTEGER_OPERATORS: &[&str] = &["NonZero", "Shape", "Size"];
