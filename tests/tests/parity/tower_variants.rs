//! Two towers that the reference kit lacks give what transformers gives: CLIP whose configuration names its end token,
//! X-CLIP over two videos at once, and `SigLIP`, which is a registry entry alone. The checkpoints in
//! `reference_data/towers` were written by the script beside them.

use std::path::Path;

use runtime::processor::image::Picture;
use runtime::session::GraphSource;
use runtime::task::{
    Candidates, ImageInput, LabelledImage, LabelledVideo, MultimodalFeatureExtraction,
    MultimodalItem, ZeroShot, ZeroShotImageClassification, ZeroShotVideoClassification,
};
use serde::Deserialize;
use workspace_tests::workspace;

use super::open;

/// The largest difference of logits, which are below 5, and of vectors of length 1.
const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Expected {
    texts: Vec<String>,
    logits: Vec<Vec<f32>>,
    vectors: Vec<Vec<f32>>,
}

#[test]
fn towers_that_the_kit_lacks_equal_transformers() {
    let towers = workspace().join("tests/tests/parity/reference_data/towers");
    for family in ["clip", "siglip", "xclip"] {
        let dir = towers.join(family);
        let expected = std::fs::read(dir.join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_slice(&expected).unwrap();
        let candidates = Candidates::new(expected.texts.clone());
        let outputs = if family == "xclip" {
            videos(&dir, &candidates)
        } else {
            pictures(&dir, &candidates)
        };
        assert_eq!(outputs.len(), expected.logits.len());
        let rows = expected.logits.iter().zip(&expected.vectors);
        for (output, (logits, vector)) in outputs.iter().zip(rows) {
            close(family, &output.logits, logits);
            close(family, &output.vector, vector);
            let sum: f32 = output.labels.iter().map(|label| label.score).sum();
            assert_eq!(
                (sum - 1.0).abs() < 1e-6,
                family != "siglip",
                "{family}: {sum}"
            );
        }
    }
}

#[test]
fn each_tower_alone_gives_the_same_vectors() {
    let towers = workspace().join("tests/tests/parity/reference_data/towers");
    for family in ["clip", "siglip"] {
        let dir = towers.join(family);
        let expected = std::fs::read(dir.join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_slice(&expected).unwrap();
        let together = pictures(&dir, &Candidates::new(expected.texts.clone()));
        let session = open(MultimodalFeatureExtraction, &dir, GraphSource::Own);
        let image = |number| ImageInput::from(dir.join(format!("{number}_0.png")));
        let mut items: Vec<_> = [0, 1].map(image).map(MultimodalItem::from).into();
        items.extend(expected.texts.iter().map(|text| text.as_str().into()));
        let output = session.run_batch(&items).unwrap().output;
        let texts = together[0].text_vectors.iter();
        let vectors: Vec<_> = expected.vectors.iter().chain(texts).collect();
        assert_eq!(output.len(), vectors.len());
        for (output, expected) in output.iter().zip(vectors) {
            close(family, &output.vector, expected);
        }
    }
}

fn pictures(dir: &Path, candidates: &Candidates) -> Vec<ZeroShot> {
    let session = open(ZeroShotImageClassification, dir, GraphSource::Own);
    let item = |number| LabelledImage::new(dir.join(format!("{number}_0.png")), candidates.clone());
    session.run_batch(&[0, 1].map(item)).unwrap().output
}

fn videos(dir: &Path, candidates: &Candidates) -> Vec<ZeroShot> {
    let session = open(ZeroShotVideoClassification, dir, GraphSource::Own);
    let frame = |number, place| Picture::open(&dir.join(format!("{number}_{place}.png"))).unwrap();
    let frames = |number| (0..3).map(|place| frame(number, place)).collect::<Vec<_>>();
    let item = |number| LabelledVideo::new(frames(number), candidates.clone());
    session.run_batch(&[0, 1].map(item)).unwrap().output
}

fn close(family: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len(), "{family}");
    for (got, expected) in got.iter().zip(expected) {
        assert!(
            (got - expected).abs() <= TOLERANCE,
            "{family}: {got} {expected}"
        );
    }
}
