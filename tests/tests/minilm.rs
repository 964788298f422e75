//! A trained model, all-MiniLM-L6-v2, gives the embeddings that transformers gives, and sentences that belong
//! together find each other. `tests/minilm/embeddings.json` was written by `scripts/minilm-reference.py`.
//!
//! The checkpoint is not part of the repository. Without it the tests are ignored with the command that fetches it,
//! unless `ASSAY_REQUIRE_MINILM` is set to 1: then they fail.
#![allow(
    clippy::unwrap_used,
    reason = "a test without the standard harness fails by panicking too"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use generated::all_minilm_l6_v2::cpu::SKILL;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use runtime::cache::Cache;
use runtime::session::{LoadOptions, Session};
use runtime::task::{Embedding, FeatureExtraction, TextItem};
use serde::Deserialize;
use workspace_tests::workspace;

/// How far a value may lie from that of transformers.
const TOLERANCE: f32 = 1e-5;

/// Sentences with their embeddings; sentences 2n and 2n + 1 belong together.
#[derive(Deserialize)]
struct Expected {
    sentences: Vec<String>,
    embeddings: Vec<Vec<f32>>,
}

fn main() -> ExitCode {
    let session = Arc::new(OnceLock::new());
    let trial = |name: &str, check: fn(&Session<FeatureExtraction>) -> Result<(), Failed>| {
        let session = Arc::clone(&session);
        Trial::ignorable_test(name, move || run(&session, check))
    };
    let trials = vec![
        trial(
            "embeddings_equal_those_of_transformers",
            embeddings_equal_those_of_transformers,
        ),
        trial("a_batch_equals_single_runs", a_batch_equals_single_runs),
        trial("sentences_find_their_partner", sentences_find_their_partner),
        trial("long_texts_are_truncated", long_texts_are_truncated),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Makes a check with the session, which is loaded once; ignored where the checkpoint is absent and nobody requires it.
fn run(
    session: &OnceLock<Session<FeatureExtraction>>,
    check: fn(&Session<FeatureExtraction>) -> Result<(), Failed>,
) -> Result<Completion, Failed> {
    let folder = folder();
    if !folder.join("model.safetensors").is_file() {
        let absent = format!(
            "{} is absent; fetch it with `scripts/fetch-minilm`",
            folder.display()
        );
        let is_required = std::env::var("ASSAY_REQUIRE_MINILM").is_ok_and(|value| value == "1");
        return if is_required {
            Err(absent.into())
        } else {
            Ok(Completion::ignored_with(absent))
        };
    }
    let load = || SKILL.load(&LoadOptions::default()).unwrap();
    check(session.get_or_init(load)).map(|()| Completion::Completed)
}

/// Where the script puts the checkpoint.
fn folder() -> PathBuf {
    Cache::from_env()
        .unwrap()
        .root()
        .join("checkpoints")
        .join(SKILL.model.hub_id)
}

fn expected() -> Expected {
    let file: &Path = &workspace().join("tests/minilm/embeddings.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn embed(session: &Session<FeatureExtraction>, sentences: &[String]) -> Vec<Embedding> {
    let items: Vec<_> = sentences.iter().cloned().map(TextItem::from).collect();
    session.run_batch(&items).unwrap().output
}

/// The largest difference between the values of two embeddings.
fn difference(one: &[f32], other: &[f32]) -> f32 {
    assert_eq!(one.len(), other.len());
    one.iter()
        .zip(other)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

fn embeddings_equal_those_of_transformers(
    session: &Session<FeatureExtraction>,
) -> Result<(), Failed> {
    let expected = expected();
    if session.checkpoint().root() != folder() {
        return Err(format!("loaded from {}", session.checkpoint().identity()).into());
    }
    for (sentence, embedding) in expected.sentences.iter().zip(&expected.embeddings) {
        let got = session
            .run(TextItem::from(sentence.clone()))
            .unwrap()
            .output;
        let difference = difference(&got.vector, embedding);
        if difference.is_nan() || difference > TOLERANCE {
            return Err(
                format!("{sentence}: off by {difference:e}, tolerance {TOLERANCE:e}").into(),
            );
        }
    }
    Ok(())
}

fn a_batch_equals_single_runs(session: &Session<FeatureExtraction>) -> Result<(), Failed> {
    let expected = expected();
    let batch = embed(session, &expected.sentences);
    for (sentence, (got, embedding)) in expected
        .sentences
        .iter()
        .zip(batch.iter().zip(&expected.embeddings))
    {
        let difference = difference(&got.vector, embedding);
        if difference.is_nan() || difference > TOLERANCE {
            return Err(
                format!("{sentence}: off by {difference:e}, tolerance {TOLERANCE:e}").into(),
            );
        }
    }
    Ok(())
}

fn sentences_find_their_partner(session: &Session<FeatureExtraction>) -> Result<(), Failed> {
    let sentences = expected().sentences;
    let embeddings = embed(session, &sentences);
    for (index, embedding) in embeddings.iter().enumerate() {
        let others = (0..embeddings.len()).filter(|&other| other != index);
        let nearest = others.max_by(|&a, &b| {
            embedding
                .cosine(&embeddings[a])
                .total_cmp(&embedding.cosine(&embeddings[b]))
        });
        // 2n and 2n + 1 differ in the last bit.
        if nearest != Some(index ^ 1) {
            let found = nearest.map(|nearest| &sentences[nearest]);
            return Err(format!("{}: nearest is {found:?}", sentences[index]).into());
        }
    }
    Ok(())
}

fn long_texts_are_truncated(session: &Session<FeatureExtraction>) -> Result<(), Failed> {
    let text = "A machine cuts wood, and the carpenter builds a chair. ".repeat(100);
    let limit = session.processor().text().max_length();
    let tokens = session.run(TextItem::from(text)).unwrap().output.tokens;
    if limit == Some(tokens) {
        Ok(())
    } else {
        Err(format!("{tokens} tokens, limit {limit:?}").into())
    }
}
