//! Rule: a platform's defaults are among what it allows, and a default that is not native has its reason.

use super::{Report, Tree, Trees};
use crate::registry::fault::FaultKind;
use crate::registry::names::{Claim, Precision};
use crate::registry::tree::Step;

pub(super) fn check(trees: &Trees<'_>, report: &mut Report<'_>) {
    for tree in &trees.platforms {
        default_claim(tree, report);
        default_precisions(tree, report);
    }
}

fn default_claim(tree: &Tree<'_>, report: &mut Report<'_>) {
    let Some(support) = tree.root.field("support") else {
        return;
    };
    let Some(node) = support.field("default") else {
        return;
    };
    let Some(claim) = node.text().and_then(Claim::named) else {
        return;
    };
    if let Some(allowed) = tree.claims().filter(|allowed| !allowed.contains(&claim)) {
        let kind = FaultKind::DefaultNotAllowed {
            found: claim.to_string(),
            allowed: names(&allowed),
        };
        report.add(
            tree,
            node.mark,
            &[Step::Key("support"), Step::Key("default")],
            kind,
        );
    }
    if claim != Claim::Native && support.field("reason").is_none() {
        report.add(
            tree,
            support.mark,
            &[Step::Key("support")],
            FaultKind::MissingReason {
                found: claim.to_string(),
            },
        );
    }
}

fn default_precisions(tree: &Tree<'_>, report: &mut Report<'_>) {
    let Some(allowed) = tree.precisions("allowed") else {
        return;
    };
    let Some(list) = tree
        .root
        .field("precisions")
        .and_then(|section| section.field("default"))
    else {
        return;
    };
    for (index, item) in list.items().iter().enumerate() {
        let precision = item.text().and_then(Precision::named);
        if let Some(precision) = precision.filter(|precision| !allowed.contains(precision)) {
            let kind = FaultKind::DefaultNotAllowed {
                found: precision.to_string(),
                allowed: names(&allowed),
            };
            report.add(
                tree,
                item.mark,
                &[
                    Step::Key("precisions"),
                    Step::Key("default"),
                    Step::Index(index),
                ],
                kind,
            );
        }
    }
}

fn names<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(T::to_string).collect()
}
