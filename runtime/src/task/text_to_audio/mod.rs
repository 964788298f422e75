//! Text to speech: spell, run, take the waveform.

mod noise;
mod options;
mod processor;

use std::path::{Path, PathBuf};

use export::Head;
use ndarray::{Array1, Ix2};

pub use self::options::{SpokenText, VoiceOptions};
pub use self::processor::SpeakingProcessor;

use self::noise::{Kind, noise};
use super::{Task, output};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::audio::Waveform;
use crate::session::Call;
use crate::skill::{Answer, Ask};
use crate::tensor::{NamedTensors, Tensor};

/// The most frames that a text is spoken in.
const MOST_FRAMES: usize = export::LONGEST_SPEECH_FRAMES as usize;

/// Frames that a token seldom takes more of on average.
const USUAL_FRAMES: usize = 8;

/// Text to speech.
#[derive(Debug, Clone, Copy)]
pub struct TextToAudio;

/// A spoken text.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// The sound.
    pub sound: Waveform,
    /// For how many frames every token is spoken, blanks between letters included; none from graphs that do not tell.
    pub durations: Vec<usize>,
}

impl Speech {
    /// How long it lasts, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.sound.samples().len() as f64 / f64::from(self.sound.rate())
    }

    /// The largest magnitude of a sample.
    #[must_use]
    pub fn peak(&self) -> f32 {
        let samples = self.sound.samples().iter();
        samples.fold(0.0, |peak, sample| peak.max(sample.abs()))
    }

    /// The square root of the samples' mean square.
    #[must_use]
    pub fn rms(&self) -> f64 {
        let samples = self.sound.samples();
        let squares = samples.iter().map(|&sample| f64::from(sample).powi(2));
        (squares.sum::<f64>() / samples.len() as f64).sqrt()
    }
}

impl Task for TextToAudio {
    type Input = SpokenText;
    type Output = Speech;
    type Processor = SpeakingProcessor;

    const HEAD: Head = Head::Auto;
    const IS_SAVED: bool = true;

    fn processor(_model: &Model, checkpoint: &Checkpoint) -> Result<SpeakingProcessor, Error> {
        SpeakingProcessor::load(checkpoint)
    }

    /// Texts are spoken one by one: in a batch the vocoder hears the padding after a short one, which changes its end, and
    /// graphs of the hub do not tell where that is.
    fn run(call: &Call<'_, Self>, items: &[SpokenText]) -> Result<Vec<Speech>, Error> {
        let processor = call.processor();
        let spelled = items.iter().enumerate().map(|(index, item)| {
            item.options.check()?;
            processor.ids(index, &item.text)
        });
        let spelled = spelled.collect::<Result<Vec<_>, _>>()?;
        let items = items.iter().zip(spelled).enumerate();
        items
            .map(|(index, (item, ids))| speak(call, index, ids, &item.options))
            .collect()
    }

    fn parse(ask: &Ask) -> Result<Vec<SpokenText>, Error> {
        let seed = ask.generation.options.seed;
        let item = |text: &String| SpokenText {
            options: VoiceOptions {
                seed: ask.voice.seed.or(seed),
                ..ask.voice.clone()
            },
            ..SpokenText::from(text.as_str())
        };
        Ok(ask.arguments.iter().map(item).collect())
    }

    fn save(ask: &Ask, outputs: &[Speech]) -> Result<Vec<PathBuf>, Error> {
        let Some(output) = &ask.output else {
            return Ok(Vec::new());
        };
        let several = outputs.len() > 1;
        let files = outputs.iter().enumerate().map(|(index, speech)| {
            let file = if several {
                numbered(output, index + 1)
            } else {
                output.clone()
            };
            speech.sound.write_wav(&file)?;
            Ok(file)
        });
        files.collect()
    }

    fn present(ask: &Ask, outputs: &[Speech]) -> Answer {
        let mut text = String::new();
        let mut json = Vec::new();
        for (argument, speech) in ask.arguments.iter().zip(outputs) {
            let (seconds, rate) = (speech.seconds(), speech.sound.rate());
            let (peak, rms) = (speech.peak(), speech.rms());
            text.push_str(&format!(
                "{seconds:.2} s at {rate} Hz, peak {peak:.3}, rms {rms:.3}  {argument}\n"
            ));
            json.push(serde_json::json!({
                "text": argument, "seconds": seconds, "sampling_rate": rate,
                "samples": speech.sound.samples().len(), "peak": peak, "rms": rms,
                "durations": speech.durations,
            }));
        }
        if ask.output.is_none() {
            text.push_str("to hear it, write it to a file with --output speech.wav\n");
        }
        Answer {
            text,
            json: json.into(),
        }
    }
}

/// The name of one of several files: `speech-2.wav` of `speech.wav`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let part =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let (stem, extension) = (part(path.file_stem()), part(path.extension()));
    let dot = if extension.is_empty() { "" } else { "." };
    path.with_file_name(format!("{stem}-{number}{dot}{extension}"))
}

/// Speaks one text.
fn speak(
    call: &Call<'_, TextToAudio>,
    index: usize,
    ids: Vec<i64>,
    options: &VoiceOptions,
) -> Result<Speech, Error> {
    let processor = call.processor();
    let inputs = call.graph("model")?.inputs();
    let find = |name: &str| inputs.iter().find(|input| input.name == name);
    let takes = |name: &str| find(name).is_some();
    let tokens = ids.len();
    let voice = processor.voice(options)?;
    if voice.speaker.is_some_and(|speaker| speaker > 0) && !takes("speaker_id") {
        let reason = "the graph has no input `speaker_id`: it speaks with one voice";
        return Err(Error::InvalidInput(reason.to_owned()));
    }
    if options.speaking_rate.is_some() && !takes("duration_scale") {
        let reason = "the graph has no input `duration_scale`: it speaks at the checkpoint's rate";
        return Err(Error::InvalidInput(reason.to_owned()));
    }
    let batch = processor.tokens().pad(&[ids])?;
    let speaker = i64::try_from(voice.speaker.unwrap_or(0)).unwrap_or(i64::MAX);
    let duration_noise = noise(
        voice.seed,
        Kind::Duration,
        voice.duration_noise,
        (2, tokens),
    );
    let all = NamedTensors::new()
        .with("input_ids", batch.input_ids)
        .with("attention_mask", batch.attention_mask)
        .with("duration_scale", Array1::from_elem(1, voice.duration_scale))
        .with("duration_noise", duration_noise)
        .with("speaker_id", Array1::from_elem(1, speaker));
    let mut feeds = NamedTensors::new();
    for (name, tensor) in all.iter().filter(|(name, _)| takes(name)) {
        feeds.insert(name.to_owned(), tensor.clone());
    }
    // How many frames there are shows when they are spoken: noise for more than most texts take, and if that is too
    // little, once more with enough.
    let mut frames = tokens * USUAL_FRAMES;
    let channels = find("noise").and_then(|input| *input.shape.get(1)?);
    loop {
        if let Some(channels) = channels {
            let shape = (channels, frames);
            feeds.insert("noise", noise(voice.seed, Kind::Sound, voice.noise, shape));
        }
        let outputs = call.forward("model", &feeds)?;
        let durations = durations(&outputs);
        let spoken: usize = durations.iter().sum();
        if spoken > MOST_FRAMES {
            return Err(Error::InvalidInput(format!(
                "text {index} would last {spoken} frames; at most {MOST_FRAMES} are spoken at once, cut it"
            )));
        }
        if spoken <= frames || voice.noise == 0.0 || channels.is_none() {
            let expected = "float (1, samples)";
            let waveform = output::floats::<Ix2>(&outputs, "waveform", expected)?;
            let samples = waveform.iter().copied().collect();
            return Ok(Speech {
                sound: Waveform::from_samples(samples, processor.rate())?,
                durations,
            });
        }
        frames = spoken;
    }
}

/// The output that tells how long every token is spoken, where there is one.
fn durations(outputs: &NamedTensors) -> Vec<usize> {
    let frames = |frames: i64| usize::try_from(frames).unwrap_or(0);
    match outputs.find("durations") {
        Some(Tensor::I64(durations)) => durations.iter().map(|&count| frames(count)).collect(),
        Some(Tensor::I32(durations)) => {
            let counts = durations.iter().map(|&count| frames(count.into()));
            counts.collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_files_are_numbered() {
        let check = |path: &str, expected: &str| {
            assert_eq!(numbered(Path::new(path), 2), Path::new(expected));
        };
        check("speech.wav", "speech-2.wav");
        check("a/b.c.wav", "a/b.c-2.wav");
        check("speech", "speech-2");
    }

    #[test]
    fn loudness_is_measured() {
        let samples = vec![0.5, -1.0, 0.5, 0.0];
        let speech = Speech {
            sound: Waveform::from_samples(samples, 1_000).unwrap(),
            durations: Vec::new(),
        };
        assert!((speech.seconds() - 0.004).abs() < 1e-12);
        assert!((speech.peak() - 1.0).abs() < f32::EPSILON);
        assert!((speech.rms() - 0.375_f64.sqrt()).abs() < 1e-12);
    }
}
