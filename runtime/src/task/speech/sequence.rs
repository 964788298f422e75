//! Speech by an encoder of log-mel features and a decoder of tokens, such as Whisper.

use export::recipe::{Recipe, StackPositions};
use ndarray::{Array2, Array3, Axis};

use super::AutomaticSpeechRecognition;
use super::options::SpeechInput;
use super::prompt::{languages, prompt};
use super::transcript::{Segment, Transcript};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::generation::{GenerationConfig, Produced, Rules, Steps, Timestamps, greedy, search};
use crate::processor::audio::SpeechFeatures;
use crate::processor::text::TextProcessor;
use crate::session::Call;
use crate::task::audio_input::waveforms;
use crate::task::cached_decoder::CachedDecoder;
use crate::tensor::NamedTensors;

/// Feature extractor, tokenizer and generation settings of a checkpoint.
#[derive(Debug)]
pub struct SequenceSpeech {
    features: SpeechFeatures,
    text: TextProcessor,
    generation: GenerationConfig,
    timestamps: Option<Timestamps>,
    /// The most tokens that the decoder has positions for.
    positions: Option<usize>,
    /// Seconds between two timestamps.
    step_s: f64,
}

impl SequenceSpeech {
    /// Reads the checkpoint's files.
    pub(super) fn load(model: &Model, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let config = checkpoint.json("config.json")?.unwrap_or_default();
        let number = |key: &str| Some(config.get(key)?.as_u64()? as usize);
        let [source, target] = match model.family.architecture.recipe {
            Some(Recipe::EncoderDecoder(recipe)) => match recipe.positions {
                StackPositions::Table {
                    encoder, decoder, ..
                } => [number(encoder), number(decoder)],
                StackPositions::Buckets { .. } => [None; 2],
            },
            _ => [None; 2],
        };
        let features = SpeechFeatures::load(checkpoint.root())?;
        let generation = GenerationConfig::load(checkpoint)?;
        let end = generation.tokens("eos_token_id")?.first().copied();
        let id = |token: Option<i64>| token.and_then(|token| usize::try_from(token).ok());
        let timestamps = match (id(generation.token("no_timestamps_token_id")?), id(end)) {
            (Some(none), Some(end)) => Some(Timestamps {
                none,
                end,
                latest_first: generation.count("max_initial_timestamp_index")?,
            }),
            _ => None,
        };
        Ok(Self {
            step_s: features.seconds() / source.unwrap_or(1).max(1) as f64,
            features,
            text: TextProcessor::load(checkpoint.root(), None)?,
            generation,
            timestamps,
            positions: target,
        })
    }

    /// The feature extractor.
    #[must_use]
    pub const fn features(&self) -> &SpeechFeatures {
        &self.features
    }

    /// The tokenizer.
    #[must_use]
    pub const fn text(&self) -> &TextProcessor {
        &self.text
    }

    /// Transcribes the first window of sounds that all ask for the same.
    pub(super) fn transcribe(
        &self,
        call: &Call<'_, AutomaticSpeechRecognition>,
        items: &[SpeechInput],
    ) -> Result<Vec<Transcript>, Error> {
        let Some(SpeechInput {
            options,
            generation,
            ..
        }) = items.first()
        else {
            return Ok(Vec::new());
        };
        let begun = prompt(&self.generation, options)?;
        let length = begun.tokens.len() + usize::from(begun.is_language_open);
        let limits = self.generation.limits(generation, length, self.positions)?;
        let timestamps = self.timestamps.clone().filter(|_| options.has_timestamps);
        let rules = Rules::new(&self.generation, &limits, length)?.with_timestamps(timestamps);
        let beams = self.generation.beams(generation)?;

        let feeds = NamedTensors::new().with("input_features", self.windows(items)?);
        let mut decoder = CachedDecoder::new(call, &feeds, None, beams)?;
        let languages = languages(&self.generation)?;
        let prompts = if begun.is_language_open {
            let heard = hear(
                &mut decoder,
                begun.tokens[0],
                items.len(),
                beams,
                &languages,
            )?;
            let row = |heard: &i64| [&begun.tokens[..1], &[*heard], &begun.tokens[1..]].concat();
            heard.iter().map(row).collect()
        } else {
            vec![begun.tokens; items.len()]
        };
        let rows = Array2::from_shape_fn((items.len(), length), |(row, at)| prompts[row][at]);
        let produced = if beams == 1 {
            greedy(&mut decoder, &rows, &rules, &limits)?
        } else {
            search(
                &mut decoder,
                &rows,
                &self.generation,
                beams,
                &rules,
                &limits,
            )?
        };
        let code = |prompt: &Vec<i64>| {
            let spoken = languages.iter().find(|(_, id)| prompt.get(1) == Some(id));
            spoken.map(|(code, _)| code.clone())
        };
        let read = |(produced, prompt)| {
            Ok(Transcript {
                language: code(prompt),
                ..self.read(produced)?
            })
        };
        produced.into_iter().zip(&prompts).map(read).collect()
    }

    /// Features of the sounds, `(items, mels, frames)`.
    fn windows(&self, items: &[SpeechInput]) -> Result<Array3<f32>, Error> {
        let mut windows = Vec::with_capacity(items.len());
        let sounds: Vec<_> = items.iter().map(|item| item.audio.clone()).collect();
        for waveform in waveforms(&sounds)? {
            let samples = waveform.at_rate(self.features.rate())?;
            windows.push(self.features.extract(&samples)?);
        }
        let views: Vec<_> = windows.iter().map(|window| window.view()).collect();
        ndarray::stack(Axis(0), &views)
            .map_err(|error| Error::InvalidInput(format!("features of different size: {error}")))
    }

    /// The words and the times of what was produced.
    fn read(&self, produced: Produced) -> Result<Transcript, Error> {
        let time = |token: i64| {
            let begin = self.timestamps.as_ref()?.begin() as i64;
            (token >= begin).then(|| (token - begin) as f64 * self.step_s)
        };
        let mut segments: Vec<(f64, Option<f64>, Vec<i64>)> = Vec::new();
        let mut words = Vec::new();
        for &token in &produced.tokens {
            let open = segments.last_mut().filter(|(_, end, _)| end.is_none());
            match (time(token), open) {
                (None, open) => {
                    words.push(token);
                    if let Some((_, _, tokens)) = open {
                        tokens.push(token);
                    }
                }
                (Some(time), Some((_, end, _))) => *end = Some(time),
                (Some(time), None) => segments.push((time, None, Vec::new())),
            }
        }
        let segment = |(start_s, end_s, tokens): (f64, Option<f64>, Vec<i64>)| {
            Ok(Segment {
                start_s,
                end_s,
                text: self.text.decode(&tokens, true)?,
            })
        };
        Ok(Transcript {
            text: self.text.decode(&words, true)?,
            tokens: produced.tokens,
            language: None,
            segments: segments
                .into_iter()
                .map(segment)
                .collect::<Result<_, Error>>()?,
            is_finished: produced.is_finished,
            scores: produced.scores,
        })
    }
}

/// The token of the likeliest language of every item.
fn hear(
    decoder: &mut dyn Steps,
    start: i64,
    items: usize,
    beams: usize,
    languages: &[(String, i64)],
) -> Result<Vec<i64>, Error> {
    let scores = decoder.begin(&Array2::from_elem((items * beams, 1), start))?;
    let likeliest = |item: usize| {
        let row = scores.row(item * beams);
        let score = |id: i64| {
            let place = usize::try_from(id).ok();
            place
                .and_then(|place| row.get(place).copied())
                .unwrap_or(f32::NEG_INFINITY)
        };
        let best = languages
            .iter()
            .max_by(|(_, one), (_, other)| score(*one).total_cmp(&score(*other)));
        best.map(|(_, id)| *id)
            .ok_or(Error::EmptyInput("there is no language to hear"))
    };
    (0..items).map(likeliest).collect()
}
