//! Image to boxes: resize and pad as the checkpoint says, run, rank, scale to the picture's own pixels.

use std::collections::BTreeMap;

use export::Head;
use ndarray::{Array2, ArrayView2, Axis, Ix3};

use super::{Bounds, ImageInput, Task, image_input, output};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::image::{ImageProcessor, Picture, Prepared};
use crate::session::Call;
use crate::skill::{Answer, Ask};
use crate::tensor::NamedTensors;

/// The score from which on objects are shown where nobody says another, as transformers' pipeline has it.
const THRESHOLD: f32 = 0.5;

/// The graph's input that says where pictures are padded.
const MASK: &str = "pixel_mask";

/// Image to the objects in it.
#[derive(Debug, Clone, Copy)]
pub struct ObjectDetection;

/// What was looked for in a picture, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Detections {
    /// One object per query of the model.
    pub objects: Vec<DetectedObject>,
    /// `(queries, labels + 1)`, before the softmax, in the order of the queries; the last label is no object.
    pub logits: Array2<f32>,
    /// `(queries, 4)`: centre x, centre y, width and height as shares of the picture, in the order of the queries.
    pub boxes: Array2<f32>,
}

/// An object with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectedObject {
    /// Row of its label in the classifier.
    pub id: usize,
    /// Name of its label in the checkpoint's config.json.
    pub label: String,
    /// Softmax probability of the label.
    pub score: f32,
    /// Where it is, in the picture's own pixels; it may reach beyond the picture.
    pub bounds: Bounds,
}

impl Detections {
    /// The objects whose score is above a threshold.
    #[must_use]
    pub fn above(&self, threshold: f32) -> &[DetectedObject] {
        let count = self
            .objects
            .partition_point(|object| object.score > threshold);
        &self.objects[..count]
    }
}

/// Image processor and labels of a checkpoint.
#[derive(Debug)]
pub struct DetectionProcessor {
    image: ImageProcessor,
    labels: BTreeMap<usize, String>,
}

impl DetectionProcessor {
    /// Number of labels that config.json names.
    #[must_use]
    pub fn label_count(&self) -> usize {
        self.labels.len()
    }
}

impl Task for ObjectDetection {
    type Input = ImageInput;
    type Output = Detections;
    type Processor = DetectionProcessor;

    const HEAD: Head = Head::Auto;

    fn processor(_model: &Model, checkpoint: &Checkpoint) -> Result<DetectionProcessor, Error> {
        Ok(DetectionProcessor {
            image: ImageProcessor::load(checkpoint.root())?,
            labels: super::image_classification::labels(checkpoint)?,
        })
    }

    fn image_size(processor: &DetectionProcessor) -> Option<(usize, usize)> {
        processor.image.output_size()
    }

    /// Pictures of a batch are padded to the largest. A graph that takes no mask of the padding sees pictures one by one,
    /// so that none is padded.
    fn run(call: &Call<'_, Self>, items: &[ImageInput]) -> Result<Vec<Detections>, Error> {
        let pictures = image_input::pictures(items)?;
        let inputs = call.graph("model")?.inputs();
        let takes_mask = inputs.iter().any(|input| input.name == MASK);
        let processor = call.processor();
        let mut found = Vec::with_capacity(pictures.len());
        let size = if takes_mask { pictures.len() } else { 1 };
        for pictures in pictures.chunks(size.max(1)) {
            let prepared = processor.image.prepare_all(pictures)?;
            found.extend(detect(call, &prepared, pictures, takes_mask)?);
        }
        Ok(found)
    }

    fn parse(ask: &Ask) -> Result<Vec<ImageInput>, Error> {
        Ok(image_input::files(ask))
    }

    fn present(ask: &Ask, outputs: &[Detections]) -> Answer {
        let threshold = ask.vision.threshold.unwrap_or(THRESHOLD);
        let mut text = String::new();
        let mut json = Vec::new();
        for (argument, output) in ask.arguments.iter().zip(outputs) {
            let objects = output.above(threshold);
            text.push_str(&format!(
                "{argument}: {} objects above {:.0} %\n",
                objects.len(),
                threshold * 100.0
            ));
            for object in objects {
                let Bounds {
                    left,
                    top,
                    right,
                    bottom,
                } = object.bounds;
                text.push_str(&format!(
                    "{:>7.2} %  {}  ({left:.0}, {top:.0}) to ({right:.0}, {bottom:.0})\n",
                    object.score * 100.0,
                    object.label
                ));
            }
            let object = |object: &DetectedObject| {
                serde_json::json!({
                    "id": object.id, "label": object.label, "score": object.score, "bounds": object.bounds,
                })
            };
            let objects: Vec<_> = objects.iter().map(object).collect();
            json.push(serde_json::json!({ "image": argument, "objects": objects }));
        }
        Answer {
            text,
            json: json.into(),
        }
    }
}

/// Runs the graph on prepared pictures.
fn detect(
    call: &Call<'_, ObjectDetection>,
    prepared: &Prepared,
    pictures: &[Picture],
    takes_mask: bool,
) -> Result<Vec<Detections>, Error> {
    let mut feeds = NamedTensors::new().with("pixel_values", prepared.pixel_values.clone());
    if takes_mask {
        feeds.insert(MASK, prepared.pixel_mask());
    }
    let outputs = call.forward("model", &feeds)?;
    let logits = output::floats::<Ix3>(&outputs, "logits", "float (batch, queries, labels)")?;
    let boxes = output::floats::<Ix3>(&outputs, "pred_boxes", "float (batch, queries, 4)")?;
    if boxes.len_of(Axis(2)) != 4 || boxes.len_of(Axis(1)) != logits.len_of(Axis(1)) {
        return Err(Error::WrongOutput {
            output: "pred_boxes".to_owned(),
            found: format!("float32 {:?}", boxes.shape()),
            expected: "four numbers for every row of `logits`",
        });
    }
    let both = logits.outer_iter().zip(boxes.outer_iter()).zip(pictures);
    let labels = &call.processor().labels;
    Ok(both
        .map(|((logits, boxes), picture)| {
            let size = (picture.width() as f32, picture.height() as f32);
            Detections {
                objects: ranked(&logits, &boxes, size, labels),
                logits: logits.to_owned(),
                boxes: boxes.to_owned(),
            }
        })
        .collect())
}

/// Every query's best label but the last, with its box in pixels, best first; equal scores keep the order of the queries.
fn ranked(
    logits: &ArrayView2<'_, f32>,
    boxes: &ArrayView2<'_, f32>,
    (width, height): (f32, f32),
    labels: &BTreeMap<usize, String>,
) -> Vec<DetectedObject> {
    let object = |(logits, place): (ndarray::ArrayView1<'_, f32>, ndarray::ArrayView1<'_, f32>)| {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
        let named = logits
            .iter()
            .take(logits.len().saturating_sub(1))
            .enumerate();
        let best = named.fold((0, f32::NEG_INFINITY), |best, (id, &logit)| {
            if logit > best.1 { (id, logit) } else { best }
        });
        let name = labels.get(&best.0).cloned();
        DetectedObject {
            id: best.0,
            label: name.unwrap_or_else(|| format!("LABEL_{}", best.0)),
            score: (best.1 - largest).exp() / sum,
            bounds: Bounds {
                left: (place[0] - 0.5 * place[2]) * width,
                top: (place[1] - 0.5 * place[3]) * height,
                right: (place[0] + 0.5 * place[2]) * width,
                bottom: (place[1] + 0.5 * place[3]) * height,
            },
        }
    };
    let mut objects: Vec<_> = logits
        .rows()
        .into_iter()
        .zip(boxes.rows())
        .map(object)
        .collect();
    objects.sort_by(|a, b| b.score.total_cmp(&a.score));
    objects
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn objects_are_ranked_and_scaled_and_no_object_is_no_label() {
        let logits = arr2(&[[0.0_f32, 1.0, 9.0], [3.0, 1.0, 0.0]]);
        let boxes = arr2(&[[0.5_f32, 0.5, 1.0, 1.0], [0.25, 0.5, 0.5, 0.2]]);
        let labels = BTreeMap::from([(0, "cat".to_owned())]);
        let objects = ranked(&logits.view(), &boxes.view(), (200.0, 100.0), &labels);
        assert_eq!((objects[0].id, objects[0].label.as_str()), (0, "cat"));
        assert_eq!((objects[1].id, objects[1].label.as_str()), (1, "LABEL_1"));
        assert!((objects[0].score - 0.843_794_7).abs() < 1e-6);
        let Bounds {
            left,
            top,
            right,
            bottom,
        } = objects[0].bounds;
        assert_eq!((left, right), (0.0, 100.0));
        assert!((top - 40.0).abs() < 1e-4 && (bottom - 60.0).abs() < 1e-4);
        let detections = Detections {
            objects,
            logits,
            boxes,
        };
        assert_eq!(detections.above(0.5).len(), 1);
        assert_eq!(detections.above(0.0).len(), 2);
    }
}
