//! Rule: an architecture has at most one recipe, and each synthetic configuration has every key the recipe reads.

mod keys;
mod sections;

use serde_json::Value;

use self::sections::SECTIONS;
use super::{Report, Tree, Trees, tower_keys};
use crate::registry::fault::FaultKind;
use crate::registry::tree::{Node, Step};

const CONFIG: &[Step<'_>] = &[
    Step::Key("architecture"),
    Step::Key("synthetic"),
    Step::Key("config"),
];

pub(super) fn check(trees: &Trees<'_>, report: &mut Report<'_>) {
    for tree in &trees.families {
        let Some(architecture) = tree.root.field("architecture") else {
            continue;
        };
        let sections = SECTIONS.iter().filter_map(|section| {
            let node = architecture.field(section.key)?;
            Some((section, node))
        });
        let sections: Vec<_> = sections.collect();
        if let Some(((first, _), others)) = sections.split_first() {
            let first = first.key;
            for (section, second) in others {
                let path = [Step::Key("architecture"), Step::Key(section.key)];
                report.add(tree, second.mark, &path, FaultKind::SecondRecipe { first });
            }
        }
        let keyed = sections.into_iter().filter_map(|(section, node)| {
            let keys = (section.keys)(node)?;
            Some((section, keys))
        });
        let keyed: Vec<_> = keyed.collect();
        if keyed.iter().any(|(section, _)| section.is_preprocessed) {
            preprocessor(tree, architecture, report);
        }
        for config in configs(tree) {
            model_type(tree, architecture, &config, report);
            tower_keys::check(tree, architecture, &config, report);
            for (reader, key) in keyed.iter().flat_map(|(_, keys)| keys) {
                config_key(tree, &config, reader, key, report);
            }
        }
    }
}

/// The paths of the family's synthetic configurations: the small one, and those of its models of full size.
fn configs<'t>(tree: &Tree<'t>) -> Vec<Vec<Step<'t>>> {
    let full = tree.models().filter_map(|(index, model)| {
        model.field("full")?;
        Some(vec![
            Step::Key("models"),
            Step::Index(index),
            Step::Key("full"),
            Step::Key("config"),
        ])
    });
    [CONFIG.to_vec()].into_iter().chain(full).collect()
}

fn config_key(
    tree: &Tree<'_>,
    path: &[Step<'_>],
    reader: &str,
    key: &str,
    report: &mut Report<'_>,
) {
    let Some(config) = tree.root.at(path) else {
        return;
    };
    if config.field(key).is_none() {
        report.add(
            tree,
            config.mark,
            path,
            FaultKind::DanglingConfigKey {
                key: key.to_owned(),
                reader: reader.to_owned(),
            },
        );
    }
}

fn model_type(tree: &Tree<'_>, architecture: &Node, config: &[Step<'_>], report: &mut Report<'_>) {
    let name = architecture.field("name").and_then(Node::text);
    let node = tree
        .root
        .at(config)
        .and_then(|config| config.field("model_type"));
    let (Some(name), Some(node)) = (name, node) else {
        return;
    };
    if node.text() != Some(name) {
        let found = node.to_json();
        let kind = FaultKind::Contradiction {
            found: found
                .as_str()
                .map_or_else(|| Value::to_string(&found), |text| format!("`{text}`")),
            other: format!("`architecture.name: {name}`"),
            rule: "both are the `model_type` of Hugging Face",
        };
        report.add(
            tree,
            node.mark,
            &[config, &[Step::Key("model_type")]].concat(),
            kind,
        );
    }
}

fn preprocessor(tree: &Tree<'_>, architecture: &Node, report: &mut Report<'_>) {
    let Some(synthetic) = architecture
        .field("synthetic")
        .filter(|node| !node.pairs().is_empty())
    else {
        return;
    };
    if synthetic.field("preprocessor").is_none() {
        let path = [Step::Key("architecture"), Step::Key("synthetic")];
        report.add(
            tree,
            synthetic.mark,
            &path,
            FaultKind::MissingKey {
                key: "preprocessor".to_owned(),
            },
        );
    }
}
