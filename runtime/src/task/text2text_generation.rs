//! Text to text: translate, summarise, answer, by an encoder and a decoder.

use export::Head;
use export::recipe::{Recipe, StackPositions};
use ndarray::Array2;

use super::Task;
use super::encoded_decoder::{EncodedDecoder, GRAPHS, integers, room};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::generation::{GenerationOptions, GenerationValues, Produced, Rules, greedy, search};
use crate::processor::text::{TextInput, TextProcessor};
use crate::session::Call;
use crate::skill::{Answer, Ask};
use crate::tensor::NamedTensors;

/// Text to text by an encoder and a decoder, greedily or by beam search.
#[derive(Debug, Clone, Copy)]
pub struct Text2TextGeneration;

/// A text and what is asked of the one generated from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Text2TextInput {
    /// The text, with the prefix that the model was trained on where it wants one.
    pub text: String,
    /// What is asked of the generation.
    pub options: GenerationOptions,
}

/// A generated text.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedText {
    /// The text without special tokens.
    pub text: String,
    /// Its tokens, up to and including the one that ended it.
    pub tokens: Vec<i64>,
    /// Whether it ended by itself, rather than at the greatest length.
    pub is_finished: bool,
    /// Raw scores of the first steps, `(steps, vocabulary)`; one step unless more were asked for.
    pub scores: Vec<Vec<f32>>,
}

/// Tokenizer and generation settings of a checkpoint.
#[derive(Debug)]
pub struct Text2TextProcessor {
    text: TextProcessor,
    generation: GenerationValues,
    positions: Option<usize>,
}

impl Text2TextProcessor {
    /// The tokenizer.
    #[must_use]
    pub const fn text(&self) -> &TextProcessor {
        &self.text
    }

    /// The generation settings.
    #[must_use]
    pub const fn generation(&self) -> &GenerationValues {
        &self.generation
    }
}

impl From<&str> for Text2TextInput {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Text2TextInput {
    fn from(text: String) -> Self {
        Self {
            text,
            options: GenerationOptions::default(),
        }
    }
}

impl Task for Text2TextGeneration {
    type Input = Text2TextInput;
    type Output = GeneratedText;
    type Processor = Text2TextProcessor;

    const GRAPHS: &'static [&'static [&'static str]] = &GRAPHS;
    const HEAD: Head = Head::Auto;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<Text2TextProcessor, Error> {
        let [encoder, decoder] = positions(model, checkpoint)?;
        Ok(Text2TextProcessor {
            text: TextProcessor::load(checkpoint.root(), encoder)?,
            generation: GenerationValues::load(checkpoint)?,
            positions: decoder,
        })
    }

    fn run(call: &Call<'_, Self>, items: &[Text2TextInput]) -> Result<Vec<GeneratedText>, Error> {
        if items.iter().any(|item| item.text.is_empty()) {
            return Err(Error::EmptyInput("the text holds no character"));
        }
        let mut outputs = Vec::with_capacity(items.len());
        // Items that ask for the same run together.
        for alike in items.chunk_by(|one, other| one.options == other.options) {
            for batch in alike.chunks(call.batch()) {
                outputs.extend(generate(call, batch)?);
            }
        }
        Ok(outputs)
    }

    fn parse(ask: &Ask) -> Result<Vec<Text2TextInput>, Error> {
        let texts = ask.arguments.iter().map(|text| Text2TextInput {
            text: text.clone(),
            options: ask.generation.options.clone(),
        });
        Ok(texts.collect())
    }

    fn present(ask: &Ask, outputs: &[GeneratedText]) -> Answer {
        let text = outputs.iter().map(|output| output.text.clone() + "\n");
        let json = ask.arguments.iter().zip(outputs).map(|(text, output)| {
            serde_json::json!({
                "text": text,
                "generated": output.text,
                "tokens": output.tokens,
                "is_finished": output.is_finished,
            })
        });
        Answer {
            text: text.collect(),
            json: json.collect(),
        }
    }
}

/// Generates for items that all ask for the same.
fn generate(
    call: &Call<'_, Text2TextGeneration>,
    items: &[Text2TextInput],
) -> Result<Vec<GeneratedText>, Error> {
    let processor = call.processor();
    let Some(options) = items.first().map(|item| &item.options) else {
        return Ok(Vec::new());
    };
    let config = &processor.generation;
    let prompt = 1;
    let limits = config.limits(options, prompt, room(call, processor.positions)?)?;
    let rules = Rules::new(config, options, &limits, prompt)?;
    let beams = config.beams(options)?;

    let texts: Vec<TextInput<'_>> = items
        .iter()
        .map(|item| TextInput::Single(&item.text))
        .collect();
    let encoded = processor.text.encode(&texts)?;
    let mut feeds = NamedTensors::new();
    for input in call.graph("encoder_model")?.inputs() {
        match input.name.as_str() {
            "input_ids" => feeds.insert("input_ids", integers(input, encoded.input_ids.clone())),
            "attention_mask" => feeds.insert(
                "attention_mask",
                integers(input, encoded.attention_mask.clone()),
            ),
            _ => {}
        }
    }
    let mask = Some(encoded.attention_mask);
    let mut decoder = EncodedDecoder::new(call, &feeds, mask, beams)?;
    let prompts = Array2::from_elem((items.len(), prompt), config.start()?);
    let produced = if beams == 1 {
        greedy(&mut decoder, &prompts, &rules, &limits)?
    } else {
        search(&mut decoder, &prompts, config, beams, &rules, &limits)?
    };
    produced
        .into_iter()
        .map(|produced| read(&processor.text, produced))
        .collect()
}

fn read(tokenizer: &TextProcessor, produced: Produced) -> Result<GeneratedText, Error> {
    Ok(GeneratedText {
        text: tokenizer.decode(&produced.tokens, true)?,
        tokens: produced.tokens,
        is_finished: produced.is_finished,
        scores: produced.scores,
    })
}

/// The most tokens that encoder and decoder have positions for.
fn positions(model: &Model, checkpoint: &Checkpoint) -> Result<[Option<usize>; 2], Error> {
    let Some(Recipe::EncoderDecoder(recipe)) = model.family.architecture.recipe else {
        return Ok([None; 2]);
    };
    let config = checkpoint.json("config.json")?.unwrap_or_default();
    let number = |key: &str| Some(config.get(key)?.as_u64()? as usize);
    Ok(match recipe.positions {
        StackPositions::Table {
            encoder, decoder, ..
        } => [number(encoder), number(decoder)],
        StackPositions::Buckets { .. } => [Some(export::LONGEST_BY_DISTANCE as usize); 2],
    })
}
