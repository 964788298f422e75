//! Particulars of a tower that hears spectrograms as pictures of one channel.

use super::TowerLayers;

/// A tower over patches of a spectrogram, beside those of texts and pictures (`AudioPreprocessor` and
/// its trunk in ImageBind, Girdhar et al., 2023, arXiv:2305.05665).
///
/// The tower reads a clip at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AudioTower {
    /// Section of config.json; `None` where its keys stand at the top.
    pub section: Option<&'static str>,
    /// Key with the side of a patch, in mel bins and frames.
    pub kernel: &'static str,
    /// Key with the distance between patches.
    pub stride: &'static str,
    /// Key with the number of mel bins.
    pub mel_bins: &'static str,
    /// Key with the number of frames of a clip.
    pub frames: &'static str,
    /// Convolution without bias that embeds patches.
    pub patch_projection: &'static str,
    /// Normalisation of the embedded patches, with torch's epsilon.
    pub patch_norm: &'static str,
    /// Token that stands before the patches, `(1, 1, hidden)`, by its full name.
    pub class_token: &'static str,
    /// Table of positions, `(1, class token + patches, hidden)`, by its full name.
    pub position_embeddings: &'static str,
    /// Its blocks.
    pub layers: TowerLayers,
    /// Normalisation of the class token's state.
    pub norm_after: &'static str,
    /// Linear layer without bias into the common space.
    pub projection: &'static str,
}
