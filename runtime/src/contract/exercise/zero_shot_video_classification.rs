//! Zero-shot video classification under test.

use std::path::Path;

use super::Exercise;
use super::zero_shot_image_classification::{endless_label, labels};
use crate::error::Error;
use crate::processor::image::Picture;
use crate::reference::{Case, Reference};
use crate::session::Session;
use crate::task::{
    Candidates, LabelledVideo, VideoInput, ZeroShot, ZeroShotProcessor, ZeroShotVideoClassification,
};

/// A square that moves over a picture of this size.
fn moving(width: usize, height: usize, frames: usize) -> Vec<Picture> {
    let frame = |frame: usize| {
        let left = frame * (width - 8) / frames;
        let pixel = |x: usize, y: usize| {
            if (left..left + 8).contains(&x) && (4..12).contains(&y) {
                [200, 40, 30]
            } else {
                [(x * 255 / width) as u8, (y * 255 / height) as u8, 90]
            }
        };
        let rgb = (0..height)
            .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)))
            .collect();
        Picture::from_rgb(width, height, rgb).ok()
    };
    (0..frames).filter_map(frame).collect()
}

impl Exercise for ZeroShotVideoClassification {
    fn examples() -> Vec<LabelledVideo> {
        [(64, 48, 12), (31, 57, 5), (40, 40, 20)]
            .map(|(width, height, frames)| {
                LabelledVideo::new(moving(width, height, frames), labels())
            })
            .to_vec()
    }

    fn empty() -> Vec<LabelledVideo> {
        let none: [&str; 0] = [];
        vec![
            LabelledVideo::new(Vec::new(), labels()),
            LabelledVideo::new(moving(40, 40, 4), Candidates::new(none)),
            LabelledVideo::new(moving(40, 40, 4), Candidates::new([" "])),
        ]
    }

    fn oversized() -> Vec<LabelledVideo> {
        vec![LabelledVideo::new(moving(40, 40, 4), endless_label())]
    }

    fn malformed() -> Vec<LabelledVideo> {
        // A program is no video, and a folder that is not there has no frames.
        let program = std::env::current_exe().unwrap_or_default();
        vec![
            LabelledVideo::new(program, labels()),
            LabelledVideo::new(Path::new("no/such/folder"), labels()),
        ]
    }

    fn truncates(_processor: &ZeroShotProcessor) -> bool {
        false
    }

    fn values(output: &ZeroShot) -> Vec<f32> {
        output.logits.clone()
    }

    fn promised(_session: &Session<Self>) -> Result<usize, Error> {
        Ok(labels().labels().len())
    }

    fn reference_items(
        _session: &Session<Self>,
        reference: &Reference,
        case: &Case,
    ) -> Result<Option<Vec<LabelledVideo>>, Error> {
        let Some((videos, texts)) = reference.labelled_videos(case)? else {
            return Ok(None);
        };
        // One video in several forms: the stored tensors have one row.
        let candidates = Candidates::new(texts);
        let videos = videos.into_iter().take(1).map(VideoInput::from);
        Ok(Some(
            videos
                .map(|video| LabelledVideo::new(video, candidates.clone()))
                .collect(),
        ))
    }

    fn reference_output() -> &'static str {
        "logits_per_video"
    }
}
