//! Object detection under test.

use ndarray::Axis;

use super::{Exercise, image};
use crate::contract::measure::{self, Measure};
use crate::contract::tolerance::Tolerance;
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{DetectionProcessor, Detections, ImageInput, ObjectDetection};
use crate::tensor::Tensor;
use crate::verify::Finding;

impl Exercise for ObjectDetection {
    /// Pictures of one size: what a detector sees depends on how far a picture is padded to the size of another.
    fn examples() -> Vec<ImageInput> {
        image::examples_of_one_size()
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

    fn truncates(_processor: &DetectionProcessor) -> bool {
        false
    }

    fn values(output: &Detections) -> Vec<f32> {
        output.logits.iter().chain(&output.boxes).copied().collect()
    }

    fn measures(expected: &Detections, got: &Detections, level: Tolerance) -> Vec<Measure> {
        let mut measures = measure::of_numbers(&Self::values(expected), &Self::values(got), level);
        let boxes = |found: &Detections| found.boxes.iter().copied().collect::<Vec<_>>();
        measures.push(measure::of_boxes(&boxes(expected), &boxes(got), level));
        measures
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        let queries = super::config_number(session, "/num_queries")?;
        Ok(queries * (session.processor().label_count() + 1 + 4))
    }

    fn reference_items(
        _session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<ImageInput>>, Error> {
        image::reference_items(reference, case)
    }

    fn reference_output() -> &'static str {
        ""
    }

    /// Logits and boxes; a graph without a mask of the padding sees other pictures than a batch of unequal ones.
    fn reference_findings(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Finding>, Error> {
        let Some(items) = image::reference_items(reference, case)? else {
            return Ok(Vec::new());
        };
        let inputs = session.graphs().find("model")?.inputs();
        let takes_mask = inputs.iter().any(|input| input.name == "pixel_mask");
        if !takes_mask && items.len() > 1 {
            return Ok(Vec::new());
        }
        let output = session.run_batch(&items)?.output;
        let stacked = |part: fn(&Detections) -> &ndarray::Array2<f32>| {
            let views: Vec<_> = output.iter().map(|found| part(found).view()).collect();
            ndarray::stack(Axis(0), &views)
                .map(Tensor::from)
                .map_err(|error| {
                    Error::InvalidInput(format!("outputs of different shape: {error}"))
                })
        };
        let parts = [
            ("logits", stacked(|found| &found.logits)?),
            ("pred_boxes", stacked(|found| &found.boxes)?),
        ];
        let compare = |(name, tensor): &(&str, Tensor)| {
            Ok(Finding::Tensor(reference.compare(case, name, tensor)?))
        };
        parts.iter().map(compare).collect()
    }
}
