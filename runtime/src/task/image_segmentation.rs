//! Image to a map of labels: resize, rescale, normalise, run, enlarge to the picture's size, take the best label.

use std::collections::BTreeMap;

use export::Head;
use ndarray::{Array2, Array3, ArrayView3, Axis, Ix4};

use super::bilinear::Bilinear;
use super::{ImageInput, Task, image_input, output};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::processor::image::ImageProcessor;
use crate::session::Call;
use crate::skill::{Answer, Ask};
use crate::tensor::NamedTensors;

/// Image to a label for every pixel.
#[derive(Debug, Clone, Copy)]
pub struct ImageSegmentation;

/// The labels of a picture's pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelMap {
    /// The label's row in the classifier for every pixel of the picture, `(height, width)`.
    pub ids: Array2<u16>,
    /// The labels that occur, the most frequent first.
    pub areas: Vec<LabelArea>,
    /// `(labels, rows, columns)` as the graph gives them, smaller than the picture.
    pub logits: Array3<f32>,
}

/// A label that occurs in a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelArea {
    /// Its row in the classifier.
    pub id: u16,
    /// Its name in the checkpoint's config.json.
    pub label: String,
    /// Number of its pixels.
    pub pixels: usize,
}

/// Image processor and labels of a checkpoint.
#[derive(Debug)]
pub struct SegmentationProcessor {
    image: ImageProcessor,
    labels: BTreeMap<usize, String>,
}

impl SegmentationProcessor {
    /// Number of labels that config.json names.
    #[must_use]
    pub fn label_count(&self) -> usize {
        self.labels.len()
    }
}

impl Task for ImageSegmentation {
    type Input = ImageInput;
    type Output = LabelMap;
    type Processor = SegmentationProcessor;

    const HEAD: Head = Head::Auto;

    fn processor(_model: &Model, checkpoint: &Checkpoint) -> Result<SegmentationProcessor, Error> {
        Ok(SegmentationProcessor {
            image: ImageProcessor::load(checkpoint.root())?,
            labels: super::image_classification::labels(checkpoint)?,
        })
    }

    fn image_size(processor: &SegmentationProcessor) -> Option<(usize, usize)> {
        processor.image.output_size()
    }

    fn run(call: &Call<'_, Self>, items: &[ImageInput]) -> Result<Vec<LabelMap>, Error> {
        let processor = call.processor();
        let pictures = image_input::pictures(items)?;
        let pixels = processor.image.pixel_values(&pictures)?;
        let feeds = NamedTensors::new().with("pixel_values", pixels);
        let outputs = call.forward("model", &feeds)?;
        let expected = "float (batch, 1 to 65536 labels, rows, columns)";
        let logits = output::floats::<Ix4>(&outputs, "logits", expected)?;
        let (_, labels, rows, columns) = logits.dim();
        if labels == 0 || labels > usize::from(u16::MAX) || rows * columns == 0 {
            return Err(Error::WrongOutput {
                output: "logits".to_owned(),
                found: format!("float32 {:?}", logits.shape()),
                expected,
            });
        }
        let map = |(logits, picture): (ArrayView3<'_, f32>, &crate::processor::image::Picture)| {
            let ids = best(&logits, (picture.height(), picture.width()));
            LabelMap {
                areas: areas(&ids, &processor.labels),
                ids,
                logits: logits.to_owned(),
            }
        };
        Ok(logits.outer_iter().zip(&pictures).map(map).collect())
    }

    fn parse(ask: &Ask) -> Result<Vec<ImageInput>, Error> {
        Ok(image_input::files(ask))
    }

    fn present(ask: &Ask, outputs: &[LabelMap]) -> Answer {
        let mut text = String::new();
        let mut json = Vec::new();
        for (argument, output) in ask.arguments.iter().zip(outputs) {
            let (height, width) = output.ids.dim();
            text.push_str(&format!("{argument}: {width} x {height} pixels\n"));
            let share = |area: &LabelArea| area.pixels as f64 / (width * height) as f64;
            for area in &output.areas {
                text.push_str(&format!("{:>7.2} %  {}\n", share(area) * 100.0, area.label));
            }
            let area = |area: &LabelArea| {
                serde_json::json!({
                    "id": area.id, "label": area.label, "pixels": area.pixels, "share": share(area),
                })
            };
            let areas: Vec<_> = output.areas.iter().map(area).collect();
            json.push(serde_json::json!({
                "image": argument, "width": width, "height": height, "labels": areas,
            }));
        }
        Answer {
            text,
            json: json.into(),
        }
    }
}

/// The best label of every pixel; of equal ones the first. A row of the picture at a time, for pictures may be large.
fn best(logits: &ArrayView3<'_, f32>, (height, width): (usize, usize)) -> Array2<u16> {
    let (_, rows, columns) = logits.dim();
    let resize = Bilinear::new((rows, columns), (height, width));
    let mut ids = Array2::zeros((height, width));
    let (mut values, mut largest) = (vec![0.0; width], vec![0.0; width]);
    for (row, mut ids) in ids.outer_iter_mut().enumerate() {
        largest.fill(f32::NEG_INFINITY);
        for (label, map) in logits.axis_iter(Axis(0)).enumerate() {
            resize.row(&map, row, &mut values);
            for ((id, largest), &value) in ids.iter_mut().zip(&mut largest).zip(&values) {
                if value > *largest {
                    *largest = value;
                    *id = label as u16;
                }
            }
        }
    }
    ids
}

fn areas(ids: &Array2<u16>, labels: &BTreeMap<usize, String>) -> Vec<LabelArea> {
    let mut pixels = BTreeMap::<u16, usize>::new();
    for &id in ids {
        *pixels.entry(id).or_default() += 1;
    }
    let area = |(id, pixels): (u16, usize)| {
        let name = labels.get(&usize::from(id)).cloned();
        LabelArea {
            id,
            label: name.unwrap_or_else(|| format!("LABEL_{id}")),
            pixels,
        }
    };
    let mut areas: Vec<_> = pixels.into_iter().map(area).collect();
    areas.sort_by_key(|area| std::cmp::Reverse(area.pixels));
    areas
}

#[cfg(test)]
mod tests {
    use ndarray::arr3;

    use super::*;

    #[test]
    fn every_pixel_gets_its_best_label() {
        let logits = arr3(&[[[1.0_f32, 0.0]], [[0.0, 1.0]], [[-1.0, -1.0]]]);
        let ids = best(&logits.view(), (2, 4));
        assert_eq!(ids, ndarray::arr2(&[[0, 0, 1, 1], [0, 0, 1, 1]]));
        let areas = areas(&ids, &BTreeMap::from([(1, "sky".to_owned())]));
        let found: Vec<_> = areas
            .iter()
            .map(|area| (area.label.as_str(), area.pixels))
            .collect();
        assert_eq!(found, [("LABEL_0", 4), ("sky", 4)]);
    }
}
