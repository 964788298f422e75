//! Language models that see pictures: features, scores, generated tokens and texts, for every case of every family.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ndarray::{Array2, Array5, Axis, concatenate, s, stack};
use runtime::checkpoint::Checkpoint;
use runtime::generation::GenerationOptions;
use runtime::processor::chat::Message;
use runtime::processor::image::{ImageProcessor, Picture, Tiler};
use runtime::processor::text::{TextInput, TextProcessor};
use runtime::reference::{Case, Reference};
use runtime::session::{GraphSource, Session};
use runtime::task::{Content, ImageTextToText, Prompt, VisualPrompt};
use runtime::tensor::{NamedTensors, Tensor};
use safetensors::tensor::{SafeTensors, TensorView, serialize_to_file};
use serde_json::Value;
use tempfile::TempDir;
use workspace_tests::{SEEING_FAMILIES, reference};

use super::{floats, holds, open};

/// The number of tokens that the references generated.
const NEW_TOKENS: usize = 12;

/// Runs a check on every case with pictures of every family.
fn each(check: impl Fn(&Session<ImageTextToText>, &Reference, &Case)) {
    for family in SEEING_FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        reference.verify().unwrap();
        let session = open(ImageTextToText, reference.dir(), GraphSource::Own);
        let mut count = 0;
        for case in reference.cases() {
            if reference.illustrated_prompts(case).unwrap().is_some() {
                check(&session, &reference, case);
                count += 1;
            }
        }
        assert_eq!(count, 2, "{family}");
    }
}

/// A copy of a checkpoint as newer releases of transformers write it, whose projector reads the last states beside those
/// that it was trained on, with weights of zero.
fn newer_form(dir: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let config = fs::read(dir.join("config.json")).unwrap();
    let mut config: Value = serde_json::from_slice(&config).unwrap();
    let layer = config["vision_feature_layer"].take();
    config["vision_feature_layer"] = serde_json::json!([-1, layer]);
    fs::write(copy.path().join("config.json"), config.to_string()).unwrap();

    let mut tensors = BTreeMap::new();
    for file in Checkpoint::local(dir).unwrap().weight_files().unwrap() {
        let bytes = fs::read(&file).unwrap();
        for (name, tensor) in SafeTensors::deserialize(&bytes).unwrap().tensors() {
            let mut shape = tensor.shape().to_vec();
            let mut data = tensor.data().to_vec();
            if name == "multi_modal_projector.linear_1.weight" {
                let row = data.len() / shape[0];
                let widened = data.chunks(row).map(|old| [&vec![0; row], old].concat());
                data = widened.flatten().collect();
                shape[1] *= 2;
            }
            tensors.insert(newer_name(&name), (tensor.dtype(), shape, data));
        }
        fs::remove_file(copy.path().join(file.file_name().unwrap())).unwrap();
    }
    fs::remove_file(copy.path().join("model.safetensors.index.json")).ok();
    let views = tensors.iter().map(|(name, (dtype, shape, data))| {
        (name, TensorView::new(*dtype, shape.clone(), data).unwrap())
    });
    serialize_to_file(views, None, &copy.path().join("model.safetensors")).unwrap();
    copy
}

fn newer_name(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("language_model.model.") {
        return format!("model.language_model.{rest}");
    }
    match name.strip_prefix("language_model.") {
        Some(rest) => rest.to_owned(),
        None => format!("model.{name}"),
    }
}

#[test]
fn newer_names_and_several_layers_of_features_give_the_same() {
    for family in ["llava", "llava_next"] {
        let reference = Reference::load(&reference(family)).unwrap();
        let newer = newer_form(reference.dir());
        let session = open(ImageTextToText, newer.path(), GraphSource::Own);
        for case in reference.cases() {
            if reference.illustrated_prompts(case).unwrap().is_some() {
                check_generated(&session, &reference, case);
            }
        }
    }
}

fn has(reference: &Reference, case: &Case, tensor: &str) -> bool {
    reference.stored(case).any(|(name, _)| name == tensor)
}

/// The prompts of a case, as its call made them.
fn prompts(reference: &Reference, case: &Case) -> Vec<VisualPrompt> {
    let (images, texts) = reference.illustrated_prompts(case).unwrap().unwrap();
    let options = GenerationOptions::greedy().up_to(NEW_TOKENS);
    let prompt = |text: String| Prompt::text(text).with(options.clone()).keeping_scores();
    let items = images.into_iter().zip(texts);
    items
        .map(|(image, text)| VisualPrompt::new([image], prompt(text)))
        .collect()
}

#[test]
fn answers_have_the_tokens_and_texts() {
    each(check_generated);
}

fn check_generated(session: &Session<ImageTextToText>, reference: &Reference, case: &Case) {
    let output = session.run_batch(&prompts(reference, case)).unwrap().output;
    let generated = &case.generated()["greedy"]["sequences"];
    assert_eq!(output.len(), generated.as_array().unwrap().len());
    for (generation, expected) in output.iter().zip(generated.as_array().unwrap()) {
        let tokens: Vec<i64> = serde_json::from_value(expected["token_ids"].clone()).unwrap();
        assert_eq!(generation.tokens, tokens);
        assert_eq!(Some(generation.text.as_str()), expected["text"].as_str());
    }
    if has(reference, case, "last_logits") {
        let rows: Vec<_> = output
            .iter()
            .flat_map(|generation| generation.first_scores.clone().unwrap())
            .collect();
        let shape = (output.len(), rows.len() / output.len());
        let scores = Array2::from_shape_vec(shape, rows).unwrap();
        holds(reference, case, "last_logits", &scores.into());
    }
}

#[test]
fn a_chat_is_the_prompt_that_its_template_gives() {
    each(|session, reference, case| {
        let results = case.results();
        let (Some(messages), Some(rendered)) = (
            results.get("messages").and_then(Value::as_array),
            results.get("rendered").and_then(Value::as_str),
        ) else {
            return;
        };
        let messages: Vec<_> = messages.iter().filter_map(Message::from_json).collect();
        let (images, _) = reference.illustrated_prompts(case).unwrap().unwrap();
        let question = results.pointer("/messages/0/content/1/text").unwrap();
        let options = GenerationOptions::greedy().up_to(NEW_TOKENS);
        let of = |content| {
            let prompt = match content {
                Content::Text(text) => Prompt::text(text),
                Content::Chat(messages) => Prompt::chat(messages),
                Content::Turn { text, system } => Prompt::turn(text, system),
            };
            let prompt = prompt.with(options.clone());
            let item = VisualPrompt::new(images.clone(), prompt);
            session.run(item).unwrap().output
        };
        let expected = of(Content::Text(rendered.to_owned()));
        assert_eq!(of(Content::Chat(messages)), expected);
        let text = question.as_str().unwrap().to_owned();
        let system = None;
        assert_eq!(of(Content::Turn { text, system }), expected);
    });
}

#[test]
fn pictures_become_the_same_tiles_and_features() {
    each(|session, reference, case| {
        let (files, _) = reference.illustrated_prompts(case).unwrap().unwrap();
        let images = ImageProcessor::load(reference.dir()).unwrap();
        let tiler = Tiler::load(reference.dir(), &images).unwrap();
        let open = |file| Picture::open(file).unwrap();
        let pictures: Vec<_> = files.iter().map(|file| open(file)).collect();
        let Some(tiler) = tiler else {
            let pixels = images.pixel_values(&pictures).unwrap();
            holds(reference, case, "pixel_values", &pixels.clone().into());
            if has(reference, case, "image_features") {
                let feeds = NamedTensors::new().with("pixel_values", pixels);
                let graph = session.graphs().find("vision_encoder").unwrap();
                let features = floats(&graph.forward(&feeds).unwrap(), "image_features");
                let features = features.index_axis(Axis(0), 0).to_owned();
                holds(reference, case, "image_features", &features.into());
            }
            return;
        };
        let stored = reference.tensor(case, "pixel_values").unwrap();
        let most = stored.shape()[1];
        let tiles: Vec<_> = pictures
            .iter()
            .map(|picture| {
                let pixels = images.pixel_values(&tiler.cut(picture).pictures).unwrap();
                let (count, channels, height, width) = pixels.dim();
                let rest = ndarray::Array4::zeros((most - count, channels, height, width));
                concatenate(Axis(0), &[pixels.view(), rest.view()]).unwrap()
            })
            .collect();
        let views: Vec<_> = tiles.iter().map(|tiles| tiles.view()).collect();
        let pixels: Array5<f32> = stack(Axis(0), &views).unwrap();
        holds(reference, case, "pixel_values", &pixels.into());
    });
}

/// The scores of every token of a prompt, from the stored ids, pictures and mask, by the graphs one by one.
#[test]
fn scores_of_the_last_tokens_are_equal() {
    each(|session, reference, case| {
        if !has(reference, case, "logits_of_last_8_positions") {
            return;
        }
        let graph = |name| session.graphs().find(name).unwrap();
        let stored = |name| reference.tensor(case, name).unwrap();
        let ids = stored("input_ids");
        let embeds = graph("embed_tokens")
            .forward(&NamedTensors::new().with("input_ids", ids.clone()))
            .unwrap();
        let mut embeds = floats(&embeds, "inputs_embeds");
        let pixels = NamedTensors::new().with("pixel_values", stored("pixel_values"));
        let features = if has(reference, case, "image_features") {
            stored("image_features").to_f32().unwrap().into_owned()
        } else {
            let seen = graph("vision_encoder").forward(&pixels).unwrap();
            floats(&seen, "image_features").index_axis_move(Axis(0), 0)
        };
        let config = session.checkpoint().json("config.json").unwrap().unwrap();
        let token = config["image_token_index"].as_i64().unwrap();
        let ids = ids.as_i64().unwrap().to_owned();
        let places = ids.iter().enumerate().filter(|(_, id)| **id == token);
        for (vector, (place, _)) in features.outer_iter().zip(places) {
            embeds.slice_mut(s![0, place, ..]).assign(&vector);
        }
        let decoder = graph("decoder_model_merged");
        let mut feeds = NamedTensors::new().with("inputs_embeds", embeds);
        for input in decoder.inputs() {
            let tensor = match input.name.as_str() {
                "inputs_embeds" => continue,
                "attention_mask" => stored("attention_mask"),
                "position_ids" => {
                    let length = ids.len() as i64;
                    Array2::from_shape_fn((1, ids.len()), |(_, place)| place as i64 % length).into()
                }
                _ => {
                    let [heads, width] = [1, 3].map(|axis| input.shape[axis].unwrap());
                    Tensor::from(ndarray::Array4::<f32>::zeros((1, heads, 0, width)))
                }
            };
            feeds.insert(input.name.clone(), tensor);
        }
        let logits = floats(&decoder.forward(&feeds).unwrap(), "logits");
        let logits = logits.slice(s![.., -8.., ..]).to_owned();
        holds(
            reference,
            case,
            "logits_of_last_8_positions",
            &logits.into(),
        );
    });
}

#[test]
fn prompts_become_the_same_tokens() {
    each(|_, reference, case| {
        let (_, texts) = reference.illustrated_prompts(case).unwrap().unwrap();
        let processor = TextProcessor::load(reference.dir(), Some(1000)).unwrap();
        let stored = reference.tensor(case, "input_ids").unwrap();
        let stored = stored.as_i64().unwrap();
        let mask = reference.tensor(case, "attention_mask").unwrap();
        let mask = mask.as_i64().unwrap();
        let config = std::fs::read(reference.dir().join("config.json")).unwrap();
        let config: Value = serde_json::from_slice(&config).unwrap();
        let token = config["image_token_index"].as_i64().unwrap();
        let rows = stored.outer_iter().zip(mask.outer_iter());
        for (text, (row, mask)) in texts.iter().zip(rows) {
            let expected: Vec<_> = row
                .iter()
                .zip(mask)
                .filter(|(_, mask)| **mask == 1)
                .map(|(id, _)| *id)
                .collect();
            let count = expected.iter().filter(|id| **id == token).count();
            let whole = text.replace("<image>", &"<image>".repeat(count));
            let encoded = processor.encode(&[TextInput::from(&whole)]).unwrap();
            let ids: Vec<_> = encoded.input_ids.iter().copied().collect();
            // Without a place in the prompt, pictures come first.
            let leading = if text.contains("<image>") { 0 } else { count };
            assert!(expected[..leading].iter().all(|id| *id == token));
            assert_eq!(ids, expected[leading..]);
        }
    });
}

#[test]
fn a_prompt_has_as_many_places_as_there_are_pictures() {
    each(|session, reference, case| {
        let (images, texts) = reference.illustrated_prompts(case).unwrap().unwrap();
        let has_places = texts[0].contains("<image>");
        for (count, text) in [(1, "What is it?"), (2, "<image> What is it?")] {
            let images = images.iter().cycle().take(count).cloned();
            let item = VisualPrompt::new(images, Prompt::text(text));
            let is_whole = !has_places && !text.contains("<image>");
            assert_eq!(session.run(item).is_ok(), is_whole, "{count}: {text}");
        }
    });
}
