//! Prepares pictures as a checkpoint's `preprocessor_config.json` says.

#[cfg(test)]
mod against_pillow;
#[cfg(test)]
mod against_transformers;
mod class;
mod config;
mod crop;
mod filter;
mod picture;
mod resample;
mod tiles;

use std::path::Path;

use ndarray::{Array4, ArrayViewMut1, Axis};

pub use self::filter::Filter;
pub use self::picture::{MAX_PIXELS, MAX_SIDE, Picture};
pub use self::tiles::{Tiler, Tiles};

use self::config::Config;
use super::ProcessorError;

/// Resizes, crops, rescales and normalises pictures, in this order and exactly as transformers' PIL-based processors.
///
/// Processors saved as "fast" ones (torchvision) have the same settings and are prepared the same way.
#[derive(Debug, Clone)]
pub struct ImageProcessor {
    config: Config,
    /// Per channel, the value of each of the 256 bytes after rescaling and normalising.
    values: [[f32; 256]; 3],
}

impl ImageProcessor {
    /// Reads `preprocessor_config.json` of a checkpoint folder; where the file names no class, `config.json`'s
    /// `model_type` does.
    pub fn load(dir: &Path) -> Result<Self, ProcessorError> {
        let config = Config::load(dir)?;
        let values = std::array::from_fn(|channel| {
            std::array::from_fn(|byte| config.value(channel, byte as u8))
        });
        Ok(Self { config, values })
    }

    /// The `(height, width)` that every picture comes out with; `None` where it depends on the picture.
    #[must_use]
    pub fn output_size(&self) -> Option<(usize, usize)> {
        self.config.output_size()
    }

    /// `pixel_values`, `(batch, 3, height, width)`, channels red, green, blue.
    pub fn pixel_values(&self, pictures: &[Picture]) -> Result<Array4<f32>, ProcessorError> {
        let prepared = pictures
            .iter()
            .map(|picture| self.prepare(picture))
            .collect::<Result<Vec<_>, _>>()?;
        let Some(first) = prepared.first() else {
            return Err(ProcessorError::EmptyBatch);
        };
        let (width, height) = (first.width(), first.height());
        let mut out = Array4::zeros((prepared.len(), 3, height, width));
        for (index, (picture, mut planes)) in prepared.iter().zip(out.outer_iter_mut()).enumerate()
        {
            if (picture.width(), picture.height()) != (width, height) {
                return Err(ProcessorError::UnequalPictures {
                    index,
                    first_width: width,
                    first_height: height,
                    width: picture.width(),
                    height: picture.height(),
                });
            }
            for (channel, mut plane) in planes.outer_iter_mut().enumerate() {
                let rows = picture.rgb().chunks_exact(width * 3);
                for (pixels, row) in rows.zip(plane.axis_iter_mut(Axis(0))) {
                    self.normalise(channel, pixels, row);
                }
            }
        }
        Ok(out)
    }

    /// Resizes and crops; still bytes.
    fn prepare(&self, picture: &Picture) -> Result<Picture, ProcessorError> {
        let (source_width, source_height) = (picture.width(), picture.height());
        let plan = self.config.plan(source_width, source_height)?;
        Ok(crop::resize_and_crop(picture, &plan, self.config.filter))
    }

    fn normalise(&self, channel: usize, pixels: &[u8], row: ArrayViewMut1<'_, f32>) {
        let values = &self.values[channel];
        for (value, pixel) in row.into_iter().zip(pixels.chunks_exact(3)) {
            *value = values[usize::from(pixel[channel])];
        }
    }
}
