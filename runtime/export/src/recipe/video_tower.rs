//! Particulars of what makes a tower of pictures one of videos (Ni et al., 2022, arXiv:2208.02816).

use super::TowerLayers;

/// What makes a tower of pictures one of videos (X-CLIP).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VideoTower {
    /// Key of the vision section with the number of frames.
    pub frames: &'static str,
    /// Cross-frame attention of every block.
    pub message: MessageAttention,
    /// Table of positions of the frames, `(1, frames, width)`, by its full name.
    pub frame_embeddings: &'static str,
    /// The transformer over the frames' vectors; its keys are the vision section's.
    pub integration: TowerLayers,
    /// What adapts a text's vector to the video.
    pub prompts: VideoPrompts,
}

/// A token per frame and block that carries what other frames know; the names are relative to the
/// prefix of the vision tower's blocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MessageAttention {
    /// Linear layer that makes the message of the class token.
    pub projection: &'static str,
    /// Normalisation before the messages attend to each other.
    pub norm: &'static str,
    /// Query projection.
    pub query: &'static str,
    /// Key projection.
    pub key: &'static str,
    /// Value projection.
    pub value: &'static str,
    /// Output projection.
    pub output: &'static str,
}

/// Blocks in which a text's vector attends to a video's patches; the keys are those of config.json.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VideoPrompts {
    /// Key with the number of blocks.
    pub layers: &'static str,
    /// Key with the number of attention heads.
    pub heads: &'static str,
    /// Key with the activation of the feed-forward part, which is four times as wide as the space.
    pub activation: &'static str,
    /// Normalisation of the patches' states.
    pub patch_norm: &'static str,
    /// Matrix `(hidden, width)` into the common space, by its full name.
    pub patch_projection: &'static str,
    /// Normalisation of the projected patches.
    pub norm: &'static str,
    /// Normalisation before attention.
    pub norm_before: &'static str,
    /// Query projection, without bias.
    pub query: &'static str,
    /// Key projection, without bias.
    pub key: &'static str,
    /// Value projection, without bias.
    pub value: &'static str,
    /// Output projection.
    pub attention_output: &'static str,
    /// Normalisation before the feed-forward part.
    pub norm_after: &'static str,
    /// First projection of the feed-forward part.
    pub intermediate: &'static str,
    /// Second projection of the feed-forward part.
    pub output: &'static str,
    /// Scale of the prompt, `(width)`, by its full name.
    pub scale: &'static str,
}
