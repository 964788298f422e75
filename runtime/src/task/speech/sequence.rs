//! Speech by an encoder of log-mel features and a decoder of tokens, such as Whisper.

use export::recipe::{Recipe, StackPositions};
use ndarray::{Array2, Array3, s};

use super::AutomaticSpeechRecognition;
use super::options::{SpeechInput, SpeechOptions};
use super::prompt::{languages, prompt};
use super::transcript::Transcript;
use super::windows::Clock;
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::generation::{GenerationValues, Produced, Rules, Steps, Timestamps, greedy, search};
use crate::processor::audio::SpeechFeatures;
use crate::processor::text::TextProcessor;
use crate::session::Call;
use crate::task::audio_input::waveforms;
use crate::task::encoded_decoder::{EncodedDecoder, room};
use crate::tensor::NamedTensors;

/// Feature extractor, tokenizer and generation settings of a checkpoint.
#[derive(Debug)]
pub struct SequenceSpeech {
    features: SpeechFeatures,
    text: TextProcessor,
    generation: GenerationValues,
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
        let generation = GenerationValues::load(checkpoint)?;
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

    /// Transcribes sounds that all ask for the same, window by window.
    pub(super) fn transcribe(
        &self,
        call: &Call<'_, AutomaticSpeechRecognition>,
        items: &[SpeechInput],
    ) -> Result<Vec<Transcript>, Error> {
        let Some(first) = items.first() else {
            return Ok(Vec::new());
        };
        let sounds: Vec<_> = items.iter().map(|item| item.audio.clone()).collect();
        let sounds = waveforms(&sounds)?;
        let mut listening = Vec::with_capacity(items.len());
        for sound in &sounds {
            let samples = sound.at_rate(self.features.rate())?;
            let is_long = !first.options.is_cut && samples.len() > self.features.samples();
            listening.push(Listening {
                features: if is_long {
                    self.features.extract_whole(&samples)?
                } else {
                    self.features.extract(&samples)?
                },
                // A sound of several windows is cut at the times of its transcript.
                is_timed: first.options.has_timestamps || (is_long && self.timestamps.is_some()),
                at: 0,
                spoken: None,
                transcript: Transcript::default(),
            });
        }
        for is_timed in [false, true] {
            self.listen(call, first, &mut listening, is_timed)?;
        }
        Ok(listening.into_iter().map(|one| one.transcript).collect())
    }

    /// Goes through the sounds of one kind, one window of each at a time.
    fn listen(
        &self,
        call: &Call<'_, AutomaticSpeechRecognition>,
        asked: &SpeechInput,
        listening: &mut [Listening],
        is_timed: bool,
    ) -> Result<(), Error> {
        let decode = |tokens: &[i64]| Ok(self.text.decode(tokens, true)?);
        let clock = Clock {
            timestamps: self.timestamps.as_ref(),
            step_s: self.step_s,
        };
        loop {
            let mut pending: Vec<_> = listening
                .iter_mut()
                .filter(|one| one.is_timed == is_timed && one.at < one.features.ncols())
                .collect();
            if pending.is_empty() {
                return Ok(());
            }
            let mut heard = Vec::with_capacity(pending.len());
            for pending in pending.chunks_mut(call.batch()) {
                heard.extend(self.hear(call, asked, pending, is_timed)?);
            }
            for (one, produced) in pending.into_iter().zip(heard) {
                // The token that ended the transcript of a window says nothing about its times.
                let body = produced.tokens.len() - usize::from(produced.is_finished);
                let reach = clock.reach(&produced.tokens[..body]);
                let is_last = one.features.ncols() - one.at <= self.features.frames();
                let tokens = if is_last {
                    produced.tokens.as_slice()
                } else {
                    &produced.tokens[..reach.tokens]
                };
                let offset_s = one.at as f64 * self.features.frame_s();
                let mut part = clock.read(tokens, offset_s, &decode)?;
                if !asked.options.has_timestamps {
                    part.segments.clear();
                }
                one.at += match reach.seconds.filter(|_| !is_last) {
                    Some(seconds) => (seconds / self.features.frame_s()).round() as usize,
                    None => self.features.frames(),
                };
                one.transcript.text.push_str(&part.text);
                one.transcript.segments.append(&mut part.segments);
                one.transcript.tokens.extend(tokens);
                one.transcript.is_finished = produced.is_finished;
                if one.transcript.scores.is_empty() {
                    one.transcript.scores = produced.scores;
                }
            }
        }
    }

    /// What is heard in the next window of each sound.
    fn hear(
        &self,
        call: &Call<'_, AutomaticSpeechRecognition>,
        asked: &SpeechInput,
        sounds: &mut [&mut Listening],
        is_timed: bool,
    ) -> Result<Vec<Produced>, Error> {
        let config = &self.generation;
        let options = SpeechOptions {
            has_timestamps: is_timed,
            ..asked.options.clone()
        };
        let begun = prompt(config, &options)?;
        let length = begun.tokens.len() + usize::from(begun.is_language_open);
        let limits = config.limits(&asked.generation, length, room(call, self.positions)?)?;
        let timestamps = self.timestamps.clone().filter(|_| is_timed);
        let rules = Rules::new(config, &asked.generation, &limits, length)?;
        let rules = rules.with_timestamps(timestamps);
        let beams = config.beams(&asked.generation)?;

        let (mels, frames) = (self.features.mels(), self.features.frames());
        let mut features = Array3::zeros((sounds.len(), mels, frames));
        for (sound, mut window) in sounds.iter().zip(features.outer_iter_mut()) {
            let end = sound.features.ncols().min(sound.at + frames);
            let given = sound.features.slice(s![.., sound.at..end]);
            window.slice_mut(s![.., ..end - sound.at]).assign(&given);
        }
        let feeds = NamedTensors::new().with("input_features", features);
        let mut decoder = EncodedDecoder::new(call, &feeds, None, beams)?;
        let languages = languages(config)?;
        if begun.is_language_open && sounds.iter().any(|sound| sound.spoken.is_none()) {
            let start = begun.tokens[0];
            let spoken = spoken(&mut decoder, start, sounds.len(), beams, &languages)?;
            for (sound, spoken) in sounds.iter_mut().zip(spoken) {
                // What the first window was in, the others are.
                sound.spoken.get_or_insert(spoken);
            }
        }
        let mut prompts = Array2::zeros((sounds.len(), length));
        for (sound, mut row) in sounds.iter_mut().zip(prompts.rows_mut()) {
            let open = sound.spoken.filter(|_| begun.is_language_open);
            let (start, rest) = begun.tokens.split_at(1);
            let tokens = start.iter().chain(&open).chain(rest);
            row.iter_mut()
                .zip(tokens)
                .for_each(|(place, token)| *place = *token);
            let named = languages.iter().find(|(_, id)| row.get(1) == Some(id));
            sound.transcript.language = named.map(|(code, _)| code.clone());
        }
        if beams == 1 {
            greedy(&mut decoder, &prompts, &rules, &limits)
        } else {
            search(&mut decoder, &prompts, config, beams, &rules, &limits)
        }
    }
}

/// A sound that is gone through.
struct Listening {
    /// `(mels, frames)`.
    features: Array2<f32>,
    /// The frame that the next window begins at.
    at: usize,
    /// The token of the language that was heard.
    spoken: Option<i64>,
    is_timed: bool,
    transcript: Transcript,
}

/// The token of the likeliest language of every item.
fn spoken(
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
