//! Zero-shot image classification under test.

use super::{Exercise, image};
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{
    Candidates, ImageInput, LabelledImage, ZeroShot, ZeroShotImageClassification, ZeroShotProcessor,
};

/// Labels of different length.
const LABELS: [&str; 3] = ["a photo of a cat", "two red boats at the pier", "nothing"];

/// The labels of the examples.
pub(super) fn labels() -> Candidates {
    Candidates::new(LABELS)
}

/// More text than any tokenizer takes.
pub(super) fn endless_label() -> Candidates {
    Candidates::new(["wood and light ".repeat(400_000)])
}

fn labelled(images: Vec<ImageInput>) -> Vec<LabelledImage> {
    images
        .into_iter()
        .map(|image| LabelledImage::new(image, labels()))
        .collect()
}

/// The examples' pictures with other labels.
fn with(candidates: &Candidates) -> Vec<LabelledImage> {
    let images = image::examples().into_iter().take(1);
    images
        .map(|image| LabelledImage::new(image, candidates.clone()))
        .collect()
}

impl Exercise for ZeroShotImageClassification {
    fn examples() -> Vec<LabelledImage> {
        labelled(image::examples())
    }

    fn empty() -> Vec<LabelledImage> {
        let none: [&str; 0] = [];
        let mut items = labelled(image::empty());
        items.extend(with(&Candidates::new(none)));
        items.extend(with(&Candidates::new([""])));
        items
    }

    fn oversized() -> Vec<LabelledImage> {
        let mut items = labelled(image::oversized());
        items.extend(with(&endless_label()));
        items
    }

    fn malformed() -> Vec<LabelledImage> {
        labelled(image::malformed())
    }

    fn truncates(_processor: &ZeroShotProcessor) -> bool {
        // Labels beyond what a tokenizer reads at all are refused, whatever a checkpoint truncates to.
        false
    }

    fn values(output: &ZeroShot) -> Vec<f32> {
        output.logits.clone()
    }

    fn promised(_session: &Session<Self>) -> Result<usize, Error> {
        Ok(LABELS.len())
    }

    fn reference_items(
        _session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<LabelledImage>>, Error> {
        let Some((images, texts)) = reference.labelled_images(case)? else {
            return Ok(None);
        };
        let candidates = Candidates::new(texts);
        let images = images.into_iter();
        Ok(Some(
            images
                .map(|image| LabelledImage::new(image, candidates.clone()))
                .collect(),
        ))
    }

    fn reference_output() -> &'static str {
        "logits_per_image"
    }
}
