//! What a skill adds to ONNX Runtime: its run beside preparing the input, a bare run and reading the output.

use std::hint::black_box;
use std::path::Path;

use generated::all_minilm_l6_v2::cpu::SKILL;
use ndarray::Ix3;
use ort::session::Session as OrtSession;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;
use runtime::cache::Silent;
use runtime::catalog::Platform;
use runtime::checkpoint::CheckpointSpec;
use runtime::engine::Settings;
use runtime::engine::ort::OrtEngine;
use runtime::export::Head;
use runtime::session::LoadOptions;
use runtime::task::TextItem;

use crate::pairs::{Row, Target, timed};
use crate::peer::folder;
use crate::{checkpoints, embedding, threads};

/// The most that a skill may take of what its parts take.
const MOST: f64 = 1.02;

pub(crate) fn measure() {
    let checkpoint = embedding::trained();
    let dir = folder("overhead");
    checkpoints::export(SKILL.model, Head::Base, &checkpoint, &dir);
    let options = LoadOptions {
        checkpoint: CheckpointSpec::Folder(checkpoint),
        settings: Settings {
            threads: threads(),
            ..Settings::default()
        },
        ..LoadOptions::default()
    };
    let session = SKILL.load(&options).expect("the skill loads");
    let mut bare = open(&dir.join("model.onnx"));
    let texts = embedding::sentences();
    let short = texts
        .iter()
        .min_by_key(|text| text.len())
        .expect("a sentence");
    let long = texts
        .iter()
        .max_by_key(|text| text.len())
        .expect("a sentence");
    for (length, text) in [("short", short), ("long", long)] {
        let item = TextItem::from(text.as_str());
        let processor = session.processor();
        let mut parts = || {
            let encoded = processor
                .text()
                .encode(&[text.as_str().into()])
                .expect("tokens");
            let value = |array| TensorRef::from_array_view(array).expect("a tensor");
            let outputs = bare
                .run(ort::inputs![
                    "input_ids" => value(&encoded.input_ids),
                    "attention_mask" => value(&encoded.attention_mask),
                    "token_type_ids" => value(&encoded.token_type_ids),
                ])
                .expect("a run");
            let hidden = outputs["last_hidden_state"]
                .try_extract_array::<f32>()
                .expect("states");
            let hidden = hidden.into_dimensionality::<Ix3>().expect("three axes");
            processor
                .pooling()
                .pool(&hidden, &encoded.attention_mask.view())
                .expect("an embedding")
        };
        let expected = parts();
        let found = session
            .run(item.clone())
            .expect("an embedding")
            .output
            .vector;
        assert!(
            expected
                .iter()
                .zip(&found)
                .all(|(a, b)| (a - b).abs() < 1e-6),
            "the embeddings differ"
        );
        Row::print(
            &format!("embedding of one {length} sentence"),
            "its parts, with bare ort",
            Some(Target::Within(MOST)),
            |repeat| timed(repeat, || drop(black_box(session.run(item.clone())))),
            |repeat| timed(repeat, || drop(black_box(parts()))),
        );
    }
}

/// The graph in the same library with the settings of skills, but without what skills do around it.
fn open(model: &Path) -> OrtSession {
    let engine = OrtEngine::load(Platform::Cpu, &Silent).expect("a library");
    OrtSession::builder(engine.environment())
        .and_then(|builder| {
            Ok(builder
                .with_optimization_level(GraphOptimizationLevel::All)?
                .with_intra_threads(threads())?)
        })
        .and_then(|mut builder| builder.commit_from_file(model))
        .expect("the graph opens")
}
