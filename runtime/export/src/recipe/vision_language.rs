//! Particulars of language models that see pictures.

use super::{Recipe, VisionTower};

/// Particulars of a language model that sees pictures (LLaVA, LLaVA-NeXT and their like).
///
/// Its weight names are full: there is no prefix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisionLanguage {
    /// What the family's configuration classes hold where config.json leaves a key out, as the text
    /// of a JSON object with the section of the vision tower inside.
    pub defaults: &'static str,
    /// The tower that sees pictures.
    pub vision: VisionTower,
    /// Which of the tower's states the language model gets.
    pub features: Features,
    /// What brings them into the language model's space.
    pub projector: Projector,
    /// Vector `(hidden)` that stands after each row of a picture's tiles, where the family has it.
    pub newline: Option<&'static str>,
    /// Section of config.json about the language model.
    pub section: &'static str,
    /// The language models there are, by the `model_type` of their section.
    pub languages: &'static [Language],
}

/// A language model that a family's checkpoints may contain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Language {
    /// Its `model_type`.
    pub model_type: &'static str,
    /// What its configuration class holds where the section leaves a key out, as the text of a JSON
    /// object.
    pub defaults: &'static str,
    /// Its graph.
    pub recipe: Recipe,
}

/// Keys of config.json that say which states of a vision tower a language model gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features {
    /// Key with the number of the states: 0 for the embedded patches, n for those after block n, -1
    /// for the last.
    pub layer: &'static str,
    /// Key with `default`, where the class token is dropped, or `full`.
    pub selection: &'static str,
}

/// Two linear layers with an activation between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projector {
    /// Key of config.json with the activation.
    pub activation: &'static str,
    /// Key of config.json that says whether the layers have biases.
    pub bias: &'static str,
    /// First linear layer, from the tower's width to the language model's.
    pub first: &'static str,
    /// Second linear layer.
    pub second: &'static str,
}
