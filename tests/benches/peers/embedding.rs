//! Sentences of mixed length to embeddings, beside transformers, Optimum and sentence-transformers.

use std::time::Duration;

use generated::all_minilm_l6_v2::cpu::SKILL;
use runtime::cache::Cache;
use runtime::checkpoint::CheckpointSpec;
use runtime::engine::Settings;
use runtime::export::Head;
use runtime::session::LoadOptions;
use runtime::task::TextItem;
use serde_json::json;
use workspace_tests::workspace;

use crate::pairs::{Row, Target, timed};
use crate::peer::{Peer, copy_papers, folder};
use crate::{checkpoints, threads};

const TEXTS: usize = 256;
const BATCH: usize = 32;
/// Peers with what their ratio is to be.
const PEERS: [(&str, &str, Option<Target>); 3] = [
    (
        "transformers-embedding",
        "transformers (torch)",
        Some(Target::Faster(2.0)),
    ),
    ("optimum-embedding", "Optimum", Some(Target::Faster(2.0))),
    (
        "sentence-transformers-embedding",
        "sentence-transformers",
        None,
    ),
];

pub(crate) fn measure() {
    let checkpoint = trained();
    let dir = folder("embedding");
    copy_papers(&checkpoint, &dir);
    copy_pooling(&checkpoint, &dir);
    std::fs::copy(
        checkpoint.join("model.safetensors"),
        dir.join("model.safetensors"),
    )
    .expect("the weights");
    checkpoints::export(SKILL.model, Head::Base, &checkpoint, &dir);
    let options = LoadOptions {
        checkpoint: CheckpointSpec::Folder(dir.clone()),
        settings: Settings {
            threads: threads(),
            ..Settings::default()
        },
        ..LoadOptions::default()
    };
    let session = SKILL.load(&options).expect("the skill loads");
    let texts = sentences();
    let items: Vec<TextItem> = texts
        .iter()
        .map(|text| TextItem::from(text.as_str()))
        .collect();
    let embed = || session.run_batch(&items).expect("embeddings").output;
    let expected: Vec<f32> = embed()
        .iter()
        .map(|embedding| embedding.vector[0])
        .collect();

    let options = json!({ "folder": dir, "texts": texts, "batch": BATCH, "threads": threads() });
    for (case, peer, target) in PEERS {
        let mut theirs = Peer::start(case, &options);
        let found: Vec<f32> =
            serde_json::from_value(theirs.turn(1).result).expect("a number for each text");
        let differences = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        let worst = differences.fold(0.0, f32::max);
        assert!(
            found.len() == TEXTS && worst < 1e-4,
            "{peer}: {} texts, off by {worst}",
            found.len()
        );
        Row::print(
            &format!("{TEXTS} sentences to embeddings"),
            peer,
            target,
            |repeat| timed(repeat, || drop(std::hint::black_box(embed()))),
            |repeat| -> Duration { theirs.turn(repeat).time },
        );
    }
}

/// The folder of the trained checkpoint.
pub(crate) fn trained() -> std::path::PathBuf {
    let root = Cache::from_env()
        .expect("a cache")
        .root()
        .join("checkpoints");
    let folder = root.join(SKILL.model.hub_id);
    assert!(
        folder.join("model.safetensors").is_file(),
        "the checkpoint is absent; fetch it with `scripts/fetch-minilm`"
    );
    folder
}

/// What sentence-transformers reads besides.
fn copy_pooling(from: &std::path::Path, to: &std::path::Path) {
    let pooling = "1_Pooling";
    std::fs::create_dir_all(to.join(pooling)).expect("a folder");
    copy_papers(&from.join(pooling), &to.join(pooling));
}

/// Sentences of 3 to 90 words, short ones the most frequent, in no order.
pub(crate) fn sentences() -> Vec<String> {
    let file = workspace().join("tests/minilm/embeddings.json");
    let known: serde_json::Value =
        serde_json::from_slice(&std::fs::read(file).expect("the sentences")).expect("JSON");
    let known = known["sentences"].as_array().expect("sentences");
    let words: Vec<&str> = known
        .iter()
        .filter_map(|text| text.as_str())
        .flat_map(str::split_whitespace)
        .collect();
    let mut state = 7_u64;
    let mut draw = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    (0..TEXTS)
        .map(|_| {
            // The product of two draws favours the short.
            let length = 3 + draw(30) * draw(30) / 10;
            let chosen: Vec<&str> = (0..length).map(|_| words[draw(words.len())]).collect();
            chosen.join(" ")
        })
        .collect()
}
