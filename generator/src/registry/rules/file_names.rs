//! Rule: a file is named after what it describes, and every platform has its file.

use super::{Report, Tree, Trees};
use crate::registry::constraint;
use crate::registry::fault::{Fault, FaultKind};
use crate::registry::names::Platform;
use crate::registry::tree::{Mark, Step};

pub(super) fn check(trees: &Trees<'_>, report: &mut Report<'_>) {
    for tree in &trees.platforms {
        named_after(
            tree,
            "platform",
            |name| Platform::named(name).is_some(),
            report,
        );
    }
    for tree in &trees.families {
        named_after(tree, "family", constraint::is_id, report);
    }
}

fn named_after(tree: &Tree<'_>, key: &str, is_known: fn(&str) -> bool, report: &mut Report<'_>) {
    let Some(node) = tree.root.field(key) else {
        return;
    };
    // A name that is not one is a fault of its own.
    if let Some(name) = node
        .text()
        .filter(|name| *name != tree.stem && is_known(name))
    {
        let kind = FaultKind::NotTheFileName {
            found: name.to_owned(),
            expected: format!("{name}.yaml"),
        };
        report.add(tree, node.mark, &[Step::Key(key)], kind);
    }
}

/// The platforms without a file, of the stems there are.
pub(in crate::registry) fn missing<'a>(
    stems: impl Iterator<Item = &'a str> + Clone,
) -> impl Iterator<Item = Fault> {
    let absent = move |platform: &&Platform| !stems.clone().any(|stem| stem == platform.name());
    Platform::ALL.iter().filter(absent).map(|platform| Fault {
        file: format!("platforms/{platform}.yaml"),
        mark: Mark::START,
        path: String::new(),
        kind: FaultKind::MissingFile,
    })
}
