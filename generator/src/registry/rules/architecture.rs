//! Rule: an architecture has at most one recipe, and its synthetic configuration has every key the recipe reads.

mod staged;

use serde_json::Value;

use super::{Report, Tree, Trees};
use crate::registry::fault::FaultKind;
use crate::registry::recipe::{FeedForward, NormEps, TextEncoder, VisionTransformer};
use crate::registry::tree::{Node, Step};

/// The sections that hold a recipe.
const SECTIONS: [&str; 7] = [
    "text-encoder",
    "vision-transformer",
    "hierarchical-vision",
    "convolutional",
    "detector",
    "promptable-segmenter",
    "mix-transformer",
];

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
        let (text, vision) = (
            architecture.field("text-encoder"),
            architecture.field("vision-transformer"),
        );
        let present = |section: &&str| architecture.field(section).is_some();
        for second in SECTIONS.into_iter().filter(present).skip(1) {
            let path = [Step::Key("architecture"), Step::Key(second)];
            if let Some(node) = architecture.field(second) {
                report.add(tree, node.mark, &path, FaultKind::SecondRecipe);
            }
        }
        for (reader, key) in staged::keys(architecture) {
            config_key(tree, &reader, key, report);
        }
        model_type(tree, architecture, report);
        let text = text.and_then(|node| serde_json::from_value(node.to_json()).ok());
        let vision = vision.and_then(|node| serde_json::from_value(node.to_json()).ok());
        if vision.is_some() || staged::is_in(architecture) {
            preprocessor(tree, architecture, report);
        }
        let keys = text
            .map(text_keys)
            .into_iter()
            .chain(vision.map(vision_keys));
        for (reader, key) in keys.flatten() {
            config_key(tree, reader, key, report);
        }
    }
}

/// The keys of config.json that a text encoder reads, by the names of the recipe's fields.
fn text_keys(recipe: TextEncoder) -> Vec<(&'static str, String)> {
    let config = recipe.config;
    let mut keys = vec![
        ("hidden_size", config.hidden_size),
        ("layers", config.layers),
        ("heads", config.heads),
        ("intermediate_size", config.intermediate_size),
        ("activation", config.activation),
    ];
    keys.extend(epsilon(config.norm_eps));
    keys
}

/// As [`text_keys`], of a vision transformer.
fn vision_keys(recipe: VisionTransformer) -> Vec<(&'static str, String)> {
    let config = recipe.config;
    let (FeedForward::Width(feed_forward) | FeedForward::Ratio(feed_forward)) = config.feed_forward;
    let mut keys = vec![
        ("hidden_size", config.hidden_size),
        ("layers", config.layers),
        ("heads", config.heads),
        ("feed_forward", feed_forward),
        ("activation", config.activation),
        ("image_size", config.image_size),
        ("patch_size", config.patch_size),
        ("channels", config.channels),
    ];
    keys.extend(epsilon(config.norm_eps));
    keys
}

fn epsilon(norm_eps: NormEps) -> Option<(&'static str, String)> {
    match norm_eps {
        NormEps::Key(key) => Some(("norm_eps", key)),
        NormEps::Constant(_) => None,
    }
}

fn config_key(tree: &Tree<'_>, reader: &str, key: String, report: &mut Report<'_>) {
    let Some(config) = tree.root.at(CONFIG) else {
        return;
    };
    if config.field(&key).is_none() {
        report.add(
            tree,
            config.mark,
            CONFIG,
            FaultKind::DanglingConfigKey {
                key,
                reader: reader.to_owned(),
            },
        );
    }
}

fn model_type(tree: &Tree<'_>, architecture: &Node, report: &mut Report<'_>) {
    let name = architecture.field("name").and_then(Node::text);
    let node = tree
        .root
        .at(CONFIG)
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
            &[CONFIG, &[Step::Key("model_type")]].concat(),
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
