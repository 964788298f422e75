//! Prepares pictures as a checkpoint's `preprocessor_config.json` says.

#[cfg(test)]
mod against_padding;
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

use ndarray::{Array3, Array4, ArrayViewMut1, Axis, s};

pub use self::filter::Filter;
pub(super) use self::picture::check_size;
pub use self::picture::{MAX_PIXELS, MAX_SIDE, Picture};
pub use self::tiles::{Tiler, Tiles};

use self::config::{Config, Pad};
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

/// Pictures as a graph takes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// `(batch, 3, height, width)`, channels red, green, blue; zeros below and beside a picture that was padded.
    pub pixel_values: Array4<f32>,
    /// `(height, width)` of every picture after resizing and before padding.
    pub sizes: Vec<(usize, usize)>,
}

impl Prepared {
    /// `pixel_mask`, `(batch, height, width)`: 1 where there is a picture, 0 where it was padded.
    #[must_use]
    pub fn pixel_mask(&self) -> Array3<i64> {
        let (batch, _, height, width) = self.pixel_values.dim();
        let mut mask = Array3::zeros((batch, height, width));
        for (mut plane, &(height, width)) in mask.outer_iter_mut().zip(&self.sizes) {
            plane.slice_mut(s![..height, ..width]).fill(1);
        }
        mask
    }
}

impl ImageProcessor {
    /// Reads `preprocessor_config.json` of a checkpoint folder; where the file names no class, `config.json`'s
    /// `model_type` does.
    pub fn load(dir: &Path) -> Result<Self, ProcessorError> {
        Self::load_or(dir, None)
    }

    /// The same, with what the file says where there is none: the text of a JSON object.
    pub fn load_or(dir: &Path, absent: Option<&str>) -> Result<Self, ProcessorError> {
        let config = Config::load(dir, absent)?;
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
        Ok(self.prepare_all(pictures)?.pixel_values)
    }

    /// Pictures with what their padding makes it necessary to know.
    pub fn prepare_all(&self, pictures: &[Picture]) -> Result<Prepared, ProcessorError> {
        let prepared = pictures
            .iter()
            .map(|picture| self.prepare(picture))
            .collect::<Result<Vec<_>, _>>()?;
        let Some(first) = prepared.first() else {
            return Err(ProcessorError::EmptyBatch);
        };
        let largest = |side: fn(&Picture) -> usize| prepared.iter().map(side).max();
        let (height, width) = match self.config.pad {
            None => (first.height(), first.width()),
            Some(Pad::To { height, width }) => (height, width),
            Some(Pad::Largest) => (
                largest(Picture::height).unwrap_or_default(),
                largest(Picture::width).unwrap_or_default(),
            ),
        };
        let mut pixel_values = Array4::zeros((prepared.len(), 3, height, width));
        for (index, (picture, mut planes)) in prepared
            .iter()
            .zip(pixel_values.outer_iter_mut())
            .enumerate()
        {
            let fits = match self.config.pad {
                None => (picture.width(), picture.height()) == (width, height),
                Some(_) => picture.width() <= width && picture.height() <= height,
            };
            if !fits {
                return Err(ProcessorError::UnequalPictures {
                    index,
                    first_width: width,
                    first_height: height,
                    width: picture.width(),
                    height: picture.height(),
                });
            }
            let inner = s![.., ..picture.height(), ..picture.width()];
            for (channel, mut plane) in planes.slice_mut(inner).outer_iter_mut().enumerate() {
                let rows = picture.rgb().chunks_exact(picture.width() * 3);
                for (pixels, row) in rows.zip(plane.axis_iter_mut(Axis(0))) {
                    self.normalise(channel, pixels, row);
                }
            }
        }
        let size = |picture: &Picture| (picture.height(), picture.width());
        Ok(Prepared {
            pixel_values,
            sizes: prepared.iter().map(size).collect(),
        })
    }

    /// Resizes and crops; still bytes.
    fn prepare(&self, picture: &Picture) -> Result<Picture, ProcessorError> {
        let (source_width, source_height) = (picture.width(), picture.height());
        let plan = self.config.plan(source_width, source_height)?;
        let Config {
            filter, crop_start, ..
        } = self.config;
        Ok(crop::resize_and_crop(picture, &plan, filter, crop_start))
    }

    fn normalise(&self, channel: usize, pixels: &[u8], row: ArrayViewMut1<'_, f32>) {
        let values = &self.values[channel];
        for (value, pixel) in row.into_iter().zip(pixels.chunks_exact(3)) {
            *value = values[usize::from(pixel[channel])];
        }
    }
}
