//! Image feature extraction under test.

use super::{Exercise, image};
use crate::error::Error;
use crate::processor::image::ImageProcessor;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{ImageFeatureExtraction, ImageFeatures, ImageInput};

impl Exercise for ImageFeatureExtraction {
    fn examples() -> Vec<ImageInput> {
        image::examples()
    }

    fn empty() -> Vec<ImageInput> {
        image::empty()
    }

    fn oversized() -> Vec<ImageInput> {
        image::oversized()
    }

    fn malformed() -> Vec<ImageInput> {
        image::malformed()
    }

    fn truncates(_processor: &ImageProcessor) -> bool {
        false
    }

    fn values(output: &ImageFeatures) -> Vec<f32> {
        output.vector.clone()
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        super::hidden_size(session)
    }

    fn reference_items(
        _session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<ImageInput>>, Error> {
        image::reference_items(reference, case)
    }

    fn reference_output() -> &'static str {
        "pooler_output"
    }
}
