//! Image encoders in stages, detectors and segmenters: prepared pictures, outputs, labels, boxes and masks of every case.

use ndarray::{Array2, Axis, stack};
use runtime::processor::image::{ImageProcessor, Picture};
use runtime::reference::{Case, Reference};
use runtime::session::{GraphSource, Session};
use runtime::task::{
    ImageClassification, ImageInput, ImageSegmentation, MaskGeneration, MaskPrompt, MaskRequest,
    ObjectDetection, PromptPoint, Task,
};
use runtime::tensor::{NamedTensors, Tensor};
use serde::Deserialize;
use serde_json::Value;
use workspace_tests::{SCENE_FAMILIES, reference};

use super::{Ranked, cases, feeds, holds, open, sources};

/// The agreement that the kit's README promises an exact resampler.
const PIXELS: f64 = 5e-7;

pub(super) fn load(family: &str) -> Reference {
    Reference::load(&reference(family)).unwrap()
}

pub(super) fn pictures(reference: &Reference, case: &Case) -> Vec<ImageInput> {
    let files = reference.images(case).unwrap().unwrap();
    files.into_iter().map(ImageInput::from).collect()
}

/// File name and content of a table of results by picture.
fn results<'a>(
    reference: &Reference,
    case: &'a Case,
    table: &'a str,
) -> impl Iterator<Item = &'a Value> {
    let files = reference.images(case).unwrap().unwrap();
    files.into_iter().map(move |file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        &case.results()[table][name]
    })
}

#[test]
fn prepared_pictures_are_equal() {
    let mut compared = 0;
    for family in SCENE_FAMILIES {
        let reference = load(family);
        reference.verify().unwrap();
        let processor = ImageProcessor::load(reference.dir()).unwrap();
        for case in cases(&reference) {
            let files = reference.images(case).unwrap().unwrap();
            let pictures: Vec<_> = files
                .iter()
                .map(|file| Picture::open(file).unwrap())
                .collect();
            let prepared = processor.prepare_all(&pictures).unwrap();
            let integers = |sizes: Vec<(usize, usize)>| {
                let flat = sizes
                    .iter()
                    .flat_map(|&(height, width)| [height as i64, width as i64]);
                Array2::from_shape_vec((sizes.len(), 2), flat.collect()).unwrap()
            };
            let original = pictures
                .iter()
                .map(|picture| (picture.height(), picture.width()));
            let tensors = [
                ("pixel_values", Tensor::from(prepared.pixel_values.clone())),
                ("pixel_mask", Tensor::from(prepared.pixel_mask())),
                ("original_sizes", Tensor::from(integers(original.collect()))),
                (
                    "reshaped_input_sizes",
                    Tensor::from(integers(prepared.sizes)),
                ),
            ];
            for (name, tensor) in tensors {
                if reference.stored(case).any(|(stored, _)| stored == name) {
                    let comparison = reference.compare(case, name, &tensor).unwrap();
                    assert!(comparison.holds(), "{family}: {comparison}");
                    assert!(comparison.max_abs_diff <= PIXELS, "{family}: {comparison}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(
        compared,
        6 + 2 + 2,
        "pictures, masks and sizes of all cases"
    );
}

/// Runs one graph of a session on stored tensors and compares what it gives; our own must give every one of `names`.
fn compare<T: Task>(
    session: &Session<T>,
    graph: &'static str,
    (reference, case): (&Reference, &Case),
    source: GraphSource,
    names: &[&str],
) -> usize {
    let graph = session.graphs().find(graph).unwrap();
    let mut wanted = NamedTensors::new();
    for input in graph.inputs() {
        wanted.insert(
            input.name.clone(),
            reference.tensor(case, &input.name).unwrap(),
        );
    }
    let outputs = graph.forward(&wanted).unwrap();
    let mut compared = 0;
    for &name in names {
        match outputs.find(name) {
            Some(got) => {
                holds(reference, case, name, got);
                compared += 1;
            }
            None => assert_eq!(source, GraphSource::Shipped, "no output {name}"),
        }
    }
    compared
}

#[test]
fn outputs_are_equal() {
    let mut compared = 0;
    for family in SCENE_FAMILIES {
        let reference = load(family);
        for source in sources(&reference) {
            for case in cases(&reference) {
                let at = (&reference, case);
                let dir = reference.dir();
                compared += match family {
                    "detr" => {
                        if source == GraphSource::Shipped && case.name() == "batch" {
                            // It takes no mask, and these pictures differ in size.
                            continue;
                        }
                        let names = [
                            "logits",
                            "pred_boxes",
                            "last_hidden_state",
                            "encoder_last_hidden_state",
                        ];
                        compare(
                            &open(ObjectDetection, dir, source),
                            "model",
                            at,
                            source,
                            &names,
                        )
                    }
                    "sam" => {
                        let session = open(MaskGeneration, dir, source);
                        let names = ["image_embeddings", "image_positional_embeddings"];
                        let decoded = ["iou_scores", "pred_masks"];
                        compare(&session, "vision_encoder", at, source, &names)
                            + compare(
                                &session,
                                "prompt_encoder_mask_decoder",
                                at,
                                source,
                                &decoded,
                            )
                    }
                    "segformer" => compare(
                        &open(ImageSegmentation, dir, source),
                        "model",
                        at,
                        source,
                        &["logits"],
                    ),
                    _ => {
                        let names = ["logits", "last_hidden_state"];
                        let session = open(ImageClassification, dir, source);
                        compare(&session, "model", at, source, &names)
                    }
                };
                assert!(!feeds(&reference, case).is_empty(), "{family}");
            }
        }
    }
    let own = 2 + 2 + 4 + 4 + 4 + 1;
    let shipped = 1 + 1 + 2 + 4 + 1;
    assert_eq!(
        compared,
        own + shipped,
        "outputs of our and of shipped graphs"
    );
}

#[test]
fn pictures_get_the_labels_and_scores() {
    for family in ["swin", "convnext"] {
        let reference = load(family);
        for source in sources(&reference) {
            let session = open(ImageClassification, reference.dir(), source);
            for case in cases(&reference) {
                let output = session
                    .run_batch(&pictures(&reference, case))
                    .unwrap()
                    .output;
                let rows: Vec<_> = output.iter().map(|labels| labels.logits.clone()).collect();
                let logits = Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat());
                holds(&reference, case, "logits", &logits.unwrap().into());
                for (output, expected) in output.iter().zip(results(&reference, case, "top_k")) {
                    let expected: Vec<Ranked> = serde_json::from_value(expected.clone()).unwrap();
                    assert!(!expected.is_empty());
                    for (label, expected) in output.labels.iter().zip(&expected) {
                        let names = (label.id, label.label.as_str());
                        assert_eq!(names, (expected.id, expected.label.as_str()), "{family}");
                        let difference = (f64::from(label.score) - expected.score).abs();
                        assert!(difference <= 1e-4, "{family}: {label:?}, {expected:?}");
                    }
                }
            }
        }
    }
}

/// An object of the decoded results.
#[derive(Debug, Deserialize)]
struct Object {
    score: f32,
    label_id: usize,
    label: String,
    box_xyxy: [f32; 4],
}

#[test]
fn the_same_objects_are_found_in_the_same_places() {
    let reference = load("detr");
    let mut found = 0;
    for source in sources(&reference) {
        let session = open(ObjectDetection, reference.dir(), source);
        for case in cases(&reference) {
            if source == GraphSource::Shipped && case.name() == "batch" {
                continue;
            }
            let threshold = case.results()["threshold"].as_f64().unwrap() as f32;
            let output = session
                .run_batch(&pictures(&reference, case))
                .unwrap()
                .output;
            let logits: Vec<_> = output.iter().map(|found| found.logits.view()).collect();
            let boxes: Vec<_> = output.iter().map(|found| found.boxes.view()).collect();
            holds(
                &reference,
                case,
                "logits",
                &stack(Axis(0), &logits).unwrap().into(),
            );
            holds(
                &reference,
                case,
                "pred_boxes",
                &stack(Axis(0), &boxes).unwrap().into(),
            );
            let expected = results(&reference, case, "objects_by_score");
            for (output, expected) in output.iter().zip(expected) {
                let expected: Vec<Object> = serde_json::from_value(expected.clone()).unwrap();
                let objects = output.above(threshold);
                assert_eq!(objects.len(), expected.len(), "{}", case.name());
                for (object, expected) in objects.iter().zip(&expected) {
                    let names = (object.id, &object.label);
                    assert_eq!(names, (expected.label_id, &expected.label));
                    assert!((object.score - expected.score).abs() <= 1e-5, "{object:?}");
                    let bounds = object.bounds;
                    let places = [bounds.left, bounds.top, bounds.right, bounds.bottom];
                    for (place, expected) in places.iter().zip(expected.box_xyxy) {
                        // The tolerance of a box is a share of the picture, whose longer side has 96 pixels.
                        assert!((place - expected).abs() <= 3e-5 * 96.0, "{object:?}");
                    }
                    found += 1;
                }
            }
        }
    }
    assert_eq!(found, 2 + 11 + 2, "objects of all cases and graphs");
}

#[test]
fn points_give_the_same_masks() {
    let reference = load("sam");
    for source in sources(&reference) {
        let session = open(MaskGeneration, reference.dir(), source);
        for case in cases(&reference) {
            let points = reference.prompts(case).unwrap().unwrap();
            let point = |index: usize| points["input_points"][0][0][0][index].as_f64().unwrap();
            assert_eq!(points["input_labels"], serde_json::json!([[[1]]]));
            let prompt = MaskPrompt {
                points: vec![PromptPoint {
                    x: point(0) as f32,
                    y: point(1) as f32,
                    is_on_object: true,
                }],
                bounds: None,
            };
            let image = pictures(&reference, case).remove(0);
            let request = MaskRequest {
                image,
                prompts: vec![prompt],
            };
            let output = session.run(request).unwrap().output;
            let masks = &output.prompts[0];
            let views: Vec<_> = masks.iter().map(|mask| mask.pixels.view()).collect();
            let pixels = stack(Axis(0), &views).unwrap().insert_axis(Axis(0));
            holds(&reference, case, "masks", &pixels.into());
            let logits = output.logits.clone().insert_axis(Axis(0));
            holds(&reference, case, "pred_masks", &logits.into());
            let areas = case.results()["mask_areas"][0].as_array().unwrap();
            for (mask, area) in masks.iter().zip(areas) {
                let inside = mask.pixels.iter().filter(|&&inside| inside).count() as f64;
                let allowed = 0.002 * mask.pixels.len() as f64;
                assert!((inside - area.as_f64().unwrap()).abs() <= allowed);
            }
            let best = case.results()["best_mask_of_first_object"]
                .as_u64()
                .unwrap();
            assert_eq!(output.best(0), Some(&masks[best as usize]));
        }
    }
}

#[test]
fn every_pixel_gets_the_same_label() {
    let reference = load("segformer");
    for source in sources(&reference) {
        let session = open(ImageSegmentation, reference.dir(), source);
        for case in cases(&reference) {
            let output = session
                .run_batch(&pictures(&reference, case))
                .unwrap()
                .output;
            let expected = results(&reference, case, "pixels_per_label");
            for (index, (map, expected)) in output.iter().zip(expected).enumerate() {
                let ids = Tensor::from(map.ids.mapv(|id| u8::try_from(id).unwrap()));
                holds(&reference, case, &format!("segmentation.{index}"), &ids);
                let allowed = 0.002 * map.ids.len() as f64;
                for (label, pixels) in expected.as_object().unwrap() {
                    let area = map.areas.iter().find(|area| area.label == *label);
                    let found = area.map_or(0, |area| area.pixels) as f64;
                    let difference = (found - pixels.as_f64().unwrap()).abs();
                    assert!(difference <= allowed, "{label}: {found} of {pixels}");
                }
            }
        }
    }
}
