//! Particulars of what makes a tower of pictures one of videos; the defaults are X-CLIP's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FeedForward, TowerConfig, TowerLayers};
use crate::registry::constraint::WEIGHT;

/// What makes a tower of pictures one of videos (X-CLIP).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VideoTower {
    /// Key of the vision section with the number of frames.
    #[schemars(regex(pattern = WEIGHT))]
    pub frames: String,
    /// Cross-frame attention of every block.
    pub message: MessageAttention,
    /// Table of positions of the frames, `(1, frames, width)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub frame_embeddings: String,
    /// The transformer over the frames' vectors; its keys are the vision section's.
    pub integration: TowerLayers,
    /// What adapts a text's vector to the video.
    pub prompts: VideoPrompts,
}

impl Default for VideoTower {
    fn default() -> Self {
        Self {
            frames: "num_frames".to_owned(),
            message: MessageAttention::default(),
            frame_embeddings: "mit.position_embedding".to_owned(),
            integration: integration(),
            prompts: VideoPrompts::default(),
        }
    }
}

/// A token per frame and block that carries what other frames know; the names are relative to the
/// prefix of the vision tower's blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MessageAttention {
    /// Linear layer that makes the message of the class token.
    #[schemars(regex(pattern = WEIGHT))]
    pub projection: String,
    /// Normalisation before the messages attend to each other.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
    /// Query projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub query: String,
    /// Key projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub key: String,
    /// Value projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub value: String,
    /// Output projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
}

impl Default for MessageAttention {
    fn default() -> Self {
        Self {
            projection: "message_fc".to_owned(),
            norm: "message_ln".to_owned(),
            query: "message_attn.q_proj".to_owned(),
            key: "message_attn.k_proj".to_owned(),
            value: "message_attn.v_proj".to_owned(),
            output: "message_attn.out_proj".to_owned(),
        }
    }
}

/// Blocks in which a text's vector attends to a video's patches; the keys are those of config.json.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VideoPrompts {
    /// Key with the number of blocks.
    #[schemars(regex(pattern = WEIGHT))]
    pub layers: String,
    /// Key with the number of attention heads.
    #[schemars(regex(pattern = WEIGHT))]
    pub heads: String,
    /// Key with the activation of the feed-forward part, which is four times as wide as the space.
    #[schemars(regex(pattern = WEIGHT))]
    pub activation: String,
    /// Normalisation of the patches' states.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_norm: String,
    /// Matrix `(hidden, width)` into the common space, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub patch_projection: String,
    /// Normalisation of the projected patches.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm: String,
    /// Normalisation before attention.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_before: String,
    /// Query projection, without bias.
    #[schemars(regex(pattern = WEIGHT))]
    pub query: String,
    /// Key projection, without bias.
    #[schemars(regex(pattern = WEIGHT))]
    pub key: String,
    /// Value projection, without bias.
    #[schemars(regex(pattern = WEIGHT))]
    pub value: String,
    /// Output projection.
    #[schemars(regex(pattern = WEIGHT))]
    pub attention_output: String,
    /// Normalisation before the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub norm_after: String,
    /// First projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub intermediate: String,
    /// Second projection of the feed-forward part.
    #[schemars(regex(pattern = WEIGHT))]
    pub output: String,
    /// Scale of the prompt, `(width)`, by its full name.
    #[schemars(regex(pattern = WEIGHT))]
    pub scale: String,
}

impl Default for VideoPrompts {
    fn default() -> Self {
        Self {
            layers: "prompt_layers".to_owned(),
            heads: "prompt_num_attention_heads".to_owned(),
            activation: "prompt_hidden_act".to_owned(),
            patch_norm: "prompts_visual_layernorm".to_owned(),
            patch_projection: "prompts_visual_projection".to_owned(),
            norm: "prompts_generator.layernorm".to_owned(),
            norm_before: "prompts_generator.decoder.{layer}.norm1".to_owned(),
            query: "prompts_generator.decoder.{layer}.cross_attn.q_proj".to_owned(),
            key: "prompts_generator.decoder.{layer}.cross_attn.k_proj".to_owned(),
            value: "prompts_generator.decoder.{layer}.cross_attn.v_proj".to_owned(),
            attention_output: "prompts_generator.decoder.{layer}.cross_attn.proj".to_owned(),
            norm_after: "prompts_generator.decoder.{layer}.norm3".to_owned(),
            intermediate: "prompts_generator.decoder.{layer}.mlp.0".to_owned(),
            output: "prompts_generator.decoder.{layer}.mlp.3".to_owned(),
            scale: "prompts_generator.alpha".to_owned(),
        }
    }
}

/// The blocks over the frames' vectors, whose keys have a prefix of their own.
fn integration() -> TowerLayers {
    TowerLayers {
        config: TowerConfig {
            hidden_size: "mit_hidden_size".to_owned(),
            layers: "mit_num_hidden_layers".to_owned(),
            heads: "mit_num_attention_heads".to_owned(),
            feed_forward: FeedForward::Width("mit_intermediate_size".to_owned()),
            ..TowerConfig::default()
        },
        ..TowerLayers::named("mit.encoder.layers.{layer}.")
    }
}
