//! Image to label: decode, resize, crop, rescale, normalise, run, rank.

use export::Head;
use std::collections::BTreeMap;

use ndarray::{ArrayView1, Ix2};

use super::{ImageInput, Task, image_input, output};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::image::ImageProcessor;
use crate::session::Call;
use crate::skill::{Answer, Ask};

/// Image to one of the checkpoint's labels.
#[derive(Debug, Clone, Copy)]
pub struct ImageClassification;

/// The labels of an image, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// Every label with its score.
    pub labels: Vec<Label>,
    /// `(labels)`, before the softmax, in the order of the label ids.
    pub logits: Vec<f32>,
}

/// A label with its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its row in the classifier.
    pub id: usize,
    /// Its name in the checkpoint's config.json.
    pub label: String,
    /// Softmax probability.
    pub score: f32,
}

impl Classification {
    /// The `count` best labels.
    #[must_use]
    pub fn top(&self, count: usize) -> &[Label] {
        &self.labels[..count.min(self.labels.len())]
    }
}

/// Image processor and labels of a checkpoint.
#[derive(Debug)]
pub struct ClassificationProcessor {
    image: ImageProcessor,
    labels: BTreeMap<usize, String>,
}

impl ClassificationProcessor {
    /// Number of labels that config.json names.
    #[must_use]
    pub fn label_count(&self) -> usize {
        self.labels.len()
    }
}

impl Task for ImageClassification {
    type Input = ImageInput;
    type Output = Classification;
    type Processor = ClassificationProcessor;

    const HEAD: Head = Head::Classifier;

    fn processor(
        _model: &Model,
        checkpoint: &Checkpoint,
    ) -> Result<ClassificationProcessor, Error> {
        Ok(ClassificationProcessor {
            image: ImageProcessor::load(checkpoint.root())?,
            labels: labels(checkpoint)?,
        })
    }

    fn image_size(processor: &ClassificationProcessor) -> Option<(usize, usize)> {
        processor.image.output_size()
    }

    fn run(call: &Call<'_, Self>, items: &[ImageInput]) -> Result<Vec<Classification>, Error> {
        let processor = call.processor();
        let feeds = image_input::feeds(&processor.image, items)?;
        let outputs = call.forward("model", &feeds)?;
        let logits = output::floats::<Ix2>(&outputs, "logits", "float (batch, labels)")?;
        Ok(logits
            .rows()
            .into_iter()
            .map(|row| rank(&row, &processor.labels))
            .collect())
    }

    fn parse(ask: &Ask) -> Result<Vec<ImageInput>, Error> {
        Ok(image_input::files(ask))
    }

    fn present(ask: &Ask, outputs: &[Classification]) -> Answer {
        let arguments = &ask.arguments;
        let mut text = String::new();
        let mut json = Vec::new();
        for (argument, output) in arguments.iter().zip(outputs) {
            if arguments.len() > 1 {
                text.push_str(&format!("{argument}\n"));
            }
            let top = output.top(ask.presentation.top);
            for label in top {
                text.push_str(&format!(
                    "{:>7.2} %  {}\n",
                    label.score * 100.0,
                    label.label
                ));
            }
            let labels: Vec<_> = top
                .iter()
                .map(|label| serde_json::json!({ "id": label.id, "label": label.label, "score": label.score }))
                .collect();
            json.push(serde_json::json!({ "image": argument, "labels": labels }));
        }
        Answer {
            text,
            json: json.into(),
        }
    }
}

/// Softmax and order, best first; equal scores keep the order of their ids.
fn rank(logits: &ArrayView1<'_, f32>, labels: &BTreeMap<usize, String>) -> Classification {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = exponentials.iter().sum();
    let mut ranked: Vec<_> = exponentials
        .iter()
        .enumerate()
        .map(|(id, exponential)| Label {
            id,
            label: labels
                .get(&id)
                .cloned()
                .unwrap_or_else(|| format!("LABEL_{id}")),
            score: exponential / sum,
        })
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    Classification {
        labels: ranked,
        logits: logits.to_vec(),
    }
}

/// `id2label` of config.json; transformers calls the labels `LABEL_<id>` where there is none.
pub(super) fn labels(checkpoint: &Checkpoint) -> Result<BTreeMap<usize, String>, Error> {
    let invalid = |reason: String| Error::InvalidCheckpoint {
        file: "config.json".to_owned(),
        reason,
    };
    let Some(config) = checkpoint.json("config.json")? else {
        return Ok(BTreeMap::new());
    };
    let Some(entries) = config
        .get("id2label")
        .and_then(serde_json::Value::as_object)
    else {
        return Ok(BTreeMap::new());
    };
    let mut labels = BTreeMap::new();
    for (id, label) in entries {
        let id: usize = id
            .parse()
            .map_err(|_| invalid(format!("id2label.{id}: the key is no number")))?;
        let label = label
            .as_str()
            .ok_or_else(|| invalid(format!("id2label.{id}: the label is no string")))?;
        labels.insert(id, label.to_owned());
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranking_is_a_softmax_in_descending_order() {
        let labels = BTreeMap::from([(0, "cat".to_owned()), (2, "dog".to_owned())]);
        let ranked = rank(&ndarray::aview1(&[0.0, -1000.0, 1.0]), &labels);
        let names: Vec<_> = ranked
            .top(2)
            .iter()
            .map(|label| label.label.as_str())
            .collect();
        assert_eq!(names, ["dog", "cat"]);
        assert_eq!(ranked.labels[2].label, "LABEL_1");
        assert!((ranked.labels[0].score - 0.731_058_6).abs() < 1e-6);
        assert!((ranked.labels.iter().map(|label| label.score).sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
