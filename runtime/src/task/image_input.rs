//! A picture as users have it: a file, its content, or pixels.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use export::recipe::Recipe;

use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::ProcessorError;
use crate::processor::image::{ImageProcessor, Picture};
use crate::skill::Ask;
use crate::tensor::NamedTensors;

/// A picture as users have it.
#[derive(Debug, Clone)]
pub enum ImageInput {
    /// A PNG, JPEG, WebP or GIF file.
    File(PathBuf),
    /// The content of a PNG, JPEG, WebP or GIF file.
    Encoded(Arc<[u8]>),
    /// RGB pixels.
    Pixels(Arc<Picture>),
}

impl ImageInput {
    /// The pixels.
    pub(super) fn picture(&self) -> Result<Picture, ProcessorError> {
        match self {
            Self::File(path) => Picture::open(path),
            Self::Encoded(bytes) => Picture::decode(bytes),
            Self::Pixels(picture) => Ok(Picture::clone(picture)),
        }
    }
}

impl From<&Path> for ImageInput {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<PathBuf> for ImageInput {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<Vec<u8>> for ImageInput {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Encoded(bytes.into())
    }
}

impl From<Picture> for ImageInput {
    fn from(picture: Picture) -> Self {
        Self::Pixels(Arc::new(picture))
    }
}

/// The checkpoint's image processor; where there are no settings, what the family's recipe says of them holds.
pub(super) fn processor(
    model: &Model,
    checkpoint: &Checkpoint,
) -> Result<ImageProcessor, ProcessorError> {
    let absent = match model.family.architecture.recipe {
        Some(Recipe::DualTower(recipe)) => recipe.preprocessor,
        _ => None,
    };
    ImageProcessor::load_or(checkpoint.root(), absent)
}

/// The `pixel_values` of a batch.
pub(super) fn feeds(
    processor: &ImageProcessor,
    items: &[ImageInput],
) -> Result<NamedTensors, Error> {
    let pixels = processor.pixel_values(&pictures(items)?)?;
    Ok(NamedTensors::new().with("pixel_values", pixels))
}

/// The pixels of every picture.
pub(super) fn pictures(items: &[ImageInput]) -> Result<Vec<Picture>, ProcessorError> {
    items.iter().map(ImageInput::picture).collect()
}

/// The arguments as files.
pub(super) fn files(ask: &Ask) -> Vec<ImageInput> {
    let files = ask.arguments.iter();
    files
        .map(|file| ImageInput::from(Path::new(file)))
        .collect()
}
