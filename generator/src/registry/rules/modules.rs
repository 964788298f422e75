//! Rule: every Rust module the registry gives rise to has a name of its own.
//!
//! The generated crate has a module per model, an alias per family for its default model, and below `families` a
//! module per family.

use std::collections::HashMap;

use super::{Report, Tree, Trees};
use crate::registry::fault::FaultKind;
use crate::registry::module_name::{module_name, owner};
use crate::registry::tree::{Mark, Node, Step};

/// Where a name was given first.
struct First<'t> {
    file: &'t str,
    mark: Mark,
    id: &'t str,
    is_default: bool,
}

pub(super) fn check(trees: &Trees<'_>, report: &mut Report<'_>) {
    let models = models(trees, report);
    let mut families: HashMap<String, &Tree<'_>> = HashMap::new();
    for tree in &trees.families {
        let Some(node) = tree.root.field("family") else {
            continue;
        };
        let Some(id) = node.text() else { continue };
        let module = module_name(id);
        let model = models
            .get(&module)
            .filter(|model| model.file != tree.path || !model.is_default);
        let taken_by = if let Some(owner) = owner(&module) {
            Some(owner.to_owned())
        } else if let Some(model) = model {
            Some(format!(
                "taken by the model in {}:{}",
                model.file, model.mark.line
            ))
        } else {
            families
                .get(&module)
                .map(|other| format!("taken by the family in {}", other.path))
        };
        if let Some(owner) = taken_by {
            let kind = FaultKind::ModuleTaken {
                found: id.to_owned(),
                module,
                owner,
            };
            report.add(tree, node.mark, &[Step::Key("family")], kind);
        } else {
            families.insert(module, tree);
        }
    }
}

/// The modules of the models; those of different ids that share one are reported.
fn models<'t>(trees: &Trees<'t>, report: &mut Report<'_>) -> HashMap<String, First<'t>> {
    let mut modules: HashMap<String, First<'t>> = HashMap::new();
    for tree in &trees.families {
        for (index, model) in tree.models() {
            let Some(node) = model.field("id") else {
                continue;
            };
            let Some(id) = node.text() else { continue };
            let module = module_name(id);
            let taken_by = match modules.get(&module) {
                Some(first) if first.id != id => Some(format!(
                    "taken by `{}` in {}:{}",
                    first.id, first.file, first.mark.line
                )),
                // The same id twice is a fault of its own.
                Some(_) => None,
                None => owner(&module).map(str::to_owned),
            };
            if let Some(owner) = taken_by {
                let kind = FaultKind::ModuleTaken {
                    found: id.to_owned(),
                    module,
                    owner,
                };
                report.add(
                    tree,
                    node.mark,
                    &[Step::Key("models"), Step::Index(index), Step::Key("id")],
                    kind,
                );
            } else {
                let is_default = model.field("default").is_some_and(Node::is_true);
                let first = First {
                    file: tree.path,
                    mark: node.mark,
                    id,
                    is_default,
                };
                modules.entry(module).or_insert(first);
            }
        }
    }
    modules
}
