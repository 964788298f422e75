//! Particulars of models that compare sounds with texts.

use super::{NormEps, TextEncoder};

/// Particulars of a model that brings spectrograms and texts to one space (CLAP and its like).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AudioTextTowers {
    /// What the family's classes take for keys that config.json leaves out, as the text of a JSON object.
    pub defaults: &'static str,
    /// The tower of texts, with its pooler; its prefix always stands before its names.
    pub text: TextEncoder,
    /// Object of config.json with the sizes of the text tower.
    pub text_config: &'static str,
    /// The tower of spectrograms.
    pub audio: SpectrogramTower,
    /// Object of config.json with the sizes of the spectrogram tower.
    pub audio_config: &'static str,
    /// Projection of texts.
    pub text_projection: Projection,
    /// Projection of sounds.
    pub audio_projection: Projection,
    /// Key of either object with the activation between them.
    pub projection_activation: &'static str,
    /// Logarithm of what a text's similarities are multiplied with, by its full name.
    pub text_scale: &'static str,
    /// Logarithm of what a sound's similarities are multiplied with, by its full name.
    pub audio_scale: &'static str,
}

/// Names of the two linear layers that bring what a tower gives to the common space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// The first, before the activation.
    pub first: &'static str,
    /// The second.
    pub second: &'static str,
}

/// A hierarchical transformer over patches of a spectrogram folded to a square (Chen et al., 2022, arXiv:2202.00874).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpectrogramTower {
    /// What the names of the tower's weights begin with.
    pub prefix: &'static str,
    /// Epsilon of the normalisation in a block; the other normalisations have torch's default.
    pub norm_eps: NormEps,
    /// Names of the weights; `{stage}` stands for the stage's number, `{layer}` for the block's in it.
    pub weights: SpectrogramTowerWeights,
}

/// Names of a spectrogram tower's weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpectrogramTowerWeights {
    /// Batch normalisation over the mel bins.
    pub mel_norm: &'static str,
    /// Convolution that embeds patches.
    pub patch_projection: &'static str,
    /// Normalisation of the embedded patches.
    pub patch_norm: &'static str,
    /// Convolution that embeds patches of the clips of a long sound.
    pub clip_projection: &'static str,
    /// What weighs a patch of the whole sound against that of a clip by the patch.
    pub local_weighing: Weighing,
    /// What weighs it by all patches.
    pub global_weighing: Weighing,
    /// Normalisation before attention.
    pub norm_before: &'static str,
    /// Query projection of a block.
    pub query: &'static str,
    /// Key projection of a block.
    pub key: &'static str,
    /// Value projection of a block.
    pub value: &'static str,
    /// Table of the bias by relative position, by its full name.
    pub position_bias: &'static str,
    /// Output projection of attention.
    pub attention_output: &'static str,
    /// Normalisation before the feed-forward part.
    pub norm_after: &'static str,
    /// First projection of the feed-forward part.
    pub intermediate: &'static str,
    /// Second projection of the feed-forward part.
    pub output: &'static str,
    /// Normalisation of four merged patches.
    pub merge_norm: &'static str,
    /// Linear layer that halves the width of four merged patches.
    pub merge: &'static str,
    /// Final normalisation.
    pub norm: &'static str,
}

/// Names of the convolutions that weigh patches against each other, and of the batch normalisations after them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighing {
    /// The convolution to fewer channels.
    pub narrow: &'static str,
    /// Its normalisation.
    pub narrow_norm: &'static str,
    /// The convolution back to all channels.
    pub widen: &'static str,
    /// Its normalisation.
    pub widen_norm: &'static str,
}
