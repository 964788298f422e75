//! Pictures and videos of a wanted size.

use super::{Lengths, Takes, Workload};
use crate::catalog::Model;
use crate::error::Error;
use crate::processor::image::{ImageProcessor, Picture};
use crate::task::{
    ClassificationProcessor, DetectionProcessor, ImageClassification, ImageFeatureExtraction,
    ImageInput, ImageSegmentation, MaskGeneration, MaskPrompt, MaskRequest, ObjectDetection,
    PromptPoint, SegmentationProcessor,
};

const IMAGE: Takes = Takes {
    text: false,
    new_tokens: false,
    image: true,
    sound: false,
};

/// Width and height in pixels.
fn size(lengths: &Lengths) -> (usize, usize) {
    let (width, height) = lengths.image.unwrap_or((1, 1));
    (width as usize, height as usize)
}

/// A pattern of the wanted size that differs with the number.
pub(super) fn picture(lengths: &Lengths, index: usize) -> Result<Picture, Error> {
    let (width, height) = size(lengths);
    let pixel = |x: usize, y: usize| {
        [
            ((x * 255 / width.max(1)) + 31 * index) as u8,
            ((y * 255 / height.max(1)) + 17 * index) as u8,
            (x * 7 + y * 13) as u8,
        ]
    };
    let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let rgb = rows.flat_map(|(x, y)| pixel(x, y)).collect();
    Ok(Picture::from_rgb(width, height, rgb)?)
}

fn input(lengths: &Lengths, index: usize) -> Result<ImageInput, Error> {
    picture(lengths, index).map(ImageInput::from)
}

impl Workload for ImageClassification {
    fn takes(_model: &Model) -> Takes {
        IMAGE
    }

    fn item(
        _processor: &ClassificationProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<ImageInput, Error> {
        input(lengths, index)
    }
}

impl Workload for ImageFeatureExtraction {
    fn takes(_model: &Model) -> Takes {
        IMAGE
    }

    fn item(
        _processor: &ImageProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<ImageInput, Error> {
        input(lengths, index)
    }
}

impl Workload for ImageSegmentation {
    fn takes(_model: &Model) -> Takes {
        IMAGE
    }

    fn item(
        _processor: &SegmentationProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<ImageInput, Error> {
        input(lengths, index)
    }
}

impl Workload for ObjectDetection {
    fn takes(_model: &Model) -> Takes {
        IMAGE
    }

    fn item(
        _processor: &DetectionProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<ImageInput, Error> {
        input(lengths, index)
    }
}

impl Workload for MaskGeneration {
    fn takes(_model: &Model) -> Takes {
        IMAGE
    }

    /// One point in the middle.
    fn item(
        _processor: &ImageProcessor,
        lengths: &Lengths,
        index: usize,
    ) -> Result<MaskRequest, Error> {
        let (width, height) = size(lengths);
        let point = PromptPoint {
            x: width as f32 / 2.0,
            y: height as f32 / 2.0,
            is_on_object: true,
        };
        Ok(MaskRequest {
            image: input(lengths, index)?,
            prompts: vec![MaskPrompt {
                points: vec![point],
                bounds: None,
            }],
        })
    }
}
