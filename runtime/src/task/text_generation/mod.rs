//! A prompt to the text that follows it: tokenise, run step by step, choose tokens, decode.

mod generate;
mod processor;
mod prompt;

use export::Head;

pub(super) use generate::generate;
pub use processor::GenerationProcessor;
pub use prompt::{Content, Prompt};

use super::Task;
use super::cached_decoder::CachedDecoder;
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::generation::Listener;
use crate::session::Call;
use crate::skill::{Answer, Ask};

/// A prompt to the text that follows it, token by token, as the checkpoint's `generation_config.json` says.
#[derive(Debug, Clone, Copy)]
pub struct TextGeneration;

/// A generated text.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// The text without special tokens, and without the prompt.
    pub text: String,
    /// The new tokens, up to and including the one that ended the text.
    pub tokens: Vec<i64>,
    /// Why there are no more.
    pub ending: Ending,
    /// Number of tokens of the prompt.
    pub prompt_tokens: usize,
    /// Scores of the first new token as the graph gave them, `(vocabulary)`, where the prompt asks for them.
    pub first_scores: Option<Vec<f32>>,
}

/// Why a text ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The model ended it.
    EndToken,
    /// It has as many tokens as were asked for.
    Length,
    /// The model has no more positions, or its graph no more places.
    Context,
}

impl Task for TextGeneration {
    type Input = Prompt;
    type Output = Generation;
    type Processor = GenerationProcessor;

    const GRAPHS: &'static [&'static [&'static str]] =
        &[&["model"], &["decoder_model", "decoder_with_past_model"]];
    const HEAD: Head = Head::Auto;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<GenerationProcessor, Error> {
        GenerationProcessor::load(model, checkpoint)
    }

    fn run(call: &Call<'_, Self>, items: &[Prompt]) -> Result<Vec<Generation>, Error> {
        let processor = call.processor();
        for prompt in items {
            prompt.options.check()?;
        }
        let tokens = items
            .iter()
            .map(|prompt| processor.encode(prompt))
            .collect::<Result<Vec<_>, _>>()?;
        let prompts: Vec<_> = items.iter().collect();
        let mut outputs = Vec::with_capacity(items.len());
        for (prompts, tokens) in prompts
            .chunks(call.batch())
            .zip(tokens.chunks(call.batch()))
        {
            let decoder = CachedDecoder::new(call, "model", prompts.len())?;
            let first = outputs.len();
            outputs.extend(generate(decoder, processor, prompts, tokens, first)?);
        }
        Ok(outputs)
    }

    fn parse(ask: &Ask) -> Result<Vec<Prompt>, Error> {
        let asked = &ask.generation;
        let prompt = |text: &String| {
            let prompt = if asked.is_raw {
                Prompt::text(text)
            } else {
                Prompt::turn(text, asked.system.clone())
            };
            prompt.with(asked.options.clone())
        };
        Ok(ask.arguments.iter().map(prompt).collect())
    }

    fn listen(items: &mut [Prompt], listener: &Listener) {
        for item in items {
            item.listener = Some(listener.clone());
        }
    }

    fn present(ask: &Ask, outputs: &[Generation]) -> Answer {
        present(ask, "prompt", outputs)
    }
}

/// Presents texts, each with the argument that it was generated for under a name of its own.
pub(super) fn present(ask: &Ask, argument: &str, outputs: &[Generation]) -> Answer {
    let json = outputs
        .iter()
        .zip(&ask.arguments)
        .map(|(generation, given)| {
            serde_json::json!({
                argument: given,
                "text": generation.text,
                "tokens": generation.tokens,
                "ending": generation.ending,
                "prompt_tokens": generation.prompt_tokens,
            })
        })
        .collect();
    let line = |generation: &Generation| {
        let unread = !ask.generation.is_streamed;
        format!("{}\n", if unread { &generation.text } else { "" })
    };
    Answer {
        text: outputs.iter().map(line).collect(),
        json,
    }
}
