//! Video and candidate labels to scores, through the vectors of both.

use std::path::Path;

use export::Head;
use ndarray::{Axis, Ix2, Ix3, stack};

use super::candidates::{Texts, at};
use super::zero_shot_image_classification::present;
use super::{Candidates, Task, VideoInput, ZeroShot, ZeroShotProcessor, output};
use crate::catalog::Model;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::session::Call;
use crate::skill::{Answer, Ask};

/// Video to one of the labels that come with it.
#[derive(Debug, Clone, Copy)]
pub struct ZeroShotVideoClassification;

/// A video with the labels it may have.
#[derive(Debug, Clone)]
pub struct LabelledVideo {
    /// The video.
    pub video: VideoInput,
    /// The labels.
    pub candidates: Candidates,
}

impl LabelledVideo {
    /// A video with the labels it may have.
    pub fn new(video: impl Into<VideoInput>, candidates: Candidates) -> Self {
        Self {
            video: video.into(),
            candidates,
        }
    }
}

impl Task for ZeroShotVideoClassification {
    type Input = LabelledVideo;
    type Output = ZeroShot;
    type Processor = ZeroShotProcessor;

    const HEAD: Head = Head::Auto;

    fn processor(model: &Model, checkpoint: &Checkpoint) -> Result<ZeroShotProcessor, Error> {
        ZeroShotProcessor::load(model, checkpoint)
    }

    fn image_size(processor: &ZeroShotProcessor) -> Option<(usize, usize)> {
        processor.image.output_size()
    }

    fn run(call: &Call<'_, Self>, items: &[LabelledVideo]) -> Result<Vec<ZeroShot>, Error> {
        let processor = call.processor();
        let texts = Texts::of(items.iter().map(|item| &item.candidates))?;
        let frames = frame_count(call)?;
        let mut videos = Vec::with_capacity(items.len());
        for item in items {
            let pictures = item.video.frames(frames)?;
            videos.push(processor.image.pixel_values(&pictures)?);
        }
        let views: Vec<_> = videos.iter().map(|video| video.view()).collect();
        let pixels = stack(Axis(0), &views)
            .map_err(|_| Error::InvalidInput("frames of several sizes in one batch".to_owned()))?;
        let inputs = call.graph("model")?.inputs();
        let feeds = processor.reader.encode(&texts)?.into_feeds(inputs);
        let outputs = call.forward("model", &feeds.with("pixel_values", pixels))?;
        let logits = output::floats::<Ix2>(&outputs, "logits_per_video", "float (videos, texts)")?;
        let seen = output::floats::<Ix2>(&outputs, "video_embeds", "float (videos, width)")?;
        let vectors =
            output::floats::<Ix3>(&outputs, "text_embeds", "float (videos, texts, width)")?;
        let rows = items.iter().zip(texts.rows());
        let given = logits.rows().into_iter().zip(seen.rows());
        Ok(rows
            .zip(given.zip(vectors.outer_iter()))
            .map(|((item, places), ((logits, video), vectors))| {
                let logits = at(&logits, places);
                ZeroShot {
                    labels: item.candidates.rank(&logits, processor.reader.scores),
                    logits,
                    vector: video.to_vec(),
                    text_vectors: places
                        .iter()
                        .map(|&place| vectors.row(place).to_vec())
                        .collect(),
                }
            })
            .collect())
    }

    fn parse(ask: &Ask) -> Result<Vec<LabelledVideo>, Error> {
        let candidates = Candidates::parse(ask)?;
        let paths = ask.arguments.iter().map(Path::new);
        Ok(paths
            .map(|path| LabelledVideo::new(path, candidates.clone()))
            .collect())
    }

    fn present(ask: &Ask, outputs: &[ZeroShot]) -> Answer {
        present("video", ask, outputs)
    }
}

/// The number of frames the graph looks at: the second axis of its pictures.
fn frame_count(call: &Call<'_, ZeroShotVideoClassification>) -> Result<usize, Error> {
    let inputs = call.graph("model")?.inputs();
    let pixels = inputs.iter().find(|input| input.name == "pixel_values");
    let frames = pixels.and_then(|input| input.shape.get(1).copied().flatten());
    frames.ok_or_else(|| Error::MissingInput {
        input: "pixel_values (videos, frames, …) with a fixed number of frames".to_owned(),
        given: inputs
            .iter()
            .map(|input| input.name.clone())
            .collect::<Vec<_>>()
            .join(", "),
    })
}
