//! Particulars of language models that see pictures.

use super::{Recipe, TowerConfig, VisionTower};

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
    /// What brings its states into the language model's space.
    pub bridge: Bridge,
    /// Section of config.json about the language model.
    pub section: &'static str,
    /// The language models there are, by the `model_type` of their section.
    pub languages: &'static [Language],
    /// Beginnings of names that newer releases of transformers write.
    pub renamed: &'static [Renamed],
}

/// The beginning of a weight's name that has changed from one release of transformers to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renamed {
    /// How some checkpoints write it.
    pub from: &'static str,
    /// How the recipe writes it.
    pub to: &'static str,
}

/// What brings a vision tower's states into a language model's space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bridge {
    /// Every patch becomes a vector.
    Projector(Projector),
    /// Trained queries find vectors in the normalised states (Li et al., 2023, arXiv:2301.12597).
    Queries(&'static QueryTransformer),
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
    /// for the last; or with a list of them, whose states stand side by side.
    pub layer: &'static str,
    /// Key with `default`, where the class token is dropped, or `full`.
    pub selection: &'static str,
}

/// Two linear layers with an activation between them, for every patch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projector {
    /// Which of the tower's states the language model gets.
    pub features: Features,
    /// Vector `(hidden)` that stands after each row of a picture's tiles, where the family has it.
    pub newline: Option<&'static str>,
    /// Key of config.json with the activation.
    pub activation: &'static str,
    /// Key of config.json that says whether the layers have biases.
    pub bias: &'static str,
    /// First linear layer, from the tower's width to the language model's.
    pub first: &'static str,
    /// Second linear layer.
    pub second: &'static str,
}

/// Trained queries that attend to each other and to a picture (BLIP-2's Q-Former). The keys are
/// those of its section; a name is relative to its prefix where it has `{layer}`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueryTransformer {
    /// Section of config.json.
    pub section: &'static str,
    /// Key of config.json with the number of queries.
    pub count: &'static str,
    /// Key of the section: in every so many blocks, from the first on, queries see the picture.
    pub frequency: &'static str,
    /// Table of queries, `(1, queries, hidden)`, by its full name.
    pub queries: &'static str,
    /// Normalisation of the queries.
    pub norm: &'static str,
    /// Keys of the section about its blocks.
    pub config: TowerConfig,
    /// What the names of a block's weights begin with.
    pub prefix: &'static str,
    /// Attention of the queries to each other.
    pub attention: QueryAttention,
    /// Attention of the queries to the picture.
    pub cross_attention: QueryAttention,
    /// First projection of the feed-forward part.
    pub intermediate: &'static str,
    /// Second projection of the feed-forward part.
    pub output: &'static str,
    /// Normalisation after the feed-forward part.
    pub output_norm: &'static str,
    /// Linear layer into the language model's space, by its full name.
    pub projection: &'static str,
}

/// Names of an attention layer that is normalised after the residual sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueryAttention {
    /// Query projection.
    pub query: &'static str,
    /// Key projection.
    pub key: &'static str,
    /// Value projection.
    pub value: &'static str,
    /// Output projection.
    pub output: &'static str,
    /// Normalisation after the residual sum.
    pub norm: &'static str,
}
