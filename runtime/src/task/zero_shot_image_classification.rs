//! Picture and candidate labels to scores, through the vectors of both.

use export::Head;
use ndarray::Ix2;

use super::candidates::{Reader, Texts, at, reader};
use super::{Candidates, ImageInput, Label, Task, image_input, output};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::image::ImageProcessor;
use crate::processor::text::TextProcessor;
use crate::session::Call;
use crate::skill::{Answer, Ask};

/// Picture to one of the labels that come with it.
#[derive(Debug, Clone, Copy)]
pub struct ZeroShotImageClassification;

/// A picture with the labels it may have.
#[derive(Debug, Clone)]
pub struct LabelledImage {
    /// The picture.
    pub image: ImageInput,
    /// The labels.
    pub candidates: Candidates,
}

impl LabelledImage {
    /// A picture with the labels it may have.
    pub fn new(image: impl Into<ImageInput>, candidates: Candidates) -> Self {
        Self {
            image: image.into(),
            candidates,
        }
    }
}

/// How well each label fits, with the vectors that say so.
#[derive(Debug, Clone, PartialEq)]
pub struct ZeroShot {
    /// Every label with its score, best first.
    pub labels: Vec<Label>,
    /// Scaled cosines, in the order of the candidates.
    pub logits: Vec<f32>,
    /// The picture's or video's vector, `(width)`, of length 1.
    pub vector: Vec<f32>,
    /// The texts' vectors, each `(width)` and of length 1, in the order of the candidates.
    pub text_vectors: Vec<Vec<f32>>,
}

impl ZeroShot {
    /// The `count` best labels.
    #[must_use]
    pub fn top(&self, count: usize) -> &[Label] {
        &self.labels[..count.min(self.labels.len())]
    }
}

/// Image processor and tokenizer of a checkpoint.
#[derive(Debug)]
pub struct ZeroShotProcessor {
    pub(super) image: ImageProcessor,
    pub(super) reader: Reader,
}

impl ZeroShotProcessor {
    pub(super) fn load(model: &Model, checkpoint: &Checkpoint) -> Result<Self, Error> {
        Ok(Self {
            image: image_input::processor(model, checkpoint)?,
            reader: reader(model, checkpoint)?,
        })
    }

    /// The tokenizer.
    #[must_use]
    pub const fn text(&self) -> &TextProcessor {
        &self.reader.text
    }
}

impl Task for ZeroShotImageClassification {
    type Input = LabelledImage;
    type Output = ZeroShot;
    type Processor = ZeroShotProcessor;

    const HEAD: Head = Head::Auto;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<ZeroShotProcessor, Error> {
        ZeroShotProcessor::load(model, checkpoint)
    }

    fn image_size(processor: &ZeroShotProcessor) -> Option<(usize, usize)> {
        processor.image.output_size()
    }

    fn run(call: &Call<'_, Self>, items: &[LabelledImage]) -> Result<Vec<ZeroShot>, Error> {
        let processor = call.processor();
        let texts = Texts::of(items.iter().map(|item| &item.candidates))?;
        let images: Vec<_> = items.iter().map(|item| item.image.clone()).collect();
        let mut feeds = image_input::feeds(&processor.image, &images)?;
        let encoded = processor.reader.encode(&texts)?;
        for (name, tensor) in encoded.into_feeds(call.graph("model")?.inputs()).iter() {
            feeds.insert(name.to_owned(), tensor.clone());
        }
        let outputs = call.forward("model", &feeds)?;
        let logits =
            output::floats::<Ix2>(&outputs, "logits_per_image", "float (pictures, texts)")?;
        let pictures = output::floats::<Ix2>(&outputs, "image_embeds", "float (pictures, width)")?;
        let vectors = output::floats::<Ix2>(&outputs, "text_embeds", "float (texts, width)")?;
        let rows = items.iter().zip(texts.rows());
        Ok(rows
            .zip(logits.rows().into_iter().zip(pictures.rows()))
            .map(|((item, places), (logits, picture))| {
                let logits = at(&logits, places);
                ZeroShot {
                    labels: item.candidates.rank(&logits, processor.reader.scores),
                    logits,
                    vector: picture.to_vec(),
                    text_vectors: places
                        .iter()
                        .map(|&place| vectors.row(place).to_vec())
                        .collect(),
                }
            })
            .collect())
    }

    fn parse(ask: &Ask) -> Result<Vec<LabelledImage>, Error> {
        let candidates = Candidates::parse(ask)?;
        let files = image_input::files(ask).into_iter();
        Ok(files
            .map(|file| LabelledImage::new(file, candidates.clone()))
            .collect())
    }

    fn present(ask: &Ask, outputs: &[ZeroShot]) -> Answer {
        present("image", ask, outputs)
    }
}

/// A table of the best labels for each argument.
pub(super) fn present(kind: &str, ask: &Ask, outputs: &[ZeroShot]) -> Answer {
    let arguments = &ask.arguments;
    let mut text = String::new();
    let mut json = Vec::new();
    for (argument, output) in arguments.iter().zip(outputs) {
        if arguments.len() > 1 {
            text.push_str(&format!("{argument}\n"));
        }
        let top = output.top(ask.presentation.top);
        for label in top {
            let percent = label.score * 100.0;
            text.push_str(&format!("{percent:>7.2} %  {}\n", label.label));
        }
        let labels: Vec<_> = top
            .iter()
            .map(|label| {
                serde_json::json!({ "id": label.id, "label": label.label, "score": label.score })
            })
            .collect();
        json.push(
            serde_json::json!({ kind: argument, "labels": labels, "embedding": output.vector }),
        );
    }
    Answer {
        text,
        json: json.into(),
    }
}
