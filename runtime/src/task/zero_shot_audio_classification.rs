//! Sound and candidate labels to scores, through the vectors of both.

use export::Head;
use export::recipe::{AudioTextTowers, Positions, Recipe, Scores};
use ndarray::Ix2;
use serde_json::Value;

use super::candidates::{Texts, at};
use super::zero_shot_image_classification::present;
use super::{AudioInput, Candidates, Task, ZeroShot, audio_input, output};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::audio::ClipFeatures;
use crate::processor::text::TextProcessor;
use crate::session::Call;
use crate::skill::{Answer, Ask};
use crate::tensor::NamedTensors;

/// Sound to one of the labels that come with it.
#[derive(Debug, Clone, Copy)]
pub struct ZeroShotAudioClassification;

/// A sound with the labels it may have.
#[derive(Debug, Clone)]
pub struct LabelledSound {
    /// The sound.
    pub sound: AudioInput,
    /// The labels.
    pub candidates: Candidates,
}

impl LabelledSound {
    /// A sound with the labels it may have.
    pub fn new(sound: impl Into<AudioInput>, candidates: Candidates) -> Self {
        Self {
            sound: sound.into(),
            candidates,
        }
    }
}

/// Feature extractor and tokenizer of a checkpoint.
#[derive(Debug)]
pub struct SoundProcessor {
    clips: ClipFeatures,
    text: TextProcessor,
}

impl SoundProcessor {
    /// The feature extractor.
    #[must_use]
    pub const fn clips(&self) -> &ClipFeatures {
        &self.clips
    }

    /// The tokenizer.
    #[must_use]
    pub const fn text(&self) -> &TextProcessor {
        &self.text
    }
}

impl Task for ZeroShotAudioClassification {
    type Input = LabelledSound;
    type Output = ZeroShot;
    type Processor = SoundProcessor;

    const HEAD: Head = Head::Auto;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<SoundProcessor, Error> {
        let config = checkpoint.json("config.json")?.unwrap_or_default();
        let limit = match model.family.architecture.recipe {
            Some(Recipe::AudioTextTowers(recipe)) => positions(recipe, &config),
            _ => None,
        };
        Ok(SoundProcessor {
            clips: ClipFeatures::load(checkpoint.root())?,
            text: TextProcessor::load(checkpoint.root(), limit)?,
        })
    }

    fn run(call: &Call<'_, Self>, items: &[LabelledSound]) -> Result<Vec<ZeroShot>, Error> {
        let processor = call.processor();
        let texts = Texts::of(items.iter().map(|item| &item.candidates))?;
        let sounds: Vec<_> = items.iter().map(|item| item.sound.clone()).collect();
        let sounds = audio_input::waveforms(&sounds)?;
        let samples = sounds
            .iter()
            .map(|sound| processor.clips.resampled(sound))
            .collect::<Result<Vec<_>, _>>()?;
        let batch = processor.clips.extract(&samples)?;
        let inputs = call.graph("model")?.inputs();
        let mut feeds: NamedTensors = texts.encode(&processor.text, None)?.into_feeds(inputs);
        feeds.insert("input_features", batch.features);
        if inputs.iter().any(|input| input.name == "is_longer") {
            feeds.insert("is_longer", batch.is_longer);
        }
        let outputs = call.forward("model", &feeds)?;
        let logits = output::floats::<Ix2>(&outputs, "logits_per_audio", "float (sounds, texts)")?;
        let heard = output::floats::<Ix2>(&outputs, "audio_embeds", "float (sounds, width)")?;
        let vectors = output::floats::<Ix2>(&outputs, "text_embeds", "float (texts, width)")?;
        let rows = items.iter().zip(texts.rows());
        let given = logits.rows().into_iter().zip(heard.rows());
        Ok(rows
            .zip(given)
            .map(|((item, places), (logits, sound))| {
                let logits = at(&logits, places);
                let vector = |&place: &usize| vectors.row(place).to_vec();
                ZeroShot {
                    labels: item.candidates.rank(&logits, Scores::Softmax),
                    logits,
                    vector: sound.to_vec(),
                    text_vectors: places.iter().map(vector).collect(),
                }
            })
            .collect())
    }

    fn parse(ask: &Ask) -> Result<Vec<LabelledSound>, Error> {
        let candidates = Candidates::parse(ask)?;
        let files = audio_input::files(ask).into_iter();
        Ok(files
            .map(|file| LabelledSound::new(file, candidates.clone()))
            .collect())
    }

    fn present(ask: &Ask, outputs: &[ZeroShot]) -> Answer {
        present("sound", ask, outputs)
    }
}

/// The most tokens that the tower of texts has positions for.
pub(super) fn positions(recipe: &AudioTextTowers, config: &Value) -> Option<usize> {
    let defaults: Value = serde_json::from_str(recipe.defaults).unwrap_or_default();
    let number = |key: &str| {
        let of = |config: &Value| config.get(recipe.text_config)?.get(key)?.as_u64();
        of(config).or_else(|| of(&defaults))
    };
    let positions = number("max_position_embeddings")? as usize;
    match recipe.text.positions {
        Positions::Index => Some(positions),
        // Positions begin after the padding's.
        Positions::AfterPadding => positions.checked_sub(number("pad_token_id")? as usize + 1),
    }
}
