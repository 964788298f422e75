//! Prompts of several points, of boxes and of both give what transformers gives. The expected numbers are in
//! `reference_data/prompts.json`, written by the script beside it.

use std::fs;

use runtime::session::GraphSource;
use runtime::task::{Bounds, MaskGeneration, MaskPrompt, MaskRequest, PromptPoint};
use serde::Deserialize;
use workspace_tests::workspace;

use super::open;
use super::scenes::{load, pictures};

#[derive(Deserialize)]
struct File {
    prompts: Vec<Row>,
}

/// The prompts of one call with what the model gave.
#[derive(Deserialize)]
struct Row {
    objects: Vec<Object>,
    iou_scores: Vec<Vec<f32>>,
    /// Of every mask the logits at its four corners.
    corner_logits: Vec<Vec<f32>>,
    areas: Vec<Vec<usize>>,
}

/// Points as x, y and 1 on the object, 0 beside it; a box as left, top, right, bottom.
#[derive(Deserialize)]
struct Object {
    points: Vec<[f32; 3]>,
    r#box: Option<[f32; 4]>,
}

impl From<&Object> for MaskPrompt {
    fn from(object: &Object) -> Self {
        let point = |&[x, y, label]: &[f32; 3]| PromptPoint {
            x,
            y,
            is_on_object: label > 0.5,
        };
        let bounds = |[left, top, right, bottom]: [f32; 4]| Bounds {
            left,
            top,
            right,
            bottom,
        };
        Self {
            points: object.points.iter().map(point).collect(),
            bounds: object.r#box.map(bounds),
        }
    }
}

#[test]
fn points_and_boxes_give_the_scores_and_masks_of_transformers() {
    let file = workspace().join("tests/tests/parity/reference_data/prompts.json");
    let file: File = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!(file.prompts.len(), 5);
    let reference = load("sam");
    let image = pictures(&reference, &reference.cases()[0]).remove(0);
    for source in [GraphSource::Own, GraphSource::Shipped] {
        let session = open(MaskGeneration, reference.dir(), source);
        for row in &file.prompts {
            let request = MaskRequest {
                image: image.clone(),
                prompts: row.objects.iter().map(MaskPrompt::from).collect(),
            };
            let has_box = row.objects.iter().any(|object| object.r#box.is_some());
            let run = session.run(request);
            if source == GraphSource::Shipped && has_box {
                let error = run.unwrap_err().to_string();
                assert!(error.contains("takes points only"), "{error}");
                continue;
            }
            let output = run.unwrap().output;
            assert_eq!(output.prompts.len(), row.objects.len());
            for (prompt, masks) in output.prompts.iter().enumerate() {
                assert_eq!(masks.len(), row.iou_scores[prompt].len());
                for (number, mask) in masks.iter().enumerate() {
                    close(mask.score, row.iou_scores[prompt][number], 4e-5);
                    let side = output.logits.dim().2 - 1;
                    let corners = [(0, 0), (0, side), (side, 0), (side, side)];
                    for (corner, (y, x)) in corners.into_iter().enumerate() {
                        let expected = row.corner_logits[prompt][4 * number + corner];
                        close(output.logits[[prompt, number, y, x]], expected, 2e-4);
                    }
                    let inside = mask.pixels.iter().filter(|&&inside| inside).count();
                    let allowed = mask.pixels.len() / 500;
                    assert!(
                        inside.abs_diff(row.areas[prompt][number]) <= allowed,
                        "{inside}"
                    );
                }
            }
        }
    }
}

fn close(got: f32, expected: f32, atol: f32) {
    assert!((got - expected).abs() <= atol, "{got}, expected {expected}");
}
