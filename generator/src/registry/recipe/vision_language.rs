//! Particulars of a language model that sees pictures; the defaults are LLaVA's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Decoder, QueryTransformer, TowerLayers, VisionTower};
use crate::registry::constraint::WEIGHT;

/// Particulars of a language model that sees pictures (LLaVA, LLaVA-NeXT and their like).
///
/// Its weight names are full: there is no prefix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VisionLanguage {
    /// What the family's configuration classes hold where config.json leaves a key out, with the section of the vision
    /// tower inside.
    pub defaults: Map<String, Value>,
    /// The tower that sees pictures.
    pub vision: VisionTower,
    /// What makes a vector of every patch; without meaning where there are queries.
    pub projector: Projector,
    /// Trained queries that find vectors in the picture; `null` where every patch becomes one.
    pub queries: Option<QueryTransformer>,
    /// Section of config.json about the language model.
    #[schemars(regex(pattern = WEIGHT))]
    pub section: String,
    /// The language models there are.
    pub languages: Vec<Language>,
    /// Beginnings of names that newer releases of transformers write.
    pub renamed: Vec<Renamed>,
}

/// The beginning of a weight's name that has changed from one release of transformers to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Renamed {
    /// How some checkpoints write it.
    #[schemars(regex(pattern = WEIGHT))]
    pub from: String,
    /// How the registry file writes it.
    #[schemars(regex(pattern = WEIGHT))]
    pub to: String,
}

impl Default for VisionLanguage {
    fn default() -> Self {
        let named = |name: &str| format!("vision_tower.{name}");
        let clip = VisionTower::default();
        Self {
            defaults: Map::new(),
            vision: VisionTower {
                patch_projection: named(&clip.patch_projection),
                class_token: clip.class_token.as_deref().map(named),
                position_embeddings: named(&clip.position_embeddings),
                norm_before: clip.norm_before.as_deref().map(named),
                layers: TowerLayers::named(&named(&clip.layers.prefix)),
                norm_after: named(&clip.norm_after),
                projection: None,
                ..clip
            },
            projector: Projector::default(),
            queries: None,
            section: "text_config".to_owned(),
            languages: Vec::new(),
            renamed: LLAVA_RENAMED
                .map(|(from, to)| Renamed {
                    from: from.to_owned(),
                    to: to.to_owned(),
                })
                .into(),
        }
    }
}

/// What LLaVA's classes of transformers 4.52 and later write, by the `_checkpoint_conversion_mapping` they read old
/// checkpoints with.
const LLAVA_RENAMED: [(&str, &str); 5] = [
    ("model.language_model.", "language_model.model."),
    ("lm_head.", "language_model.lm_head."),
    ("model.vision_tower.", "vision_tower."),
    ("model.multi_modal_projector.", "multi_modal_projector."),
    ("model.image_newline", "image_newline"),
];

/// A language model that a family's checkpoints may contain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Language {
    /// The `model_type` of its section.
    #[schemars(regex(pattern = WEIGHT))]
    pub model_type: String,
    /// What its configuration class holds where the section leaves a key out.
    pub defaults: Map<String, Value>,
    /// Its graph is a decoder; what differs from LLaMA.
    pub decoder: Decoder,
}

impl Default for Language {
    fn default() -> Self {
        Self {
            model_type: "llama".to_owned(),
            defaults: Map::new(),
            decoder: Decoder::default(),
        }
    }
}

/// Keys of config.json that say which states of a vision tower a language model gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Features {
    /// Key with the number of the states: 0 for the embedded patches, n for those after block n, -1 for the last; or
    /// with a list of them, whose states stand side by side.
    #[schemars(regex(pattern = WEIGHT))]
    pub layer: String,
    /// Key with `default`, where the class token is dropped, or `full`.
    #[schemars(regex(pattern = WEIGHT))]
    pub selection: String,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            layer: "vision_feature_layer".to_owned(),
            selection: "vision_feature_select_strategy".to_owned(),
        }
    }
}

/// Two linear layers with an activation between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Projector {
    /// Which of the tower's states the language model gets.
    pub features: Features,
    /// Vector `(hidden)` that stands after each row of a picture's tiles, where the family has it.
    #[schemars(regex(pattern = WEIGHT))]
    pub newline: Option<String>,
    /// Key of config.json with the activation.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// Key of config.json that says whether the layers have biases.
    #[schemars(regex(pattern = WEIGHT))]
    pub bias: String,
    /// First linear layer, from the tower's width to the language model's.
    #[schemars(regex(pattern = WEIGHT))]
    pub first: String,
    /// Second linear layer.
    #[schemars(regex(pattern = WEIGHT))]
    pub second: String,
}

impl Default for Projector {
    fn default() -> Self {
        Self {
            features: Features::default(),
            newline: None,
            activation: "projector_hidden_act".to_owned(),
            bias: "multimodal_projector_bias".to_owned(),
            first: "multi_modal_projector.linear_1".to_owned(),
            second: "multi_modal_projector.linear_2".to_owned(),
        }
    }
}
