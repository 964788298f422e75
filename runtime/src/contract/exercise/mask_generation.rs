//! Mask generation under test.

use ndarray::{Array2, Axis};
use serde_json::Value;

use super::{Exercise, image};
use crate::error::Error;
use crate::processor::image::ImageProcessor;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{
    ImageInput, MaskGeneration, MaskPrompt, MaskRequest, Masks, ObjectMask, PromptPoint,
};
use crate::tensor::Tensor;
use crate::verify::Finding;

impl Exercise for MaskGeneration {
    fn examples() -> Vec<MaskRequest> {
        image::examples().into_iter().map(asked).collect()
    }

    /// An empty file, and a picture of which nothing is asked.
    fn empty() -> Vec<MaskRequest> {
        let asks_nothing = image::examples()
            .into_iter()
            .take(1)
            .map(|image| MaskRequest {
                image,
                prompts: Vec::new(),
            });
        let files = image::empty().into_iter().map(asked);
        files.chain(asks_nothing).collect()
    }

    fn oversized() -> Vec<MaskRequest> {
        image::oversized().into_iter().map(asked).collect()
    }

    fn malformed() -> Vec<MaskRequest> {
        image::malformed().into_iter().map(asked).collect()
    }

    fn truncates(_processor: &ImageProcessor) -> bool {
        false
    }

    fn values(output: &Masks) -> Vec<f32> {
        let masks = output.prompts.iter().flatten();
        let scores = masks.map(|mask: &ObjectMask| mask.score);
        scores.chain(output.logits.iter().copied()).collect()
    }

    /// A score and a map four times finer than the image's patches for every mask.
    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        let masks = super::config_number(session, "/mask_decoder_config/num_multimask_outputs")?;
        let image = super::config_number(session, "/vision_config/image_size")?;
        let patch = super::config_number(session, "/vision_config/patch_size")?.max(1);
        Ok(masks * (1 + (4 * image / patch).pow(2)))
    }

    fn reference_items(
        _session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<MaskRequest>>, Error> {
        items(reference, case)
    }

    fn reference_output() -> &'static str {
        ""
    }

    /// Scores, maps and masks of every picture.
    fn reference_findings(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Finding>, Error> {
        let Some(items) = items(reference, case)? else {
            return Ok(Vec::new());
        };
        let output = session.run_batch(&items)?.output;
        let [found] = output.as_slice() else {
            return Err(Error::InvalidInput(
                "expected a case of one picture".to_owned(),
            ));
        };
        let score = |mask: &ObjectMask| mask.score;
        let scores: Vec<f32> = found.prompts.iter().flatten().map(score).collect();
        let prompts = found.prompts.len();
        let scores = Array2::from_shape_vec((prompts, scores.len() / prompts.max(1)), scores)
            .map_err(|error| Error::InvalidInput(format!("masks of unequal number: {error}")))?;
        let masks: Vec<_> = found.prompts.iter().flatten().collect();
        let views: Vec<_> = masks.iter().map(|mask| mask.pixels.view()).collect();
        let unequal = |error| Error::InvalidInput(format!("masks of unequal size: {error}"));
        let masks = ndarray::stack(Axis(0), &views).map_err(unequal)?;
        let (count, height, width) = masks.dim();
        let shape = (prompts, count / prompts.max(1), height, width);
        let masks = masks.into_shape_with_order(shape).map_err(unequal)?;
        let parts = [
            ("iou_scores", Tensor::from(scores.insert_axis(Axis(0)))),
            (
                "pred_masks",
                Tensor::from(found.logits.clone().insert_axis(Axis(0))),
            ),
            ("masks", Tensor::from(masks)),
        ];
        let compare = |(name, tensor): &(&str, Tensor)| {
            Ok(Finding::Tensor(reference.compare(case, name, tensor)?))
        };
        parts.iter().map(compare).collect()
    }
}

/// A picture of whose middle a mask is asked.
fn asked(image: ImageInput) -> MaskRequest {
    let point = PromptPoint {
        x: 20.0,
        y: 15.0,
        is_on_object: true,
    };
    MaskRequest {
        image,
        prompts: vec![MaskPrompt {
            points: vec![point],
            bounds: None,
        }],
    }
}

/// The pictures of a reference case with their points.
fn items(reference: &Reference, case: &Case) -> Result<Option<Vec<MaskRequest>>, Error> {
    let Some(prompts) = reference.prompts(case)? else {
        return Ok(None);
    };
    let Some(images) = image::reference_items(reference, case)? else {
        return Ok(None);
    };
    let request = |(index, image): (usize, ImageInput)| {
        let of_image = |key: &str| prompts.get(key)?.get(index)?.as_array();
        let both = of_image("input_points").zip(of_image("input_labels"));
        let prompts = both.and_then(|(points, labels)| {
            let prompt = |(points, labels)| prompt(points, labels);
            points.iter().zip(labels).map(prompt).collect()
        });
        let prompts: Option<Vec<MaskPrompt>> = prompts;
        let prompts = prompts.ok_or_else(|| {
            Error::InvalidInput(format!(
                "case `{}` has no points for picture {index}",
                case.name()
            ))
        })?;
        Ok(MaskRequest { image, prompts })
    };
    images
        .into_iter()
        .enumerate()
        .map(request)
        .collect::<Result<_, Error>>()
        .map(Some)
}

/// A prompt of points and labels as reference files have them.
fn prompt(points: &Value, labels: &Value) -> Option<MaskPrompt> {
    let point = |(place, label): (&Value, &Value)| {
        let number = |index: usize| Some(place.get(index)?.as_f64()? as f32);
        Some(PromptPoint {
            x: number(0)?,
            y: number(1)?,
            is_on_object: label.as_i64()? == 1,
        })
    };
    let both = points.as_array()?.iter().zip(labels.as_array()?);
    Some(MaskPrompt {
        points: both.map(point).collect::<Option<_>>()?,
        bounds: None,
    })
}
