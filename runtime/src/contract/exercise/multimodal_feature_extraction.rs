//! Vectors of texts, pictures and sounds under test.

use ndarray::Array2;

use super::{Exercise, image, sound};
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{
    AudioInput, ImageInput, Medium, MultimodalEmbedding, MultimodalFeatureExtraction,
    MultimodalItem, MultimodalProcessor,
};
use crate::tensor::Tensor;
use crate::verify::{self, Finding};

/// Texts of different length.
const TEXTS: [&str; 2] = ["a photo of a cat", "two red boats at the pier"];

/// The stored vectors of length 1 of each medium.
const VECTORS: [(Medium, &str); 3] = [
    (Medium::Text, "text_embeds"),
    (Medium::Image, "image_embeds"),
    (Medium::Sound, "audio_embeds"),
];

/// For each tower its output and the stored tensor that it must equal: what the projection gives.
const HEADS: [(&str, &str, &str); 3] = [
    ("text_model", "text_embeds", "text_head"),
    ("vision_model", "image_embeds", "image_head"),
    ("audio_model", "audio_embeds", "audio_head"),
];

impl Exercise for MultimodalFeatureExtraction {
    fn examples() -> Vec<MultimodalItem> {
        let texts = TEXTS.map(MultimodalItem::from).into_iter();
        let images = image::examples().into_iter().map(MultimodalItem::from);
        let sounds = sound::examples().into_iter().map(MultimodalItem::from);
        texts.chain(images).chain(sounds).collect()
    }

    fn empty() -> Vec<MultimodalItem> {
        let images = image::empty().into_iter().map(MultimodalItem::from);
        let sounds = sound::empty().into_iter().map(MultimodalItem::from);
        images
            .chain(sounds)
            .chain(["".into(), " ".into()])
            .collect()
    }

    fn oversized() -> Vec<MultimodalItem> {
        // A long sound is cut into clips, however long it is.
        let images = image::oversized().into_iter().map(MultimodalItem::from);
        let text = "wood and light ".repeat(400_000);
        images.chain([text.into()]).collect()
    }

    fn malformed() -> Vec<MultimodalItem> {
        let images = image::malformed().into_iter().map(MultimodalItem::from);
        let sounds = sound::malformed().into_iter().map(MultimodalItem::from);
        images.chain(sounds).collect()
    }

    fn truncates(_processor: &MultimodalProcessor) -> bool {
        // Texts beyond what a tokenizer reads at all are refused, whatever a checkpoint truncates to.
        false
    }

    fn values(output: &MultimodalEmbedding) -> Vec<f32> {
        output.vector.clone()
    }

    fn promised(session: &Session<Self>) -> Result<usize, Error> {
        super::hidden_size(session)
    }

    /// Texts, then pictures, then sounds.
    fn reference_items(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<MultimodalItem>>, Error> {
        let graphs = session.graphs();
        let seen = reference.labelled_images(case)?;
        let heard = reference.labelled_sounds(case)?;
        let texts = seen.as_ref().or(heard.as_ref()).map(|(_, texts)| texts);
        let Some(texts) = texts else {
            return Ok(None);
        };
        let mut items: Vec<MultimodalItem> =
            texts.iter().map(|text| text.as_str().into()).collect();
        if let Some((images, _)) = seen.filter(|_| graphs.has("vision_model")) {
            items.extend(images.into_iter().map(|file| ImageInput::from(file).into()));
        }
        if let Some((sounds, _)) = heard.filter(|_| graphs.has("audio_model")) {
            items.extend(sounds.into_iter().map(|file| AudioInput::from(file).into()));
        }
        Ok(Some(items))
    }

    fn reference_output() -> &'static str {
        "cosines"
    }

    /// What every tower gives for stored tensors, the vectors of the raw input, and all their cosines.
    fn reference_findings(
        session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Vec<Finding>, Error> {
        let is_stored = |wanted: &str| reference.stored(case).any(|(name, _)| name == wanted);
        let mut findings = Vec::new();
        for (name, output, head) in HEADS {
            if is_stored(head) && session.graphs().has(name) {
                let graph = session.graphs().find(name)?;
                let outputs = verify::on_stored_inputs::<Self>(graph, reference, case)?;
                let given = outputs.as_ref().and_then(|outputs| outputs.find(output));
                let given = given.ok_or_else(|| Error::MissingOutput {
                    output,
                    known: format!("no {output} of {name}"),
                })?;
                findings.push(Finding::Tensor(reference.compare(case, head, given)?));
            }
        }
        let Some(items) = Self::reference_items(session, reference, case)? else {
            return Ok(findings);
        };
        let output = session.run_batch(&items)?.output;
        for (medium, name) in VECTORS {
            let of_medium = output.iter().filter(|item| item.medium == medium);
            let rows: Vec<_> = of_medium.map(|item| item.vector.as_slice()).collect();
            if let Some(first) = rows.first().filter(|_| is_stored(name)) {
                let shape = (rows.len(), first.len());
                let rows = Array2::from_shape_vec(shape, rows.concat())
                    .map_err(|error| Error::InvalidInput(format!("{name}: {error}")))?;
                let compared = reference.compare(case, name, &Tensor::from(rows))?;
                findings.push(Finding::Tensor(compared));
            }
        }
        if is_stored(Self::reference_output()) {
            let cosines = Tensor::from(MultimodalEmbedding::cosines(&output)?);
            let compared = reference.compare(case, Self::reference_output(), &cosines)?;
            findings.push(Finding::Tensor(compared));
        }
        Ok(findings)
    }
}
