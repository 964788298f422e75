//! Image classification under test.

use super::{Exercise, image};
use crate::contract::measure::{self, Measure};
use crate::contract::tolerance::Tolerance;
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{Classification, ClassificationProcessor, ImageClassification, ImageInput};

impl Exercise for ImageClassification {
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

    fn truncates(_processor: &ClassificationProcessor) -> bool {
        false
    }

    fn values(output: &Classification) -> Vec<f32> {
        output.logits.clone()
    }

    fn measures(expected: &Classification, got: &Classification, level: Tolerance) -> Vec<Measure> {
        let mut measures = measure::of_numbers(&Self::values(expected), &Self::values(got), level);
        measures.push(measure::of_ranking(&expected.logits, &got.logits, 5, level));
        measures
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        Ok(session.processor().label_count())
    }

    fn reference_items(
        _session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<ImageInput>>, Error> {
        image::reference_items(reference, case)
    }

    fn reference_output() -> &'static str {
        "logits"
    }
}
