//! Rule: an architecture has at most one recipe, and its synthetic configuration has every key the recipe reads.

mod staged;

use serde_json::Value;

use super::{Report, Tree, Trees, tower_keys};
use crate::registry::fault::FaultKind;
use crate::registry::recipe::{
    Decoder, EncoderDecoder, FeedForward, NormEps, StackPositions, TextEncoder, VisionTransformer,
};
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
        one_recipe(tree, architecture, report);
        model_type(tree, architecture, report);
        let text = recipe::<TextEncoder>(architecture, "text-encoder");
        let vision = recipe::<VisionTransformer>(architecture, "vision-transformer");
        let decoder = recipe::<Decoder>(architecture, "decoder");
        let sequences = recipe::<EncoderDecoder>(architecture, "encoder-decoder");
        tower_keys::check(tree, architecture, report);
        for (reader, key) in staged::keys(architecture) {
            config_key(tree, &reader, key, report);
        }
        if vision.is_some()
            || staged::is_in(architecture)
            || ["dual-tower", "vision-language"]
                .iter()
                .any(|section| architecture.field(section).is_some())
        {
            preprocessor(tree, architecture, report);
        }
        let keys = text
            .map(text_keys)
            .into_iter()
            .chain(vision.map(vision_keys))
            .chain(decoder.map(decoder_keys))
            .chain(sequences.map(sequence_keys));
        for (reader, key) in keys.flatten() {
            config_key(tree, reader, key, report);
        }
    }
}

/// The sections that hold a recipe.
const RECIPES: [&str; 11] = [
    "text-encoder",
    "vision-transformer",
    "decoder",
    "encoder-decoder",
    "hierarchical-vision",
    "convolutional",
    "detector",
    "promptable-segmenter",
    "mix-transformer",
    "dual-tower",
    "vision-language",
];

fn one_recipe(tree: &Tree<'_>, architecture: &Node, report: &mut Report<'_>) {
    let mut sections = RECIPES
        .into_iter()
        .filter_map(|section| Some((section, architecture.field(section)?)));
    let Some((first, _)) = sections.next() else {
        return;
    };
    for (section, second) in sections {
        let path = [Step::Key("architecture"), Step::Key(section)];
        report.add(tree, second.mark, &path, FaultKind::SecondRecipe { first });
    }
}

/// A section's recipe, where its form is right.
fn recipe<T: serde::de::DeserializeOwned>(architecture: &Node, section: &str) -> Option<T> {
    serde_json::from_value(architecture.field(section)?.to_json()).ok()
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

/// As [`text_keys`], of a decoder; keys that may be absent are not among them.
fn decoder_keys(recipe: Decoder) -> Vec<(&'static str, String)> {
    let config = recipe.config;
    let mut keys = vec![
        ("hidden_size", config.hidden_size),
        ("layers", config.layers),
        ("heads", config.heads),
        ("intermediate_size", config.intermediate_size),
        ("activation", config.activation),
        ("positions", config.positions),
    ];
    keys.extend(epsilon(config.norm_eps));
    keys
}

/// As [`text_keys`], of an encoder–decoder; keys that may be absent are not among them.
fn sequence_keys(recipe: EncoderDecoder) -> Vec<(&'static str, String)> {
    let config = recipe.config;
    let mut keys = vec![
        ("width", config.width),
        ("encoder_layers", config.encoder_layers),
        ("encoder_heads", config.encoder_heads),
        ("decoder_heads", config.decoder_heads),
        ("encoder_intermediate", config.encoder_intermediate),
        ("decoder_intermediate", config.decoder_intermediate),
    ];
    keys.extend(config.head_width.map(|key| ("head_width", key)));
    keys.extend(recipe.features.map(|stem| ("channels", stem.channels)));
    match recipe.positions {
        StackPositions::Buckets(keys_of) => keys.push(("buckets", keys_of.buckets)),
        StackPositions::Table(table) => {
            keys.extend([("encoder", table.encoder), ("decoder", table.decoder)]);
        }
    }
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
