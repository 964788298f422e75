//! Sounds of a wanted length.

use std::f32::consts::TAU;

use export::recipe::Recipe;

use super::{Lengths, Takes, Workload, generation};
use crate::catalog::Model;
use crate::error::Error;
use crate::processor::audio::Waveform;
use crate::task::{AudioInput, AutomaticSpeechRecognition, SpeechInput, SpeechProcessor};

/// Samples a second: what speech models are trained on.
const RATE: u32 = 16_000;

/// Two tones whose height differs with the number, louder and quieter by turns.
pub(super) fn sound(lengths: &Lengths, index: usize) -> Result<AudioInput, Error> {
    let count = u64::from(lengths.audio_ms.unwrap_or(1)) * u64::from(RATE) / 1000;
    let hertz = 220.0 + 30.0 * (index % 16) as f32;
    let sample = |place: u64| {
        let seconds = place as f32 / RATE as f32;
        let loudness = 0.4 + 0.3 * (TAU * 3.0 * seconds).sin();
        loudness * (0.7 * (TAU * hertz * seconds).sin() + 0.3 * (TAU * 2.7 * hertz * seconds).sin())
    };
    let samples = (0..count.max(1)).map(sample).collect();
    Ok(AudioInput::from(Waveform::from_samples(samples, RATE)?))
}

impl Workload for AutomaticSpeechRecognition {
    fn takes(model: &Model) -> Takes {
        let recipe = model.family.architecture.recipe;
        Takes {
            sound: true,
            // Models that name a letter for each frame write nothing.
            new_tokens: !matches!(recipe, Some(Recipe::AudioEncoder(_))),
            ..Takes::default()
        }
    }

    fn item(
        _processor: &SpeechProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<SpeechInput, Error> {
        Ok(SpeechInput {
            audio: sound(lengths, index)?,
            options: crate::task::SpeechOptions::default(),
            generation: lengths
                .new_tokens
                .map_or_else(Default::default, |_| generation(lengths)),
        })
    }
}
