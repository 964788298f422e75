//! Speech to text.

mod ctc;
mod options;
mod prompt;
mod sequence;
mod transcript;
mod windows;

use export::Head;
use export::recipe::Recipe;

pub use ctc::FrameSpeech;
pub use options::{SpeechInput, SpeechOptions, SpeechTask};
pub use sequence::SequenceSpeech;
pub use transcript::{Segment, Transcript};

use super::{Task, audio_input};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::session::Call;
use crate::skill::{Answer, Ask};

/// The graphs of either way.
const GRAPHS: [&[&str]; 4] = {
    let [split, merged, whole] = super::encoded_decoder::GRAPHS;
    [split, merged, whole, &["model"]]
};

/// Speech to text.
#[derive(Debug, Clone, Copy)]
pub struct AutomaticSpeechRecognition;

/// How a checkpoint turns speech into text.
#[derive(Debug)]
pub enum SpeechProcessor {
    /// A decoder writes what an encoder heard.
    Sequence(Box<SequenceSpeech>),
    /// Every frame has a token, of which repetitions and blanks are left out.
    Frames(FrameSpeech),
}

impl Task for AutomaticSpeechRecognition {
    type Input = SpeechInput;
    type Output = Transcript;
    type Processor = SpeechProcessor;

    const GRAPHS: &'static [&'static [&'static str]] = &GRAPHS;
    const HEAD: Head = Head::Auto;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<SpeechProcessor, Error> {
        if let Some(Recipe::AudioEncoder(_)) = model.family.architecture.recipe {
            return FrameSpeech::load(checkpoint).map(SpeechProcessor::Frames);
        }
        let loaded = SequenceSpeech::load(model, checkpoint)?;
        Ok(SpeechProcessor::Sequence(Box::new(loaded)))
    }

    fn run(call: &Call<'_, Self>, items: &[SpeechInput]) -> Result<Vec<Transcript>, Error> {
        let mut outputs = Vec::with_capacity(items.len());
        // Items that ask for the same run together.
        for batch in items.chunk_by(SpeechInput::asks_the_same) {
            outputs.extend(match call.processor() {
                SpeechProcessor::Sequence(processor) => processor.transcribe(call, batch)?,
                SpeechProcessor::Frames(processor) => processor.transcribe(call, batch)?,
            });
        }
        Ok(outputs)
    }

    fn parse(ask: &Ask) -> Result<Vec<SpeechInput>, Error> {
        let files = audio_input::files(ask).into_iter();
        Ok(files
            .map(|audio| SpeechInput {
                audio,
                options: ask.speech.clone(),
                generation: ask.generation.options.clone(),
            })
            .collect())
    }

    fn present(ask: &Ask, outputs: &[Transcript]) -> Answer {
        let json = ask.arguments.iter().zip(outputs);
        Answer {
            text: outputs.iter().map(Transcript::to_text).collect(),
            json: json
                .map(|(file, transcript)| transcript.to_json(file))
                .collect(),
        }
    }
}
