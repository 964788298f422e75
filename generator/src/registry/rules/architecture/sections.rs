//! The sections of a family that hold a recipe, and what each needs of the synthetic configuration.

use super::keys::{self, Keys};
use crate::registry::recipe::{
    Convolutional, Detector, HierarchicalVision, MixTransformer, SpeechSynthesizer,
};
use crate::registry::tree::Node;

/// A recipe's section of a family.
pub(super) struct Section {
    /// Its key.
    pub(super) key: &'static str,
    /// The keys of config.json that it reads; `None` where it is no recipe.
    pub(super) keys: fn(&Node) -> Option<Keys>,
    /// Whether its models need `preprocessor_config.json`.
    pub(super) is_preprocessed: bool,
}

/// The recipes a family may have one of.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        key: "text-encoder",
        keys: |node| parsed(node).map(keys::text),
        is_preprocessed: false,
    },
    Section {
        key: "vision-transformer",
        keys: |node| parsed(node).map(keys::vision),
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
        keys: |node| parsed(node).map(keys::decoder),
        is_preprocessed: false,
    },
    Section {
        key: "encoder-decoder",
        keys: |node| parsed(node).map(keys::sequence),
        is_preprocessed: false,
    },
    Section {
        key: "audio-encoder",
        keys: |node| parsed(node).map(keys::audio),
        is_preprocessed: true,
    },
    Section {
        key: "audio-text-towers",
        keys: |node| parsed(node).map(keys::audio_text),
        is_preprocessed: true,
    },
    Section {
        key: "hierarchical-vision",
        keys: |node| parsed(node).map(|recipe: HierarchicalVision| keys::all(&recipe.config)),
        is_preprocessed: true,
    },
    Section {
        key: "convolutional",
        keys: |node| parsed(node).map(|recipe: Convolutional| keys::all(&recipe.config)),
        is_preprocessed: true,
    },
    Section {
        key: "detector",
        keys: |node| parsed(node).map(|recipe: Detector| keys::all(&recipe.config)),
        is_preprocessed: true,
    },
    Section {
        key: "promptable-segmenter",
        keys: |node| parsed(node).map(|recipe| keys::segmenter(&recipe)),
        is_preprocessed: true,
    },
    Section {
        key: "speech-synthesizer",
        keys: |node| parsed(node).map(|recipe: SpeechSynthesizer| keys::all(&recipe.config)),
        is_preprocessed: false,
    },
    Section {
        key: "mix-transformer",
        keys: |node| parsed(node).map(|recipe: MixTransformer| keys::all(&recipe.config)),
        is_preprocessed: true,
    },
];

fn parsed<T: serde::de::DeserializeOwned>(node: &Node) -> Option<T> {
    serde_json::from_value(node.to_json()).ok()
}
