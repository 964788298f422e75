//! What a caller may ask of one generation.

use serde::{Deserialize, Serialize};

/// What a caller may ask of one generation; what is `None` is as the checkpoint's `generation_config.json` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GenerationOptions {
    /// The most new tokens.
    #[serde(default)]
    pub max_new_tokens: Option<usize>,
    /// Number of beams; 1 is greedy.
    #[serde(default)]
    pub beams: Option<usize>,
    /// For how many steps the raw scores of the vocabulary are returned; 1 where it is not given.
    #[serde(default)]
    pub kept_scores: Option<usize>,
}
