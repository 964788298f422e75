//! Particulars of models that map texts and pictures, texts and videos, or sounds besides, into one space.

use super::{AudioTower, TowerLayers, VideoTower};

/// Particulars of towers that map texts and pictures into one space (CLIP, X-CLIP, ImageBind and their like).
///
/// Its weight names are full: there is no prefix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DualTower {
    /// What the family's configuration class holds where config.json leaves a key out, as the text
    /// of a JSON object with the sections of the towers inside; nested configurations on the hub
    /// leave out whatever equals it.
    pub defaults: &'static str,
    /// What `preprocessor_config.json` says, as the text of a JSON object, for checkpoints that come without one.
    pub preprocessor: Option<&'static str>,
    /// Key of config.json with the width of the common space.
    pub projection_size: &'static str,
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

/// The tower that reads texts; the keys are those of its section of config.json. Besides those of
/// [`TowerLayers`] it reads `vocab_size`, `max_position_embeddings` and, by its pooling,
/// `eos_token_id`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextTower {
    /// Section of config.json; `None` where its keys stand at the top.
    pub section: Option<&'static str>,
    /// Table of tokens.
    pub token_embeddings: &'static str,
    /// Table of positions.
    pub position_embeddings: &'static str,
    /// Whether positions are stored with a batch in front, `(1, positions, hidden)`.
    pub is_batched: bool,
    /// What a token attends to.
    pub attention: TowerAttention,
    /// Its blocks.
    pub layers: TowerLayers,
    /// Final normalisation.
    pub norm: &'static str,
    /// The token whose state stands for the text.
    pub pooling: TextPooling,
    /// Linear layer into the common space.
    pub projection: &'static str,
    /// Whether the projection has a bias.
    pub has_projection_bias: bool,
}

/// What a token of a text tower attends to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisionTower {
    /// Section of config.json; `None` where its keys stand at the top.
    pub section: Option<&'static str>,
    /// Key with frames, height and width of a patch, where patches span frames of videos: the
    /// convolution is `(hidden, channels, frames, height, width)`, and a picture stands for every frame.
    pub patch_kernel: Option<&'static str>,
    /// Convolution that embeds patches.
    pub patch_projection: &'static str,
    /// Whether the convolution has a bias.
    pub has_patch_bias: bool,
    /// Whether class token and positions are stored with a batch in front, `(1, 1, hidden)` and `(1,
    /// tokens, hidden)`.
    pub is_batched: bool,
    /// Token that stands before the patches, `(hidden)`, by its full name.
    pub class_token: Option<&'static str>,
    /// Table of positions, `(class token + patches, hidden)`, by its full name.
    pub position_embeddings: &'static str,
    /// Normalisation of the embeddings, where the family has one.
    pub norm_before: Option<&'static str>,
    /// Its blocks.
    pub layers: TowerLayers,
    /// Normalisation of what stands for the picture.
    pub norm_after: &'static str,
    /// What stands for the picture.
    pub pooling: ImagePooling,
    /// Linear layer without bias into the common space; a tower without one gives the pooled state.
    pub projection: Option<&'static str>,
}

/// What stands for a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ImagePooling {
    /// The class token's state, normalised.
    ClassToken,
    /// What a trained query finds among the normalised states of all patches.
    Probe(ProbeHead),
}

/// A trained query that attends to all patches, with a feed-forward part after it
/// (`SiglipMultiheadAttentionPoolingHead` of transformers).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbeHead {
    /// The query, `(1, 1, hidden)`, by its full name.
    pub probe: &'static str,
    /// Matrix `(3 hidden, hidden)` of query, key and value projection, by its full name.
    pub projections: &'static str,
    /// Their bias, `(3 hidden)`, by its full name.
    pub biases: &'static str,
    /// Output projection of attention.
    pub attention_output: &'static str,
    /// Normalisation before the feed-forward part.
    pub norm: &'static str,
    /// First projection of the feed-forward part.
    pub intermediate: &'static str,
    /// Second projection of the feed-forward part.
    pub output: &'static str,
}

/// How the vectors of both towers become logits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TowerLogits {
    /// Logarithm of the factor that the cosine is multiplied by, by its full name.
    pub scale: &'static str,
    /// What the factor is at most, where there is a limit.
    pub most: Option<f64>,
    /// What is added to the product, by its full name, where the family has it.
    pub bias: Option<&'static str>,
    /// How logits become scores.
    pub scores: Scores,
}

/// How logits become scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scores {
    /// Labels compete: a softmax over them.
    Softmax,
    /// Every label for itself: the logistic function.
    Sigmoid,
}
