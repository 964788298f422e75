//! Texts, pictures and sounds to vectors of one space, in which their cosines say how alike they are.

mod item;
mod processor;

use export::Head;
use ndarray::{Array2, ArrayView2, Ix2};

pub use self::item::{Medium, MultimodalItem};
pub use self::processor::MultimodalProcessor;

use super::{Task, image_input, output, similarity_table};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::pooling::{cosine_similarity, normalise_rows};
use crate::processor::text::TextInput;
use crate::session::Call;
use crate::skill::{Answer, Ask};
use crate::tensor::NamedTensors;

/// The graphs of the towers.
const TEXT: &str = "text_model";
const IMAGE: &str = "vision_model";
const SOUND: &str = "audio_model";

/// Texts, pictures and sounds to vectors of one space: ImageBind, and the towers of CLIP, `SigLIP` and CLAP as far as each
/// has them.
#[derive(Debug, Clone, Copy)]
pub struct MultimodalFeatureExtraction;

/// The vector of a text, a picture or a sound.
#[derive(Debug, Clone, PartialEq)]
pub struct MultimodalEmbedding {
    /// What it is the vector of.
    pub medium: Medium,
    /// `(width)`, of length 1.
    pub vector: Vec<f32>,
}

impl MultimodalEmbedding {
    /// Cosines of the angles between all vectors of a batch, `(items, items)`.
    ///
    /// # Errors
    /// Vectors of different width.
    pub fn cosines(batch: &[Self]) -> Result<Array2<f32>, Error> {
        let width = batch.first().map_or(0, |first| first.vector.len());
        let numbers: Vec<f32> = batch.iter().flat_map(|item| item.vector.clone()).collect();
        let rows = ArrayView2::from_shape((batch.len(), width), &numbers);
        let rows = rows.map_err(|_| Error::InvalidInput("vectors differ in width".to_owned()))?;
        Ok(cosine_similarity(&rows, &rows))
    }
}

impl Task for MultimodalFeatureExtraction {
    type Input = MultimodalItem;
    type Output = MultimodalEmbedding;
    type Processor = MultimodalProcessor;

    const GRAPHS: &'static [&'static [&'static str]] =
        &[&[TEXT, IMAGE, SOUND], &[TEXT, IMAGE], &[TEXT, SOUND]];

    const HEAD: Head = Head::Base;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<MultimodalProcessor, Error> {
        MultimodalProcessor::load(model, checkpoint)
    }

    fn image_size(processor: &MultimodalProcessor) -> Option<(usize, usize)> {
        processor.image()?.output_size()
    }

    fn run(
        call: &Call<'_, Self>,
        items: &[MultimodalItem],
    ) -> Result<Vec<MultimodalEmbedding>, Error> {
        let (mut texts, mut images, mut sounds) = (Vec::new(), Vec::new(), Vec::new());
        for item in items {
            match item {
                MultimodalItem::Text(text) if text.trim().is_empty() => {
                    return Err(Error::EmptyInput("a text holds no character"));
                }
                MultimodalItem::Text(text) => texts.push(TextInput::from(text)),
                MultimodalItem::Image(image) => images.push(image.clone()),
                MultimodalItem::Sound(sound) => sounds.push(sound.clone()),
            }
        }
        let processor = call.processor();
        let absent = |what| Error::InvalidInput(format!("the model has no tower of {what}"));
        let texts = if texts.is_empty() {
            Vec::new()
        } else {
            let encoded = processor.reader.read(&texts)?;
            let feeds = encoded.into_feeds(call.graph(TEXT)?.inputs());
            rows(vectors(call, TEXT, &feeds, "text_embeds")?)
        };
        let images = if images.is_empty() {
            Vec::new()
        } else {
            let image = processor.image.as_ref();
            let image = image.ok_or_else(|| absent("pictures"))?;
            let feeds = image_input::feeds(image, &images)?;
            rows(vectors(call, IMAGE, &feeds, "image_embeds")?)
        };
        let sounds = if sounds.is_empty() {
            Vec::new()
        } else {
            let sound = processor.sound.as_ref();
            let sound = sound.ok_or_else(|| absent("sounds"))?;
            let feeds = sound.feeds(&sounds)?;
            rows(sound.joined(vectors(call, SOUND, &feeds, "audio_embeds")?))
        };
        let [mut texts, mut images, mut sounds] = [texts, images, sounds].map(Vec::into_iter);
        let embedding = |item: &MultimodalItem| {
            let medium = item.medium();
            let vector = match medium {
                Medium::Text => texts.next(),
                Medium::Image => images.next(),
                Medium::Sound => sounds.next(),
            };
            let vector = vector.ok_or(Error::EmptyInput("a tower gave no vector"))?;
            Ok(MultimodalEmbedding { medium, vector })
        };
        items.iter().map(embedding).collect()
    }

    fn parse(ask: &Ask) -> Result<Vec<MultimodalItem>, Error> {
        ask.arguments
            .iter()
            .map(|argument| item::parsed(argument))
            .collect()
    }

    fn present(ask: &Ask, outputs: &[MultimodalEmbedding]) -> Answer {
        present(ask, outputs)
    }
}

/// What a tower gives, `(items, width)`; a tower whose pooling ends in the common space calls it `pooler_output`.
fn vectors(
    call: &Call<'_, MultimodalFeatureExtraction>,
    graph: &'static str,
    feeds: &NamedTensors,
    name: &'static str,
) -> Result<Array2<f32>, Error> {
    let inputs = call.graph(graph)?.inputs();
    let is_taken = |name: &str| inputs.iter().any(|input| input.name == name);
    let mut taken = NamedTensors::new();
    for (name, tensor) in feeds.iter().filter(|(name, _)| is_taken(name)) {
        taken.insert(name.to_owned(), tensor.clone());
    }
    let outputs = call.forward(graph, &taken)?;
    let name = match outputs.find(name) {
        Some(_) => name,
        None => "pooler_output",
    };
    output::floats::<Ix2>(&outputs, name, "float (items, width)")
}

/// The rows, each of length 1.
fn rows(mut vectors: Array2<f32>) -> Vec<Vec<f32>> {
    normalise_rows(&mut vectors);
    vectors.rows().into_iter().map(|row| row.to_vec()).collect()
}

/// A table of cosines; for programs the vectors, with what each argument was taken for.
fn present(ask: &Ask, outputs: &[MultimodalEmbedding]) -> Answer {
    // Vectors of one space have one width.
    let cosines = MultimodalEmbedding::cosines(outputs).unwrap_or_default();
    let lines = ask.arguments.iter().zip(outputs).zip(cosines.rows());
    let json = lines.map(|((argument, output), cosines)| {
        serde_json::json!({
            "argument": argument,
            "kind": output.medium.name(),
            "embedding": output.vector,
            "cosines": cosines.to_vec(),
        })
    });
    let cosine = |row: usize, column: usize| cosines[[row, column]];
    Answer {
        text: similarity_table::of(&ask.arguments, outputs.len(), cosine),
        json: json.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_learn_what_an_argument_was_taken_for() {
        let embedding = |medium, vector: [f32; 2]| MultimodalEmbedding {
            medium,
            vector: vector.to_vec(),
        };
        let ask = Ask::of(vec!["a dog".to_owned(), "bark.wav".to_owned()]);
        let outputs = [
            embedding(Medium::Text, [1.0, 0.0]),
            embedding(Medium::Sound, [0.6, -0.8]),
        ];
        let answer = present(&ask, &outputs);
        assert_eq!(answer.json[1]["kind"], "sound");
        assert_eq!(answer.json[1]["cosines"][0], 0.6_f32);
        assert!(answer.text.contains("bark.wav"), "{}", answer.text);
    }
}
