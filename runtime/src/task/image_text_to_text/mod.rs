//! Pictures and a prompt to the text that follows: see, put what was seen into the prompt, generate.

mod features;
mod processor;

use export::Head;

pub use processor::VisualProcessor;

use super::cached_decoder::CachedDecoder;
use super::embedder::Embedder;
use super::text_generation::{self, generate};
use super::{Generation, ImageInput, Prompt, Task, image_input};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::generation::Listener;
use crate::session::Call;
use crate::skill::{Answer, Ask};

/// What is asked about pictures where the caller asks nothing.
const DEFAULT_QUESTION: &str = "What is shown in the picture?";

/// Pictures and a prompt to the text that follows, as the checkpoint's `generation_config.json` says.
#[derive(Debug, Clone, Copy)]
pub struct ImageTextToText;

/// A prompt with the pictures it speaks of.
#[derive(Debug, Clone)]
pub struct VisualPrompt {
    /// The pictures, in the order in which the prompt shows them.
    pub images: Vec<ImageInput>,
    /// The prompt. A text as it is and a chat name each picture's place by the checkpoint's image token; what a user
    /// says comes after the pictures.
    pub prompt: Prompt,
}

impl VisualPrompt {
    /// Pictures and a prompt that names their places.
    pub fn new(
        images: impl IntoIterator<Item = impl Into<ImageInput>>,
        prompt: impl Into<Prompt>,
    ) -> Self {
        Self {
            images: images.into_iter().map(Into::into).collect(),
            prompt: prompt.into(),
        }
    }

    /// What a user says about a picture.
    pub fn turn(image: impl Into<ImageInput>, text: impl Into<String>) -> Self {
        Self::new([image], Prompt::turn(text, None))
    }
}

impl Task for ImageTextToText {
    type Input = VisualPrompt;
    type Output = Generation;
    type Processor = VisualProcessor;

    const GRAPHS: &'static [&'static [&'static str]] = &[
        &["vision_encoder", "embed_tokens", "decoder_model_merged"],
        &[
            "vision_encoder",
            "embed_tokens",
            "decoder_model",
            "decoder_with_past_model",
        ],
    ];
    const HEAD: Head = Head::Auto;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<VisualProcessor, Error> {
        VisualProcessor::load(model, checkpoint)
    }

    fn image_size(processor: &VisualProcessor) -> Option<(usize, usize)> {
        processor.image.output_size()
    }

    fn run(call: &Call<'_, Self>, items: &[VisualPrompt]) -> Result<Vec<Generation>, Error> {
        let processor = call.processor();
        let (mut tokens, mut seen) = (Vec::new(), Vec::new());
        for item in items {
            item.prompt.options.check()?;
            let text = processor.text(item)?;
            let mut features = Vec::with_capacity(item.images.len());
            for image in &item.images {
                features.push(features::of(call, processor, &image.picture()?)?);
            }
            let lengths: Vec<_> = features.iter().map(ndarray::Array2::nrows).collect();
            tokens.push(processor.encode(&text, &lengths)?);
            seen.push(features::joined(&features)?);
        }
        let prompts: Vec<_> = items.iter().map(|item| &item.prompt).collect();
        let mut seen = seen.into_iter();
        let mut outputs = Vec::with_capacity(items.len());
        for (prompts, tokens) in prompts
            .chunks(call.batch())
            .zip(tokens.chunks(call.batch()))
        {
            let seen = seen.by_ref().take(prompts.len()).collect();
            let embedder = Embedder::new("embed_tokens", processor.image_token, seen);
            let decoder = CachedDecoder::new(call, "decoder_model_merged", prompts.len())?;
            let decoder = decoder.reading(embedder);
            let (processor, first) = (processor.generation(), outputs.len());
            outputs.extend(generate(decoder, processor, prompts, tokens, first)?);
        }
        Ok(outputs)
    }

    fn parse(ask: &Ask) -> Result<Vec<VisualPrompt>, Error> {
        let asked = &ask.generation;
        let question = ask.prompt.as_deref().unwrap_or(DEFAULT_QUESTION);
        let prompt = if asked.is_raw {
            Prompt::text(question)
        } else {
            Prompt::turn(question, asked.system.clone())
        };
        let prompt = prompt.with(asked.options.clone());
        let images = image_input::files(ask).into_iter();
        Ok(images
            .map(|image| VisualPrompt::new([image], prompt.clone()))
            .collect())
    }

    fn listen(items: &mut [VisualPrompt], listener: &Listener) {
        for item in items {
            item.prompt.listener = Some(listener.clone());
        }
    }

    fn present(ask: &Ask, outputs: &[Generation]) -> Answer {
        text_generation::present(ask, "image", outputs)
    }
}
