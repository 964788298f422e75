//! What prepares texts, pictures and sounds, as far as the checkpoint's model has towers for them.

use export::recipe::Recipe;
use ndarray::{Array2, ArrayView2, Axis};

use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::ProcessorError;
use crate::processor::audio::{BankFeatures, ClipFeatures};
use crate::processor::image::ImageProcessor;
use crate::processor::pooling::normalise_rows;
use crate::processor::text::TextProcessor;
use crate::task::candidates::{self, Reader};
use crate::task::zero_shot_audio_classification::positions;
use crate::task::{AudioInput, Medium, audio_input, image_input};
use crate::tensor::NamedTensors;

/// Tokenizer, image processor and feature extractor of a checkpoint.
#[derive(Debug)]
pub struct MultimodalProcessor {
    pub(super) reader: Reader,
    pub(super) image: Option<ImageProcessor>,
    pub(super) sound: Option<SoundFeatures>,
}

/// The feature extractor of a tower of sounds.
#[derive(Debug)]
pub(super) enum SoundFeatures {
    /// One spectrogram of a sound.
    Whole(ClipFeatures),
    /// Filter banks of several clips of a sound.
    Clips(BankFeatures),
}

impl MultimodalProcessor {
    pub(super) fn load(model: &Model, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let root = checkpoint.root();
        match model.family.architecture.recipe {
            Some(Recipe::DualTower(recipe)) if recipe.video.is_none() => Ok(Self {
                reader: candidates::reader(model, checkpoint)?,
                image: Some(image_input::processor(model, checkpoint)?),
                sound: match recipe.audio {
                    Some(_) => Some(SoundFeatures::Clips(BankFeatures::load(
                        root,
                        recipe.preprocessor,
                    )?)),
                    None => None,
                },
            }),
            Some(Recipe::AudioTextTowers(recipe)) => {
                let config = checkpoint.json("config.json")?.unwrap_or_default();
                let text = TextProcessor::load(root, positions(recipe, &config))?;
                Ok(Self {
                    reader: Reader::plain(text),
                    image: None,
                    sound: Some(SoundFeatures::Whole(ClipFeatures::load(root)?)),
                })
            }
            _ => Err(Error::InvalidInput(format!(
                "`{}` has no towers for texts beside pictures or sounds",
                model.id
            ))),
        }
    }

    /// The tokenizer.
    #[must_use]
    pub const fn text(&self) -> &TextProcessor {
        &self.reader.text
    }

    /// What there are towers for: texts, and others.
    #[must_use]
    pub fn media(&self) -> Vec<Medium> {
        let image = self.image.iter().map(|_| Medium::Image);
        let sound = self.sound.iter().map(|_| Medium::Sound);
        [Medium::Text]
            .into_iter()
            .chain(image)
            .chain(sound)
            .collect()
    }

    /// The image processor, where there is a tower of pictures.
    #[must_use]
    pub const fn image(&self) -> Option<&ImageProcessor> {
        self.image.as_ref()
    }
}

impl SoundFeatures {
    /// What the tower of sounds takes.
    pub(super) fn feeds(&self, items: &[AudioInput]) -> Result<NamedTensors, Error> {
        let sounds = audio_input::waveforms(items)?;
        match self {
            Self::Whole(clips) => {
                let samples = sounds.iter().map(|sound| clips.resampled(sound));
                let batch = clips.extract(&samples.collect::<Result<Vec<_>, ProcessorError>>()?)?;
                Ok(NamedTensors::new()
                    .with("input_features", batch.features)
                    .with("is_longer", batch.is_longer))
            }
            Self::Clips(banks) => {
                let samples = sounds.iter().map(|sound| banks.resampled(sound));
                let features = banks.extract(&samples.collect::<Result<Vec<_>, _>>()?)?;
                Ok(NamedTensors::new().with("input_features", features))
            }
        }
    }

    /// One vector for every sound from those of its clips, `(sounds × clips, width)`: the mean of unit vectors.
    pub(super) fn joined(&self, vectors: Array2<f32>) -> Array2<f32> {
        match self {
            Self::Whole(_) => vectors,
            Self::Clips(banks) => means(vectors, banks.clips()),
        }
    }
}

/// Means of every `count` rows after each was given length 1.
fn means(mut vectors: Array2<f32>, count: usize) -> Array2<f32> {
    normalise_rows(&mut vectors);
    let mut means = Array2::zeros((vectors.nrows() / count.max(1), vectors.ncols()));
    let clips = vectors.axis_chunks_iter(Axis(0), count.max(1));
    for (mut mean, clips) in means.rows_mut().into_iter().zip(clips) {
        let clips: ArrayView2<'_, f32> = clips;
        mean.assign(&(clips.sum_axis(Axis(0)) / clips.nrows() as f32));
    }
    means
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn clips_count_alike_however_long_their_vectors_are() {
        let vectors = arr2(&[[3.0, 0.0], [0.0, 0.1], [6.0, 8.0], [0.6, 0.8]]);
        assert_eq!(means(vectors, 2), arr2(&[[0.5, 0.5], [0.6, 0.8]]));
    }
}
