//! Speech to text: which of the ways of a checkpoint's model, and what all of them give.

mod ctc;

use export::Head;
use ndarray::Array2;

use super::{AudioInput, Task, audio_input};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::session::Call;
use crate::skill::{Answer, Ask};

pub use ctc::CtcProcessor;

/// Speech to text.
#[derive(Debug, Clone, Copy)]
pub struct AutomaticSpeechRecognition;

/// What was said in a sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// The whole text.
    pub text: String,
    /// Its parts with their times, as far as the model gives them: words, or longer segments.
    pub parts: Vec<Spoken>,
    /// `(steps, vocabulary)`, before the softmax; a step is what the model decides on at a time, a frame or a token.
    pub logits: Array2<f32>,
}

/// A part of a transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    /// Its text.
    pub text: String,
    /// Where it begins, in seconds.
    pub start_s: f64,
    /// Where it ends, in seconds.
    pub end_s: f64,
}

/// How a checkpoint's model gets from sound to text.
#[derive(Debug)]
pub enum SpeechProcessor {
    /// A token for every frame, of which repetitions and blanks are left out.
    Ctc(CtcProcessor),
}

impl Task for AutomaticSpeechRecognition {
    type Input = AudioInput;
    type Output = Transcript;
    type Processor = SpeechProcessor;

    const GRAPHS: &'static [&'static [&'static str]] = &[&["model"]];

    const HEAD: Head = Head::Auto;

    fn processor(_model: &Model, checkpoint: &Checkpoint) -> Result<SpeechProcessor, Error> {
        CtcProcessor::load(checkpoint).map(SpeechProcessor::Ctc)
    }

    fn run(call: &Call<'_, Self>, items: &[AudioInput]) -> Result<Vec<Transcript>, Error> {
        let sounds = audio_input::waveforms(items)?;
        match call.processor() {
            SpeechProcessor::Ctc(processor) => ctc::run(call, processor, &sounds),
        }
    }

    fn parse(ask: &Ask) -> Result<Vec<AudioInput>, Error> {
        Ok(audio_input::files(ask))
    }

    fn present(ask: &Ask, outputs: &[Transcript]) -> Answer {
        let mut text = String::new();
        let mut json = Vec::new();
        for (argument, output) in ask.arguments.iter().zip(outputs) {
            if ask.arguments.len() > 1 {
                text.push_str(&format!("{argument}\n"));
            }
            text.push_str(&format!("{}\n", output.text));
            let parts: Vec<_> = output
                .parts
                .iter()
                .map(|part| {
                    serde_json::json!({ "text": part.text, "start_s": part.start_s, "end_s": part.end_s })
                })
                .collect();
            json.push(
                serde_json::json!({ "sound": argument, "text": output.text, "parts": parts }),
            );
        }
        Answer {
            text,
            json: json.into(),
        }
    }
}
