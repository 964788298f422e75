//! Turns the hidden states of a text's tokens into one embedding, as sentence-transformers does.

mod config;
mod modes;
mod similarity;

use std::path::Path;

use ndarray::{Array2, ArrayView2, ArrayView3, s};

pub use self::modes::Mode;
pub use self::similarity::{cosine_similarity, normalise_rows};

use super::ProcessorError;

/// How token embeddings become an embedding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pooling {
    /// What is taken of the tokens; several are concatenated in this order.
    pub modes: Vec<Mode>,
    /// Whether embeddings are scaled to length 1.
    pub normalises: bool,
}

impl Default for Pooling {
    /// The mean, scaled to length 1.
    fn default() -> Self {
        Self {
            modes: vec![Mode::Mean],
            normalises: true,
        }
    }
}

impl Pooling {
    /// Reads `modules.json` and the pooling module's `config.json`; a folder without `modules.json` gets the default.
    pub fn load(dir: &Path) -> Result<Self, ProcessorError> {
        Ok(config::load(dir)?.unwrap_or_default())
    }

    /// Width of an embedding from hidden states of this width.
    #[must_use]
    pub fn width(&self, width: usize) -> usize {
        self.modes.len() * width
    }

    /// Pools hidden states `(batch, length, width)` under a mask `(batch, length)` into `(batch, output width)`.
    pub fn pool(
        &self,
        hidden: &ArrayView3<'_, f32>,
        mask: &ArrayView2<'_, i64>,
    ) -> Result<Array2<f32>, ProcessorError> {
        let (batch, length, width) = hidden.dim();
        if mask.dim() != (batch, length) {
            let (rows, columns) = mask.dim();
            return Err(ProcessorError::MaskShape {
                hidden: [batch, length, width],
                mask: [rows, columns],
            });
        }
        let mut out = Array2::zeros((batch, self.width(width)));
        for ((tokens, mask), mut row) in hidden.outer_iter().zip(mask.rows()).zip(out.rows_mut()) {
            for (index, mode) in self.modes.iter().enumerate() {
                let part = row.slice_mut(s![index * width..(index + 1) * width]);
                mode.pool(&tokens, &mask, part);
            }
        }
        if self.normalises {
            normalise_rows(&mut out);
        }
        Ok(out)
    }
}
