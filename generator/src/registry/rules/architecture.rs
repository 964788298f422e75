//! Rule: an architecture has at most one recipe, and its synthetic configuration has every key the recipe reads.

mod staged;

use serde_json::Value;

use super::{Report, Tree, Trees, tower_keys};
use crate::registry::fault::FaultKind;
use crate::registry::recipe::{
    AudioEncoder, AudioTextTowers, Decoder, EncoderDecoder, FeedForward, NormEps, StackPositions,
    TextEncoder, VisionTransformer,
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
        model_type(tree, architecture, report);
        tower_keys::check(tree, architecture, report);
        for (reader, key) in staged::keys(architecture) {
            config_key(tree, &reader, key, report);
        }
        for (section, node) in sections {
            let Some(keys) = (section.keys)(node) else {
                continue;
            };
            if section.is_preprocessed {
                preprocessor(tree, architecture, report);
            }
            for (reader, key) in keys {
                config_key(tree, reader, key, report);
            }
        }
    }
}

/// Keys of config.json with the names of the recipe's fields that hold them.
type Keys = Vec<(&'static str, String)>;

/// A recipe's section of a family.
struct Section {
    /// Its key.
    key: &'static str,
    /// The keys of config.json that it reads; `None` where it is no recipe.
    keys: fn(&Node) -> Option<Keys>,
    /// Whether its models need `preprocessor_config.json`.
    is_preprocessed: bool,
}

/// The recipes a family may have one of.
const SECTIONS: &[Section] = &[
    Section {
        key: "text-encoder",
        keys: |node| parsed(node).map(text_keys),
        is_preprocessed: false,
    },
    Section {
        key: "vision-transformer",
        keys: |node| parsed(node).map(vision_keys),
        is_preprocessed: true,
    },
    Section {
        key: "dual-tower",
        // Its keys stand in sections of the configuration, which have a rule of their own.
        keys: |_| Some(Vec::new()),
        is_preprocessed: true,
    },
    Section {
        key: "vision-language",
        // As of two towers.
        keys: |_| Some(Vec::new()),
        is_preprocessed: true,
    },
    Section {
        key: "decoder",
        keys: |node| parsed(node).map(decoder_keys),
        is_preprocessed: false,
    },
    Section {
        key: "encoder-decoder",
        keys: |node| parsed(node).map(sequence_keys),
        is_preprocessed: false,
    },
    Section {
        key: "audio-encoder",
        keys: |node| parsed(node).map(audio_keys),
        is_preprocessed: true,
    },
    Section {
        key: "audio-text-towers",
        keys: |node| parsed(node).map(audio_text_keys),
        is_preprocessed: true,
    },
    Section {
        key: "hierarchical-vision",
        // Its keys are looked up by a rule of their own.
        keys: |_| Some(Vec::new()),
        is_preprocessed: true,
    },
    Section {
        key: "convolutional",
        // Its keys are looked up by a rule of their own.
        keys: |_| Some(Vec::new()),
        is_preprocessed: true,
    },
    Section {
        key: "detector",
        // Its keys are looked up by a rule of their own.
        keys: |_| Some(Vec::new()),
        is_preprocessed: true,
    },
    Section {
        key: "promptable-segmenter",
        // Its keys are looked up by a rule of their own.
        keys: |_| Some(Vec::new()),
        is_preprocessed: true,
    },
    Section {
        key: "speech-synthesizer",
        // Its keys are looked up by a rule of their own.
        keys: |_| Some(Vec::new()),
        is_preprocessed: false,
    },
    Section {
        key: "mix-transformer",
        // Its keys are looked up by a rule of their own.
        keys: |_| Some(Vec::new()),
        is_preprocessed: true,
    },
];

fn parsed<T: serde::de::DeserializeOwned>(node: &Node) -> Option<T> {
    serde_json::from_value(node.to_json()).ok()
}

/// The keys of config.json that a text encoder reads, by the names of the recipe's fields.
fn text_keys(recipe: TextEncoder) -> Keys {
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
fn vision_keys(recipe: VisionTransformer) -> Keys {
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

/// As [`text_keys`], of an encoder of waveforms.
fn audio_keys(recipe: AudioEncoder) -> Keys {
    let config = recipe.config;
    let mut keys = vec![
        ("hidden_size", config.hidden_size),
        ("layers", config.layers),
        ("heads", config.heads),
        ("intermediate_size", config.intermediate_size),
        ("activation", config.activation),
    ];
    keys.extend(epsilon(config.norm_eps));
    if let Some(bias) = recipe.gated_bias {
        keys.push(("gated_bias.buckets", bias.buckets));
        keys.push(("gated_bias.max_distance", bias.max_distance));
    }
    keys
}

/// As [`text_keys`], of towers over sounds and texts.
fn audio_text_keys(recipe: AudioTextTowers) -> Keys {
    vec![
        ("text_config", recipe.text_config),
        ("audio_config", recipe.audio_config),
    ]
}

/// As [`text_keys`], of a decoder; keys that may be absent are not among them.
fn decoder_keys(recipe: Decoder) -> Keys {
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
fn sequence_keys(recipe: EncoderDecoder) -> Keys {
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
