//! What a bisection found.

use export::GraphListing;
use serde_json::json;

use super::Difference;
use super::flow::Flow;
use super::search::Search;

/// What was found of one graph.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphFindings {
    /// Stem of the graph's file.
    pub name: String,
    /// Which run of the session its inputs are from, counted from 1.
    pub run: usize,
    /// Number of nodes.
    pub nodes: usize,
    /// Number of values that depend on the graph's inputs, outputs among them.
    pub values: usize,
    /// Number of those that were compared.
    pub compared: usize,
    /// Those that could not be looked at, with the reason.
    pub refused: Vec<(String, String)>,
    /// Whether every value was to be compared.
    pub is_every_node: bool,
    /// Differences of the outputs of the graph as it is, by name.
    pub outputs: Vec<(String, Difference)>,
    /// Where the platform ran the graph as it is, in words.
    pub execution: String,
    /// How often both sides ran.
    pub looks: usize,
    /// The node at which a divergence begins, if there is one.
    pub culprit: Option<Culprit>,
}

/// A node whose output diverges though all that it takes agrees, as far as that could be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Culprit {
    /// Its name, which may be empty in files of other exporters.
    pub node: String,
    /// Its operator.
    pub operator: String,
    /// What it takes.
    pub inputs: Operands,
    /// What it gives.
    pub outputs: Operands,
    /// Whether an output of the graph, or this node's, still diverged when all that stands here was looked at together.
    pub is_confirmed: bool,
    /// Values before it with which as outputs the divergence vanishes: a fusion across them takes part in it.
    pub hiding: Vec<String>,
    /// Values before it that could not be looked at, with the reason.
    pub refused: Vec<(String, String)>,
}

/// Operands of a node by name.
pub type Operands = Vec<(String, Operand)>;

/// What is known of an operand.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// The same on both sides by nature: a weight, an input of the graph or what is computed from weights alone.
    Same(&'static str),
    /// It was compared.
    Compared(Difference),
    /// It could not be looked at.
    Unseen,
}

impl GraphFindings {
    /// Whether anything diverges.
    #[must_use]
    pub fn diverges(&self) -> bool {
        self.culprit.is_some() || self.outputs.iter().any(|(_, found)| found.diverges())
    }

    /// The same for programs.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let outputs = self.outputs.iter();
        let outputs: serde_json::Map<_, _> = outputs
            .map(|(name, found)| (name.clone(), found.to_json()))
            .collect();
        json!({
            "graph": self.name,
            "run": self.run,
            "nodes": self.nodes,
            "values": self.values,
            "values_compared": self.compared,
            "values_refused": refused_json(&self.refused),
            "every_node": self.is_every_node,
            "runs_on_both": self.looks,
            "execution": self.execution,
            "diverges": self.diverges(),
            "outputs": outputs,
            "first": self.culprit.as_ref().map(Culprit::to_json),
        })
    }
}

impl Culprit {
    pub(super) fn of(
        value: usize,
        flow: &Flow,
        listing: &GraphListing,
        search: &Search<'_>,
    ) -> Self {
        let found = &flow.values[value];
        let node = &listing.nodes[found.node];
        let operand = |name: &String| {
            let operand = if listing.inputs.contains(name) {
                Operand::Same("input of the graph")
            } else if flow.find(name).is_none() {
                Operand::Same("constant")
            } else {
                let seen = search.seen.get(name).cloned();
                seen.map_or(Operand::Unseen, Operand::Compared)
            };
            (name.clone(), operand)
        };
        let operands = |names: &[String]| -> Operands {
            let names = names.iter().filter(|name| !name.is_empty());
            names.map(operand).collect()
        };
        let before = search.suspects(value);
        let name = |value: usize| flow.values[value].name.clone();
        let hiding = before.iter().filter(|value| search.hiding.contains(value));
        let refused = before.iter().filter_map(|value| {
            let reason = search.refused.get(value)?;
            Some((name(*value), reason.clone()))
        });
        Self {
            node: node.name.clone(),
            operator: node.operator.clone(),
            inputs: operands(&node.inputs),
            outputs: operands(&node.outputs),
            is_confirmed: search.is_confirmed,
            hiding: hiding.map(|&value| name(value)).collect(),
            refused: refused.collect(),
        }
    }

    /// The node's name, or the value it gives where it has none.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.node.is_empty(), self.outputs.first()) {
            (true, Some((value, _))) => format!("the node that gives {value}"),
            _ => self.node.clone(),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        let operands = |operands: &Operands| -> Vec<_> {
            let one = |(name, operand): &(String, Operand)| match operand {
                Operand::Same(what) => json!({ "name": name, "same": what }),
                Operand::Compared(found) => json!({ "name": name, "difference": found.to_json() }),
                Operand::Unseen => json!({ "name": name, "difference": null }),
            };
            operands.iter().map(one).collect()
        };
        json!({
            "node": self.node,
            "operator": self.operator,
            "inputs": operands(&self.inputs),
            "outputs": operands(&self.outputs),
            "confirmed": self.is_confirmed,
            "hiding": self.hiding,
            "refused": refused_json(&self.refused),
        })
    }
}

fn refused_json(refused: &[(String, String)]) -> Vec<serde_json::Value> {
    let one = |(name, reason): &(String, String)| json!({ "name": name, "reason": reason });
    refused.iter().map(one).collect()
}
