//! Particulars of models that map texts and pictures, texts and videos, or sounds besides, into one space; the defaults
//! are CLIP's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AudioTower, TowerLayers, VideoTower};
use crate::registry::constraint::WEIGHT;

/// Particulars of towers that map texts and pictures into one space (CLIP, X-CLIP, ImageBind and their like).
///
/// Its weight names are full: there is no prefix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DualTower {
    /// What the family's configuration class holds where config.json leaves a key out, with the
    /// sections of the towers inside; nested configurations on the hub
    /// leave out whatever equals it.
    pub defaults: Map<String, Value>,
    /// What `preprocessor_config.json` says, for checkpoints that come without one.
    pub preprocessor: Option<Map<String, Value>>,
    /// Key of config.json with the width of the common space.
    #[schemars(regex(pattern = WEIGHT))]
    pub projection_size: String,
    /// The tower that reads texts.
    pub text: TextTower,
    /// The tower that sees pictures.
    pub vision: VisionTower,
    /// What makes the tower of pictures one of videos, where the family has it.
    pub video: Option<VideoTower>,
    /// A tower of sounds, where the family has it.
    pub audio: Option<AudioTower>,
    /// How the vectors of both towers become logits.
    pub logits: TowerLogits,
}

impl Default for DualTower {
    fn default() -> Self {
        Self {
            defaults: Map::new(),
            preprocessor: None,
            projection_size: "projection_dim".to_owned(),
            text: TextTower::default(),
            vision: VisionTower::default(),
            video: None,
            audio: None,
            logits: TowerLogits::default(),
        }
    }
}

/// The tower that reads texts; the keys are those of its section of config.json. Besides those of
/// [`TowerLayers`] it reads `vocab_size`, `max_position_embeddings` and, by its pooling,
/// `eos_token_id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TextTower {
    /// Section of config.json; `null` where its keys stand at the top.
    #[schemars(regex(pattern = WEIGHT))]
    pub section: Option<String>,
    /// Table of tokens.
    #[schemars(regex(pattern = WEIGHT))]
    pub token_embeddings: String,
    /// Table of positions.
    #[schemars(regex(pattern = WEIGHT))]
    pub position_embeddings: String,
    /// Whether positions are stored with a batch in front, `(1, positions, hidden)`.
    pub is_batched: bool,
    /// What a token attends to.
    pub attention: TowerAttention,
    /// Its blocks.
    pub layers: TowerLayers,
    /// Final normalisation.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
    /// The token whose state stands for the text.
    pub pooling: TextPooling,
    /// Linear layer into the common space.
    #[schemars(regex(pattern = WEIGHT))]
    pub projection: String,
    /// Whether the projection has a bias.
    pub has_projection_bias: bool,
}

impl Default for TextTower {
    fn default() -> Self {
        Self {
            section: Some("text_config".to_owned()),
            token_embeddings: "text_model.embeddings.token_embedding.weight".to_owned(),
            position_embeddings: "text_model.embeddings.position_embedding.weight".to_owned(),
            is_batched: false,
            attention: TowerAttention::Causal,
            layers: TowerLayers::default(),
            norm: "text_model.final_layer_norm".to_owned(),
            pooling: TextPooling::EndToken,
            projection: "text_projection".to_owned(),
            has_projection_bias: false,
        }
    }
}

/// What a token of a text tower attends to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TowerAttention {
    /// Itself and the tokens before it, without padding; the graph takes `attention_mask`.
    Causal,
    /// Itself and the tokens before it, padding too; the graph takes no `attention_mask`, and padding
    /// must come after what stands for the text.
    CausalUnmasked,
    /// Every position, padding too; the graph takes no `attention_mask`.
    Everything,
}

/// The token whose state stands for a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TextPooling {
    /// The first `eos_token_id`. The value 2, which the original CLIP checkpoints carry by mistake,
    /// stands for the highest id, as in `CLIPTextTransformer` of transformers.
    EndToken,
    /// The first token with the highest id.
    HighestId,
    /// The last position.
    LastPosition,
}

/// The tower that sees pictures; the keys are those of its section of config.json. Besides those of
/// [`TowerLayers`] it reads `num_channels`, `image_size` and, unless patches span frames, `patch_size`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VisionTower {
    /// Section of config.json; `null` where its keys stand at the top.
    #[schemars(regex(pattern = WEIGHT))]
    pub section: Option<String>,
    /// Key with frames, height and width of a patch, where patches span frames of videos: the
    /// convolution is `(hidden, channels, frames, height, width)`, and a picture stands for every frame.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_kernel: Option<String>,
    /// Convolution that embeds patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_projection: String,
    /// Whether the convolution has a bias.
    pub has_patch_bias: bool,
    /// Whether class token and positions are stored with a batch in front, `(1, 1, hidden)` and `(1,
    /// tokens, hidden)`.
    pub is_batched: bool,
    /// Token that stands before the patches, `(hidden)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub class_token: Option<String>,
    /// Table of positions, `(class token + patches, hidden)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub position_embeddings: String,
    /// Normalisation of the embeddings, where the family has one.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_before: Option<String>,
    /// Its blocks.
    pub layers: TowerLayers,
    /// Normalisation of what stands for the picture.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_after: String,
    /// What finds what stands for the picture; `null` where it is the class token.
    pub probe: Option<ProbeHead>,
    /// Linear layer without bias into the common space; a tower without one gives the pooled state.
    #[schemars(regex(pattern = WEIGHT))]
    pub projection: Option<String>,
}

impl Default for VisionTower {
    fn default() -> Self {
        Self {
            section: Some("vision_config".to_owned()),
            patch_kernel: None,
            patch_projection: "vision_model.embeddings.patch_embedding".to_owned(),
            has_patch_bias: false,
            is_batched: false,
            class_token: Some("vision_model.embeddings.class_embedding".to_owned()),
            position_embeddings: "vision_model.embeddings.position_embedding.weight".to_owned(),
            norm_before: Some("vision_model.pre_layrnorm".to_owned()),
            layers: TowerLayers::named("vision_model.encoder.layers.{layer}."),
            norm_after: "vision_model.post_layernorm".to_owned(),
            probe: None,
            projection: Some("visual_projection".to_owned()),
        }
    }
}

/// A trained query that attends to all patches, with a feed-forward part after it
/// (`SiglipMultiheadAttentionPoolingHead` of transformers).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProbeHead {
    /// The query, `(1, 1, hidden)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub probe: String,
    /// Matrix `(3 hidden, hidden)` of query, key and value projection, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub projections: String,
    /// Their bias, `(3 hidden)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub biases: String,
    /// Output projection of attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_output: String,
    /// Normalisation before the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
    /// First projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// Second projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
}

impl Default for ProbeHead {
    fn default() -> Self {
        Self {
            probe: "vision_model.head.probe".to_owned(),
            projections: "vision_model.head.attention.in_proj_weight".to_owned(),
            biases: "vision_model.head.attention.in_proj_bias".to_owned(),
            attention_output: "vision_model.head.attention.out_proj".to_owned(),
            norm: "vision_model.head.layernorm".to_owned(),
            intermediate: "vision_model.head.mlp.fc1".to_owned(),
            output: "vision_model.head.mlp.fc2".to_owned(),
        }
    }
}

/// How the vectors of both towers become logits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TowerLogits {
    /// Logarithm of the factor that the cosine is multiplied by, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub scale: String,
    /// What the factor is at most, where there is a limit.
    pub most: Option<f64>,
    /// What is added to the product, by its full name, where the family has it.
    #[schemars(regex(pattern = WEIGHT))]
    pub bias: Option<String>,
    /// How logits become scores.
    pub scores: Scores,
}

impl Default for TowerLogits {
    fn default() -> Self {
        Self {
            scale: "logit_scale".to_owned(),
            most: None,
            bias: None,
            scores: Scores::Softmax,
        }
    }
}

/// How logits become scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scores {
    /// Labels compete: a softmax over them.
    Softmax,
    /// Every label for itself: the logistic function.
    Sigmoid,
}
