//! Image segmentation under test.

use super::{Exercise, image};
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{ImageInput, ImageSegmentation, LabelMap, SegmentationProcessor, Task};
use crate::tensor::Tensor;
use crate::verify::Finding;

impl Exercise for ImageSegmentation {
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

    fn truncates(_processor: &SegmentationProcessor) -> bool {
        false
    }

    fn values(output: &LabelMap) -> Vec<f32> {
        output.logits.iter().copied().collect()
    }

    /// A score of every label for every place of the first stage's map.
    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        let stride = super::config_number(session, "/strides/0")?.max(1);
        let (height, width) = Self::image_size(session.processor())
            .ok_or_else(|| Error::InvalidInput("pictures come in no fixed size".to_owned()))?;
        let places = height.div_ceil(stride) * width.div_ceil(stride);
        Ok(session.processor().label_count() * places)
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

    /// The label of every pixel of every picture.
    fn reference_findings(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Finding>, Error> {
        let Some(items) = image::reference_items(reference, case)? else {
            return Ok(Vec::new());
        };
        let output = session.run_batch(&items)?.output;
        let compare = |(index, map): (usize, &LabelMap)| {
            let ids = Tensor::from(map.ids.mapv(i32::from));
            let name = format!("segmentation.{index}");
            Ok(Finding::Tensor(reference.compare(case, &name, &ids)?))
        };
        output.iter().enumerate().map(compare).collect()
    }
}
