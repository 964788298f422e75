//! Speech to text by a token for every frame: normalise, run, take the likeliest, leave out repetitions and blanks.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView2, Ix3, s};

use super::AutomaticSpeechRecognition;
use super::options::{SpeechInput, SpeechOptions};
use super::transcript::{Segment, Transcript};
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::generation::GenerationOptions;
use crate::processor::ProcessorError;
use crate::processor::audio::{WaveBatch, WaveFeatures, Waveform};
use crate::processor::ctc::CtcTokens;
use crate::session::Call;
use crate::task::audio_input::waveforms;
use crate::task::output;
use crate::tensor::NamedTensors;

/// The most frames of a sound: their attention scores alone take gigabytes.
const MOST_FRAMES: usize = 1 << 13;

/// The most convolutions that are counted through.
const MOST_CONVOLUTIONS: usize = 64;

/// Feature extractor and tokens of a checkpoint, and how its model cuts sounds into frames.
#[derive(Debug)]
pub struct FrameSpeech {
    features: WaveFeatures,
    tokens: CtcTokens,
    frames: Frames,
}

/// How convolutions cut a sound into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frames {
    /// Samples that the first frame is made of.
    reach: usize,
    /// Samples from one frame to the next.
    step: usize,
}

impl FrameSpeech {
    pub(super) fn load(checkpoint: &Checkpoint) -> Result<Self, Error> {
        Ok(Self {
            features: WaveFeatures::load(checkpoint.root())?,
            tokens: CtcTokens::load(checkpoint.root())?,
            frames: Frames::load(checkpoint)?,
        })
    }

    /// The feature extractor.
    #[must_use]
    pub const fn features(&self) -> &WaveFeatures {
        &self.features
    }

    /// The tokens.
    #[must_use]
    pub const fn tokens(&self) -> &CtcTokens {
        &self.tokens
    }

    /// Samples of the longest sound that is taken.
    #[must_use]
    pub const fn most_samples(&self) -> usize {
        self.frames.reach + (MOST_FRAMES - 1) * self.frames.step
    }

    /// The samples of a sound at the model's rate, within what the model takes.
    fn samples<'w>(
        &self,
        index: usize,
        sound: &'w Waveform,
        is_cut: bool,
    ) -> Result<Cow<'w, [f32]>, Error> {
        let (count, needed) = (sound.length_at(self.features.rate()), self.frames.reach);
        if count < needed {
            return Err(ProcessorError::SoundTooShort {
                index,
                samples: count,
                needed,
            }
            .into());
        }
        if count > self.most_samples() && !is_cut {
            let seconds = |samples: usize| samples as f64 / f64::from(self.features.rate());
            return Err(ProcessorError::SoundTooLong {
                index,
                seconds: seconds(count),
                most: seconds(self.most_samples()),
            }
            .into());
        }
        let samples = self.features.samples(sound)?;
        if count <= self.most_samples() {
            return Ok(samples);
        }
        Ok(samples[..self.most_samples()].to_vec().into())
    }

    /// Transcribes sounds that all ask for the same. Where the graph takes a mask they run together; else those of equal
    /// length do, because a model that was trained without hears the padding.
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
        check(options, generation)?;
        let audio: Vec<_> = items.iter().map(|item| item.audio.clone()).collect();
        let sounds = waveforms(&audio)?;
        let samples = sounds
            .iter()
            .enumerate()
            .map(|(index, sound)| self.samples(index, sound, options.is_cut))
            .collect::<Result<Vec<_>, _>>()?;
        let inputs = call.graph("model")?.inputs();
        let takes_mask = inputs.iter().any(|input| input.name == "attention_mask");
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, samples) in samples.iter().enumerate() {
            let key = if takes_mask { 0 } else { samples.len() };
            groups.entry(key).or_default().push(index);
        }
        let kept = generation.kept_scores.unwrap_or(1);
        let mut transcripts = BTreeMap::new();
        for places in groups.into_values() {
            let group: Vec<&[f32]> = places
                .iter()
                .map(|&place| samples[place].as_ref())
                .collect();
            let logits = forward(call, self.features.extract(&group)?, takes_mask)?;
            let rows = places.into_iter().zip(group).zip(logits.outer_iter());
            for ((place, samples), logits) in rows {
                let frames = self.frames.count(samples.len()).min(logits.nrows());
                let logits = logits.slice(s![..frames, ..]);
                transcripts.insert(place, self.read(&logits, kept, options.has_timestamps));
            }
        }
        Ok(transcripts.into_values().collect())
    }

    /// What the scores of a sound's frames say.
    fn read(
        &self,
        logits: &ArrayView2<'_, f32>,
        kept_scores: usize,
        has_timestamps: bool,
    ) -> Transcript {
        let likeliest: Vec<usize> = logits
            .rows()
            .into_iter()
            .map(|row| {
                let best = row
                    .iter()
                    .enumerate()
                    .reduce(|best, next| if next.1 > best.1 { next } else { best });
                best.map_or(0, |(id, _)| id)
            })
            .collect();
        let read = self.tokens.read(&likeliest);
        let frame_s = self.frames.step as f64 / f64::from(self.features.rate());
        let segment = |(text, frames): (String, std::ops::Range<usize>)| Segment {
            start_s: frames.start as f64 * frame_s,
            end_s: Some(frames.end as f64 * frame_s),
            text,
        };
        let words = read.words.into_iter().filter(|_| has_timestamps);
        Transcript {
            text: read.text,
            tokens: likeliest.iter().map(|&id| id as i64).collect(),
            language: None,
            segments: words.map(segment).collect(),
            is_finished: true,
            scores: logits
                .rows()
                .into_iter()
                .take(kept_scores)
                .map(|row| row.to_vec())
                .collect(),
        }
    }
}

/// Refuses what a model cannot be asked for that gives every frame a token.
fn check(options: &SpeechOptions, generation: &GenerationOptions) -> Result<(), Error> {
    let asked = [
        (options.language.is_some(), "a language"),
        (options.task.is_some(), "a translation or another task"),
        (generation.max_new_tokens.is_some(), "a number of tokens"),
        (generation.beams.is_some_and(|beams| beams > 1), "beams"),
    ];
    match asked.into_iter().find(|(is_asked, _)| *is_asked) {
        Some((_, what)) => Err(Error::InvalidInput(format!(
            "the model writes down what it hears frame by frame and cannot be asked for {what}"
        ))),
        None => Ok(()),
    }
}

impl Frames {
    /// Reads the convolutions of config.json.
    fn load(checkpoint: &Checkpoint) -> Result<Self, Error> {
        let config = checkpoint.json("config.json")?.unwrap_or_default();
        let sizes = |key: &str| -> Result<Vec<usize>, Error> {
            let list = config.get(key).and_then(serde_json::Value::as_array);
            let size = |size: &serde_json::Value| {
                let size = size.as_u64().filter(|size| (1..=1 << 16).contains(size));
                size.map(|size| size as usize)
            };
            let sizes = list
                .filter(|list| (1..=MOST_CONVOLUTIONS).contains(&list.len()))
                .and_then(|list| list.iter().map(size).collect());
            sizes.ok_or_else(|| Error::InvalidCheckpoint {
                file: "config.json".to_owned(),
                reason: format!("`{key}` is no list of sizes from 1 to 65536"),
            })
        };
        let (kernels, strides) = (sizes("conv_kernel")?, sizes("conv_stride")?);
        Self::of(&kernels, &strides).ok_or_else(|| Error::InvalidCheckpoint {
            file: "config.json".to_owned(),
            reason: "`conv_kernel` and `conv_stride` lead to frames of more than 2^32 samples"
                .to_owned(),
        })
    }

    fn of(kernels: &[usize], strides: &[usize]) -> Option<Self> {
        let (mut reach, mut step) = (1_usize, 1_usize);
        for (kernel, stride) in kernels.iter().zip(strides) {
            reach = reach.checked_add((kernel - 1).checked_mul(step)?)?;
            step = step.checked_mul(*stride)?;
        }
        (reach.max(step) <= 1 << 32).then_some(Self { reach, step })
    }

    /// How many frames a sound gives.
    const fn count(self, samples: usize) -> usize {
        (samples - self.reach) / self.step + 1
    }
}

/// The scores `(batch, frames, vocabulary)`.
fn forward(
    call: &Call<'_, AutomaticSpeechRecognition>,
    batch: WaveBatch,
    takes_mask: bool,
) -> Result<Array3<f32>, Error> {
    let WaveBatch { values, mask } = batch;
    let shape = values.dim();
    let mut feeds = NamedTensors::new().with("input_values", values);
    if takes_mask {
        // Without a mask of its own the checkpoint's padding is sound to its model.
        let mask = mask.unwrap_or_else(|| Array2::ones(shape));
        feeds.insert("attention_mask", mask);
    }
    let outputs = call.forward("model", &feeds)?;
    output::floats::<Ix3>(&outputs, "logits", "float (batch, frames, vocabulary)")
}

#[cfg(test)]
mod tests {
    use super::Frames;

    #[test]
    fn frames_are_counted_through_the_convolutions() {
        let frames = Frames::of(&[10, 3, 3, 3, 3, 2, 2], &[5, 2, 2, 2, 2, 2, 2]).unwrap();
        assert_eq!((frames.reach, frames.step), (400, 320));
        assert_eq!(frames.count(400), 1);
        assert_eq!(frames.count(5_760), 17);
        assert_eq!(Frames::of(&[1 << 16; 8], &[1 << 16; 8]), None);
    }
}
