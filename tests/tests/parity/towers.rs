//! Two towers: logits, vectors and ranked labels of every case, from stored tensors and from raw input.

use std::num::NonZeroUsize;

use ndarray::{Array2, Array3, Axis, stack};
use runtime::cache::Silent;
use runtime::engine::{self, OpenOptions};
use runtime::export::{self, ExportOptions, Head};
use runtime::processor::image::{ImageProcessor, Picture};
use runtime::processor::text::{EncodeOptions, TextInput, TextProcessor};
use runtime::processor::video;
use runtime::reference::{Case, Reference};
use runtime::session::{Graph, GraphSource};
use runtime::task::{
    Candidates, LabelledImage, LabelledVideo, VideoInput, ZeroShot, ZeroShotImageClassification,
    ZeroShotVideoClassification,
};
use runtime::tensor::{NamedTensors, Tensor};
use serde::Deserialize;
use workspace_tests::{TOWER_FAMILIES, reference};

use super::{Ranked, cases, feeds, holds, model_of, open, run, sources};

#[test]
fn logits_and_vectors_are_equal() {
    let mut compared = 0;
    for family in TOWER_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        for source in sources(&reference) {
            for case in cases(&reference) {
                let feeds = feeds(&reference, case);
                let outputs = match family {
                    "clip" => run(
                        &open(ZeroShotImageClassification, reference.dir(), source),
                        &feeds,
                    ),
                    _ => run(
                        &open(ZeroShotVideoClassification, reference.dir(), source),
                        &feeds,
                    ),
                };
                for (name, _) in reference.stored(case) {
                    if let Some(got) = outputs.find(name) {
                        holds(&reference, case, name, got);
                        compared += 1;
                    }
                }
            }
        }
    }
    assert_eq!(compared, 4 + 4 + 3, "outputs of our and of shipped graphs");
}

#[test]
fn pictures_get_the_labels_and_scores() {
    let reference = Reference::load(&reference("clip")).unwrap();
    for source in sources(&reference) {
        let session = open(ZeroShotImageClassification, reference.dir(), source);
        for case in cases(&reference) {
            let (files, texts) = reference.labelled_images(case).unwrap().unwrap();
            let candidates = Candidates::new(texts);
            let items: Vec<_> = files
                .iter()
                .map(|file| LabelledImage::new(file.as_path(), candidates.clone()))
                .collect();
            let outputs = session.run_batch(&items).unwrap().output;
            for (file, output) in files.iter().zip(&outputs) {
                let name = file.file_name().unwrap().to_str().unwrap();
                let expected = case
                    .results()
                    .pointer(&format!("/zero_shot/{name}"))
                    .unwrap();
                let expected: Vec<Ranked> = serde_json::from_value(expected.clone()).unwrap();
                ranks(&reference, case, output, &expected);
            }
            holds(&reference, case, "logits_per_image", &logits(&outputs));
            holds(&reference, case, "image_embeds", &vectors(&outputs));
            let texts = outputs[0].text_vectors.concat();
            let texts = Array2::from_shape_vec((3, texts.len() / 3), texts).unwrap();
            holds(&reference, case, "text_embeds", &texts.into());
        }
    }
}

#[test]
fn videos_get_the_labels_and_scores_in_every_form() {
    let reference = Reference::load(&reference("xclip")).unwrap();
    let session = open(
        ZeroShotVideoClassification,
        reference.dir(),
        GraphSource::Own,
    );
    for case in cases(&reference) {
        let (videos, texts) = reference.labelled_videos(case).unwrap().unwrap();
        assert_eq!(videos.len(), 2, "a folder of frames and a GIF");
        let candidates = Candidates::new(texts);
        for video in videos {
            let item = LabelledVideo::new(VideoInput::from(video), candidates.clone());
            let output = session.run(item).unwrap().output;
            let expected: Vec<Ranked> =
                serde_json::from_value(case.results()["zero_shot"].clone()).unwrap();
            ranks(&reference, case, &output, &expected);
            let texts = output.text_vectors.concat();
            let texts = Array3::from_shape_vec((1, 3, texts.len() / 3), texts).unwrap();
            holds(&reference, case, "text_embeds", &texts.into());
            let outputs = [output];
            holds(&reference, case, "logits_per_video", &logits(&outputs));
            holds(&reference, case, "video_embeds", &vectors(&outputs));
        }
    }
}

#[test]
fn token_ids_masks_and_pixels_are_equal() {
    for family in TOWER_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        reference.verify().unwrap();
        let processor = TextProcessor::load(reference.dir(), None).unwrap();
        let images = ImageProcessor::load(reference.dir()).unwrap();
        for case in cases(&reference) {
            let opened = |files: Vec<std::path::PathBuf>| -> Vec<Picture> {
                let open = |file: &std::path::PathBuf| Picture::open(file).unwrap();
                files.iter().map(open).collect()
            };
            let texts = if let Some((files, texts)) = reference.labelled_images(case).unwrap() {
                let pixels = images.pixel_values(&opened(files)).unwrap();
                holds(&reference, case, "pixel_values", &pixels.into());
                texts
            } else {
                let (videos, texts) = reference.labelled_videos(case).unwrap().unwrap();
                for video in videos {
                    let frames = video::frames(&video, 4).unwrap();
                    let frames = images.pixel_values(&frames).unwrap();
                    let pixels = stack(Axis(0), &[frames.view()]).unwrap();
                    holds(&reference, case, "pixel_values", &pixels.into());
                }
                texts
            };
            let inputs: Vec<_> = texts.iter().map(TextInput::from).collect();
            let encoded = processor.encode(&inputs).unwrap();
            holds(&reference, case, "input_ids", &encoded.input_ids.into());
            let mask = encoded.attention_mask.into();
            holds(&reference, case, "attention_mask", &mask);
        }
    }
}

/// A row of the case `tokenizer`.
#[derive(Deserialize)]
struct Row {
    text: String,
    ids: Vec<i64>,
    ids_without_special_tokens: Vec<i64>,
    tokens: Vec<String>,
    decoded: String,
    decoded_skip_special_tokens: String,
}

#[test]
fn tokenizer_rows_are_equal_in_both_directions() {
    let reference = Reference::load(&reference("clip")).unwrap();
    // The tokenizer alone reads more than its model has positions for.
    let processor = TextProcessor::load(reference.dir(), Some(1000)).unwrap();
    let mut cases = reference.cases().iter();
    let case = cases.find(|case| case.name() == "tokenizer").unwrap();
    let rows: Vec<Row> = serde_json::from_value(case.results()["rows"].clone()).unwrap();
    assert_eq!(rows.len(), 4);
    for row in &rows {
        let ids = |special_tokens| {
            let options = EncodeOptions {
                special_tokens,
                ..EncodeOptions::default()
            };
            let input = [TextInput::from(&row.text)];
            let encoded = processor.encode_with(&input, options).unwrap();
            encoded.input_ids.into_raw_vec_and_offset().0
        };
        assert_eq!(ids(true), row.ids, "{}", row.text);
        assert_eq!(ids(false), row.ids_without_special_tokens, "{}", row.text);
        let token = |&id: &i64| processor.token(id).unwrap();
        let tokens: Vec<_> = row.ids.iter().map(token).collect();
        assert_eq!(tokens, row.tokens, "{}", row.text);
        assert_eq!(processor.decode(&row.ids, false).unwrap(), row.decoded);
        let decoded = processor.decode(&row.ids, true).unwrap();
        assert_eq!(decoded, row.decoded_skip_special_tokens);
    }
}

/// A graph, an output of it, and the stored tensor it is compared with.
type Output = (&'static str, &'static str, &'static str);

#[test]
fn each_tower_alone_gives_its_states_and_vectors() {
    let stored: [(&str, &[Output]); 2] = [
        (
            "clip",
            &[
                ("text_model", "last_hidden_state", "text_last_hidden_state"),
                ("text_model", "pooler_output", "text_pooler_output"),
                (
                    "vision_model",
                    "last_hidden_state",
                    "vision_last_hidden_state",
                ),
                ("vision_model", "pooler_output", "vision_pooler_output"),
            ],
        ),
        (
            "xclip",
            &[
                ("text_model", "text_embeds", "text_features"),
                ("vision_model", "video_embeds", "mit_pooler_output"),
                ("vision_model", "pooler_output", "vision_pooler_output"),
            ],
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (family, outputs) in stored {
        let reference = Reference::load(&reference(family)).unwrap();
        let (model, cell) = model_of(reference.dir());
        let engine =
            engine::of_cell(model, cell, &engine::ProviderOptions::default(), &Silent).unwrap();
        let recipe = model.family.architecture.recipe.unwrap();
        let options = ExportOptions {
            head: Head::Base,
            ..ExportOptions::default()
        };
        export::export(&recipe, reference.dir(), &options, folder.path()).unwrap();
        for case in cases(&reference) {
            for (graph, output, name) in outputs {
                let file = folder.path().join(format!("{graph}.onnx"));
                let one = NonZeroUsize::MIN;
                let graph =
                    Graph::open(engine.as_ref(), &file, &OpenOptions::default(), one).unwrap();
                let mut given = NamedTensors::new();
                for input in graph.inputs() {
                    let tensor = reference.tensor(case, &input.name).unwrap();
                    given.insert(input.name.clone(), tensor);
                }
                let given = graph.forward(&given).unwrap();
                holds(&reference, case, name, given.find(output).unwrap());
            }
        }
    }
}

/// Compares ranked labels with those of transformers, scores within the tolerance of the stored probabilities.
fn ranks(reference: &Reference, case: &Case, output: &ZeroShot, expected: &[Ranked]) {
    let mut stored = reference.stored(case);
    let tolerance = stored.find(|(name, _)| *name == "probs").unwrap().1.atol;
    assert_eq!(output.labels.len(), expected.len());
    for (label, expected) in output.labels.iter().zip(expected) {
        assert_eq!((label.id, &label.label), (expected.id, &expected.label));
        let difference = (f64::from(label.score) - expected.score).abs();
        assert!(difference <= tolerance, "{label:?}, expected {expected:?}");
    }
}

fn logits(outputs: &[ZeroShot]) -> Tensor {
    rows(outputs, |output| &output.logits)
}

fn vectors(outputs: &[ZeroShot]) -> Tensor {
    rows(outputs, |output| &output.vector)
}

fn rows(outputs: &[ZeroShot], row: fn(&ZeroShot) -> &Vec<f32>) -> Tensor {
    let values: Vec<_> = outputs.iter().flat_map(row).copied().collect();
    let width = values.len() / outputs.len();
    Array2::from_shape_vec((outputs.len(), width), values)
        .unwrap()
        .into()
}
