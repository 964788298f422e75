//! What a checkpoint says about speaking: its letters, its rate, its voices.

use serde_json::Value;

use super::options::VoiceOptions;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::ProcessorError;
use crate::processor::characters::CharacterTokens;

/// No number about a voice reaches this.
const LARGEST: f64 = 1e9;

/// Letters and voice of a checkpoint.
#[derive(Debug)]
pub struct SpeakingProcessor {
    tokens: CharacterTokens,
    /// Samples a second.
    rate: u32,
    speaking_rate: f64,
    noise_scale: f64,
    noise_scale_duration: f64,
    speakers: usize,
}

/// How one text is spoken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Voice {
    pub(super) seed: u64,
    /// How many times longer than usual every token lasts.
    pub(super) duration_scale: f32,
    /// Scale of the noise of the sounds.
    pub(super) noise: f32,
    /// Scale of the noise of their lengths.
    pub(super) duration_noise: f32,
    /// The speaker asked for.
    pub(super) speaker: Option<usize>,
}

impl SpeakingProcessor {
    /// Reads the keys of config.json that a voice depends on; the defaults are those of transformers' `VitsConfig`.
    pub(super) fn load(checkpoint: &Checkpoint) -> Result<Self, Error> {
        let config = checkpoint.json("config.json")?.unwrap_or_default();
        let number = |key: &str, default: f64| match config.get(key).filter(|v| !v.is_null()) {
            None => Ok(default),
            Some(value) => {
                let found = value
                    .as_f64()
                    .filter(|number| (0.0..LARGEST).contains(number));
                found.ok_or_else(|| wrong(key, value))
            }
        };
        let speakers = number("num_speakers", 1.0)?;
        let has_several = number("speaker_embedding_size", 0.0)? > 0.0;
        Ok(Self {
            tokens: CharacterTokens::load(checkpoint.root())?,
            rate: number("sampling_rate", 16_000.0)? as u32,
            speaking_rate: number("speaking_rate", 1.0)?,
            noise_scale: number("noise_scale", 0.667)?,
            noise_scale_duration: number("noise_scale_duration", 0.8)?,
            speakers: if has_several { speakers as usize } else { 1 },
        })
    }

    /// The letters.
    #[must_use]
    pub const fn tokens(&self) -> &CharacterTokens {
        &self.tokens
    }

    /// Samples a second.
    #[must_use]
    pub const fn rate(&self) -> u32 {
        self.rate
    }

    /// Number of speakers.
    #[must_use]
    pub const fn speakers(&self) -> usize {
        self.speakers
    }

    /// The token ids of a text that is not longer than what can be spoken at once.
    pub(super) fn ids(&self, index: usize, text: &str) -> Result<Vec<i64>, Error> {
        let ids = self.tokens.ids(index, text)?;
        let (tokens, limit) = (ids.len(), export::LONGEST_SPOKEN_TEXT as usize);
        if tokens > limit {
            return Err(ProcessorError::TooLong {
                index,
                tokens,
                limit,
            }
            .into());
        }
        Ok(ids)
    }

    /// The voice that options ask for.
    pub(super) fn voice(&self, options: &VoiceOptions) -> Result<Voice, Error> {
        let speakers = self.speakers;
        if let Some(speaker) = options.speaker
            && speaker >= speakers.max(1)
        {
            return Err(Error::InvalidInput(format!(
                "there is no speaker {speaker}; the model has {speakers}, counted from 0"
            )));
        }
        let faster = options.speaking_rate.map(f64::from);
        let or = |asked: Option<f32>, usual: f64| asked.unwrap_or(usual as f32);
        Ok(Voice {
            seed: options.seed.unwrap_or_default(),
            duration_scale: faster.map_or(1.0, |faster| self.speaking_rate / faster) as f32,
            noise: or(options.noise_scale, self.noise_scale),
            duration_noise: or(options.noise_scale_duration, self.noise_scale_duration),
            speaker: options.speaker,
        })
    }
}

fn wrong(key: &str, found: &Value) -> Error {
    Error::InvalidCheckpoint {
        file: "config.json".to_owned(),
        reason: format!("`{key}` is {found}; expected a number from 0 to below {LARGEST:e}"),
    }
}
