//! Graphs give the tensors that transformers computed, within each tensor's own tolerance, for every case of every
//! family: graphs exported here and those that the reference checkpoints ship, through the same sessions.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests share fails by panicking too"
)]

mod beams;
mod decoders;
mod embeddings;
mod forms;
mod generated_texts;
mod graphs;
mod joint;
mod masks;
mod pictures;
mod prompts;
mod scenes;
mod seeing;
mod sequences;
mod sounds;
mod tower_variants;
mod towers;
mod variants;
mod voices;

use std::fs;
use std::path::Path;

use generated::CATALOG;
use runtime::catalog::{Cell, Model, Platform, Support};
use runtime::checkpoint::CheckpointSpec;
use runtime::engine::Settings;
use runtime::reference::{Case, Reference};
use runtime::session::{GraphSource, LoadOptions, Session};
use runtime::skill::Skill;
use runtime::task::{ImageClassification, ImageFeatureExtraction, Task, Tensors};
use runtime::tensor::{NamedTensors, Tensor};
use serde::Deserialize;
use workspace_tests::{
    DECODER_FAMILIES, FAMILIES, IMAGE_FAMILIES, JOINT_FAMILIES, SCENE_FAMILIES, SEEING_FAMILIES,
    SEQUENCE_FAMILIES, SOUND_FAMILIES, TEXT_FAMILIES, TOWER_FAMILIES, VOICE_FAMILIES,
};

/// Where the graphs come from.
const SOURCES: [GraphSource; 2] = [GraphSource::Own, GraphSource::Shipped];

#[test]
fn every_family_is_tested() {
    let mut tested: Vec<_> = TEXT_FAMILIES.into_iter().chain(IMAGE_FAMILIES).collect();
    tested.sort_unstable();
    assert_eq!(tested, FAMILIES);
    let built = CATALOG
        .models
        .iter()
        .filter(|entry| entry.model.family.architecture.recipe.is_some());
    let tested: [&[&str]; 9] = [
        &FAMILIES,
        &DECODER_FAMILIES,
        &JOINT_FAMILIES,
        &SEEING_FAMILIES,
        &SEQUENCE_FAMILIES,
        &SOUND_FAMILIES,
        &TOWER_FAMILIES,
        &SCENE_FAMILIES,
        &VOICE_FAMILIES,
    ];
    for family in built.filter_map(|entry| entry.model.reference()) {
        assert!(
            tested.iter().any(|families| families.contains(&family)),
            "{family} has a builder and a reference, and no parity test"
        );
    }
}

/// A label of the decoded results.
#[derive(Debug, Deserialize)]
struct Ranked {
    id: usize,
    label: String,
    score: f64,
}

/// Opens a checkpoint folder as the model on the CPU whose architecture it is a reference of.
fn open<T: Task>(task: T, dir: &Path, graph: GraphSource) -> Session<T> {
    let (model, cell) = model_of(dir);
    let checkpoint = CheckpointSpec::Folder(dir.to_owned());
    let options = LoadOptions {
        checkpoint,
        graph,
        settings: Settings {
            threads: 1,
            ..Settings::beside_others()
        },
        ..LoadOptions::default()
    };
    Skill { task, model, cell }.load(&options).unwrap()
}

/// A model of the architecture in `config.json` that runs on the CPU, with its cell there.
fn model_of(dir: &Path) -> (&'static Model, &'static Cell) {
    let config: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.join("config.json")).unwrap()).unwrap();
    let is_of = |model: &Model| config["model_type"] == model.family.architecture.name;
    CATALOG
        .models
        .iter()
        .filter(|entry| is_of(entry.model))
        .filter_map(|entry| Some((entry.model, entry.cell(Platform::Cpu)?)))
        .find(|(_, cell)| !matches!(cell.support, Support::Unsupported { .. }))
        .unwrap()
}

/// The graphs there are for a reference checkpoint.
fn sources(reference: &Reference) -> impl Iterator<Item = GraphSource> {
    let ships = !reference.graphs().unwrap().is_empty();
    SOURCES
        .into_iter()
        .filter(move |source| ships || *source == GraphSource::Own)
}

/// The cases that have tensors.
fn cases(reference: &Reference) -> impl Iterator<Item = &Case> {
    reference
        .cases()
        .iter()
        .filter(|case| reference.stored(case).next().is_some())
}

/// The preprocessed tensors of a case.
fn feeds(reference: &Reference, case: &Case) -> NamedTensors {
    let mut feeds = NamedTensors::new();
    for (name, _) in reference
        .stored(case)
        .filter(|(_, stored)| stored.role == "preprocessed")
    {
        feeds.insert(name.to_owned(), reference.tensor(case, name).unwrap());
    }
    feeds
}

/// Those of the tensors that the graph takes.
fn wanted<T: Task>(session: &Session<T>, feeds: &NamedTensors) -> NamedTensors {
    let mut wanted = NamedTensors::new();
    for input in session.graphs().find("model").unwrap().inputs() {
        let tensor = feeds
            .find(&input.name)
            .unwrap_or_else(|| panic!("no tensor for {}", input.name));
        wanted.insert(input.name.clone(), tensor.clone());
    }
    wanted
}

/// Runs a graph on the preprocessed tensors of a case. Graphs of pictures are opened by the task of the class that gave
/// the reference: it decides which head the graph ends in, and knows the picture's size, on which positions depend.
fn forward(reference: &Reference, case: &Case, source: GraphSource) -> NamedTensors {
    let feeds = feeds(reference, case);
    let has = |tensor: &str| reference.stored(case).any(|(name, _)| name == tensor);
    match (has("pixel_values"), has("logits")) {
        (true, true) => run(&open(ImageClassification, reference.dir(), source), &feeds),
        (true, false) => run(
            &open(ImageFeatureExtraction, reference.dir(), source),
            &feeds,
        ),
        (false, _) => run(&open(Tensors, reference.dir(), source), &feeds),
    }
}

/// Runs a session's graph on those of the tensors that it takes.
fn run<T: Task>(session: &Session<T>, feeds: &NamedTensors) -> NamedTensors {
    session
        .graphs()
        .find("model")
        .unwrap()
        .forward(&wanted(session, feeds))
        .unwrap()
}

fn floats(outputs: &NamedTensors, name: &str) -> ndarray::ArrayD<f32> {
    outputs
        .find(name)
        .and_then(Tensor::to_f32)
        .unwrap()
        .into_owned()
}

fn holds(reference: &Reference, case: &Case, name: &str, got: &Tensor) {
    let comparison = reference.compare(case, name, got).unwrap();
    assert!(
        comparison.holds(),
        "{}: {comparison}",
        reference.dir().display()
    );
}
