//! Rule: a model id is unique in the registry, and a family has exactly one default model.

use std::collections::HashMap;

use super::{Report, Tree, Trees};
use crate::registry::fault::FaultKind;
use crate::registry::tree::Step;

pub(super) fn check(trees: &Trees<'_>, report: &mut Report<'_>) {
    let mut first: HashMap<&str, (&str, usize)> = HashMap::new();
    for tree in &trees.families {
        for (index, model) in tree.models() {
            let Some(node) = model.field("id") else {
                continue;
            };
            let Some(id) = node.text() else { continue };
            if let Some((file, line)) = first.get(id) {
                let kind = FaultKind::DuplicateModel {
                    found: id.to_owned(),
                    first: format!("{file}:{line}"),
                };
                report.add(
                    tree,
                    node.mark,
                    &[Step::Key("models"), Step::Index(index), Step::Key("id")],
                    kind,
                );
            } else {
                first.insert(id, (tree.path, node.mark.line));
            }
        }
        one_default(tree, report);
    }
}

fn one_default(tree: &Tree<'_>, report: &mut Report<'_>) {
    let Some(list) = tree
        .root
        .field("models")
        .filter(|list| !list.items().is_empty())
    else {
        return;
    };
    let mut defaults = tree.models().filter_map(|(index, model)| {
        model
            .field("default")
            .filter(|node| node.is_true())
            .map(|node| (index, node))
    });
    let (first, second) = (defaults.next(), defaults.next());
    match (first, second) {
        (None, _) => report.add(
            tree,
            list.mark,
            &[Step::Key("models")],
            FaultKind::DefaultModel { found: 0 },
        ),
        (Some(_), Some((index, node))) => {
            let kind = FaultKind::DefaultModel {
                found: 2 + defaults.count(),
            };
            report.add(
                tree,
                node.mark,
                &[
                    Step::Key("models"),
                    Step::Index(index),
                    Step::Key("default"),
                ],
                kind,
            );
        }
        (Some(_), None) => {}
    }
}
