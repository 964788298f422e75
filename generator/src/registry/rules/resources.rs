//! Rule: what a model is said to need fits together.

use super::{Report, Tree, Trees};
use crate::registry::fault::FaultKind;
use crate::registry::tree::{Node, Step};

pub(super) fn check(trees: &Trees<'_>, report: &mut Report<'_>) {
    for tree in &trees.families {
        for (index, model) in tree.models() {
            memory(tree, index, model, report);
        }
    }
}

fn memory(tree: &Tree<'_>, index: usize, model: &Node, report: &mut Report<'_>) {
    let Some(memory) = model.field("memory") else {
        return;
    };
    let path = |key| {
        [
            Step::Key("models"),
            Step::Index(index),
            Step::Key("memory"),
            Step::Key(key),
        ]
    };
    let Some(node) = memory.field("min_mib") else {
        return;
    };
    let Some(least) = node.whole().filter(|least| *least > 0) else {
        return;
    };
    if let Some(recommended) = memory
        .field("recommended_mib")
        .and_then(Node::whole)
        .filter(|most| *most < least)
    {
        let kind = FaultKind::Contradiction {
            found: format!("{least} MiB"),
            other: format!("`recommended_mib: {recommended}`"),
            rule: "the least memory is at most the recommended one",
        };
        report.add(tree, node.mark, &path("min_mib"), kind);
    }
    // Four bits a parameter is the densest format anybody runs.
    let weights_mib = model
        .field("parameters")
        .and_then(Node::whole)
        .map(|parameters| parameters / 2 / (1 << 20));
    if let Some(weights_mib) = weights_mib.filter(|weights_mib| least < *weights_mib) {
        let kind = FaultKind::Contradiction {
            found: format!("{least} MiB"),
            other: "`parameters`".to_owned(),
            rule: "the weights alone take more, even at four bits each",
        };
        // Parameters out of range are a fault of their own.
        if weights_mib <= u64::from(crate::registry::constraint::MEMORY_MIB) {
            report.add(tree, node.mark, &path("min_mib"), kind);
        }
    }
}
