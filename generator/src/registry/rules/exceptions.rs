//! Rule: an exception changes something, and changes it to what its platform's file allows.

use super::{Report, Tree, Trees};
use crate::registry::fault::FaultKind;
use crate::registry::names::{Claim, Platform, Precision};
use crate::registry::tree::{Node, Step};

/// The keys of an exception that change a cell.
const CHANGES: &[&str] = &["support", "precisions", "grade", "placement", "graph"];

pub(super) fn check(trees: &Trees<'_>, report: &mut Report<'_>) {
    for tree in &trees.families {
        section(trees, tree, tree.root, &[], report);
        for (index, model) in tree.models() {
            let path = [Step::Key("models"), Step::Index(index)];
            section(trees, tree, model, &path, report);
            restriction(trees, tree, model, &path, report);
        }
    }
}

/// The exceptions of a family, whose path is empty, or of a model.
fn section(
    trees: &Trees<'_>,
    tree: &Tree<'_>,
    owner: &Node,
    path: &[Step<'_>],
    report: &mut Report<'_>,
) {
    let Some(section) = owner.field("platforms") else {
        return;
    };
    for pair in section.pairs() {
        let mut path = path.to_vec();
        path.extend([Step::Key("platforms"), Step::Key(&pair.key)]);
        let Some(platform) = Platform::named(&pair.key) else {
            continue;
        };
        let exception = &pair.value;
        if !exception.pairs().is_empty() && CHANGES.iter().all(|key| exception.field(key).is_none())
        {
            let allowed = CHANGES.iter().map(|key| (*key).to_owned()).collect();
            report.add(
                tree,
                pair.mark,
                &path,
                FaultKind::EmptyException { allowed },
            );
        }
        if let Some(limit) = exception
            .field("above_parameters")
            .filter(|_| path.len() > 2)
        {
            path.push(Step::Key("above_parameters"));
            report.add(tree, limit.mark, &path, FaultKind::LimitOnModel);
            path.pop();
        }
        if let Some(file) = trees.platform(platform) {
            claim(file, tree, exception, &path, report);
            precisions(file, tree, exception, &path, report);
        }
    }
}

fn claim(
    file: &Tree<'_>,
    tree: &Tree<'_>,
    exception: &Node,
    path: &[Step<'_>],
    report: &mut Report<'_>,
) {
    let Some(node) = exception.field("support") else {
        return;
    };
    let claim = node.text().and_then(Claim::named);
    let (Some(claim), Some(allowed)) = (claim, file.claims()) else {
        return;
    };
    if !allowed.contains(&claim) {
        let kind = FaultKind::ContradictsPlatform {
            found: claim.to_string(),
            file: file.path.to_owned(),
            allowed: allowed.iter().map(ToString::to_string).collect(),
        };
        report.add(
            tree,
            node.mark,
            &[path, &[Step::Key("support")]].concat(),
            kind,
        );
    }
}

fn precisions(
    file: &Tree<'_>,
    tree: &Tree<'_>,
    exception: &Node,
    path: &[Step<'_>],
    report: &mut Report<'_>,
) {
    let (Some(list), Some(allowed)) = (exception.field("precisions"), file.precisions("allowed"))
    else {
        return;
    };
    for (index, item) in list.items().iter().enumerate() {
        let precision = item.text().and_then(Precision::named);
        if let Some(precision) = precision.filter(|precision| !allowed.contains(precision)) {
            let kind = FaultKind::IllegalPrecision {
                found: precision.to_string(),
                platform: file.stem.to_owned(),
                file: file.path.to_owned(),
                allowed: allowed.iter().map(ToString::to_string).collect(),
            };
            report.add(
                tree,
                item.mark,
                &[path, &[Step::Key("precisions"), Step::Index(index)]].concat(),
                kind,
            );
        }
    }
}

/// The precisions a model is restricted to leave something on every platform it runs on.
fn restriction(
    trees: &Trees<'_>,
    tree: &Tree<'_>,
    model: &Node,
    path: &[Step<'_>],
    report: &mut Report<'_>,
) {
    let Some(list) = model.field("precisions") else {
        return;
    };
    let only = named(list);
    if only.is_empty() {
        return;
    }
    for file in &trees.platforms {
        let layers = [
            model.field("platforms"),
            family_section(tree, model, file.stem),
        ];
        let exceptions = || {
            layers
                .iter()
                .flatten()
                .filter_map(|section| section.field(file.stem))
        };
        let claim = exceptions().find_map(|exception| exception.field("support")?.text());
        let claim = claim.or_else(|| file.root.field("support")?.field("default")?.text());
        if claim.and_then(Claim::named) == Some(Claim::Unsupported) {
            continue;
        }
        let runs = exceptions()
            .find_map(|exception| exception.field("precisions"))
            .map(named);
        let Some(runs) = runs
            .or_else(|| file.precisions("allowed"))
            .filter(|runs| !runs.is_empty())
        else {
            continue;
        };
        if !runs.iter().any(|precision| only.contains(precision)) {
            let kind = FaultKind::NoPrecisionLeft {
                platform: file.stem.to_owned(),
                allowed: runs.iter().map(ToString::to_string).collect(),
            };
            report.add(
                tree,
                list.mark,
                &[path, &[Step::Key("precisions")]].concat(),
                kind,
            );
        }
    }
}

/// The family's exceptions, where the one for this platform holds for this model.
fn family_section<'t>(tree: &Tree<'t>, model: &Node, platform: &str) -> Option<&'t Node> {
    let section = tree.root.field("platforms")?;
    let limit = section
        .field(platform)?
        .field("above_parameters")
        .and_then(Node::whole);
    let parameters = model.field("parameters").and_then(Node::whole);
    (limit.is_none() || parameters > limit).then_some(section)
}

fn named(list: &Node) -> Vec<Precision> {
    list.items()
        .iter()
        .filter_map(|item| Precision::named(item.text()?))
        .collect()
}
