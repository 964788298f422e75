//! Checkpoints of full size: their weights are as many as the registry says the models have, they run, and they go again.
#![allow(
    clippy::unwrap_used,
    reason = "what tests share fails by panicking too"
)]

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::mpsc;
use std::time::Duration;

use generated::{CATALOG, all_minilm_l6_v2 as minilm};
use runtime::bench::{Case, Lengths, Scenario, Size};
use runtime::cache::{Cache, CacheError, Silent};
use runtime::catalog::{Model, Platform, Precision};
use runtime::checkpoint::{
    self, CheckpointError, CheckpointSpec, Hub, Policy, SyntheticSize, forget,
};
use runtime::engine::Settings;
use runtime::export::{self, ExportOptions, ParameterSpec};
use runtime::session::LoadOptions;
use serde_json::Value;

fn elements<'s>(specs: impl IntoIterator<Item = &'s ParameterSpec>) -> u64 {
    let of = |spec: &ParameterSpec| spec.shape.iter().product::<u64>();
    specs.into_iter().map(of).sum()
}

/// Buffers, which transformers does not count as parameters: statistics that a normalisation keeps, a bias that is none, and
/// random directions.
fn is_buffer(name: &str) -> bool {
    name.ends_with(".running_mean")
        || name.ends_with(".running_var")
        || name == "final_logits_bias"
        || name == "shared_image_embedding.positional_embedding"
}

/// Weights of the checkpoint that transformers does not count as parameters.
fn buffers(model: &Model, specs: &[ParameterSpec]) -> u64 {
    let is_normalised = |name: &str| {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let statistic = format!("{stem}.running_mean");
        specs.iter().any(|spec| spec.name == statistic)
    };
    match model.family.id {
        // The backbone's normalisations are frozen (`DetrFrozenBatchNorm2d`): scale and shift are buffers too.
        "detr" => elements(specs.iter().filter(|spec| is_normalised(&spec.name))),
        _ => elements(specs.iter().filter(|spec| is_buffer(&spec.name))),
    }
}

/// Parameters of transformers' class that no graph reads, and so no checkpoint here has.
fn unread(model: &Model, config: &Value, specs: &[ParameterSpec]) -> u64 {
    match model.family.id {
        // The vector in place of masked frames or patches (`masked_spec_embed`, `mask_token`), for training alone.
        "wav2vec2" | "hubert" | "wavlm" | "dinov2" => config["hidden_size"].as_u64().unwrap(),
        // Pictures are what the last layer but one says of them: the last, as large as any other, and the norm of the
        // class token after it (`post_layernorm`) are left out.
        "llava" | "llava-next" => {
            assert_eq!(config["vision_feature_layer"], -2);
            let first = specs
                .iter()
                .filter(|spec| spec.name.contains("vision_model.encoder.layers.0."));
            elements(first) + 2 * config["vision_config"]["hidden_size"].as_u64().unwrap()
        }
        // Nobody draws masks, so nothing embeds them (`mask_embed`: three convolutions, the first two normalised); and of the
        // masks the first, for prompts of many points, is left out with its head (three layers to an eighth of the width).
        "sam" => {
            let prompts = &config["prompt_encoder_config"];
            let [width, channels] =
                ["hidden_size", "mask_input_channels"].map(|key| prompts[key].as_u64().unwrap());
            let quarter = channels / 4;
            let embeds =
                (4 + 1 + 2) * quarter + (4 * quarter + 1 + 2) * channels + (channels + 1) * width;
            let head = 2 * (width + 1) * width + (width + 1) * (width / 8);
            embeds + head
        }
        _ => 0,
    }
}

#[test]
fn every_weight_is_counted() {
    let (mut count, mut wrong) = (0, Vec::new());
    for entry in CATALOG.models {
        let model = entry.model;
        let Some(full) = model.full else { continue };
        let recipe = model.family.architecture.recipe.unwrap();
        let specs = export::parameters(&recipe, full.config).unwrap();
        let config = serde_json::from_str(full.config).unwrap();
        let found = elements(&specs) - buffers(model, &specs) + unread(model, &config, &specs);
        if found != model.resources.parameters {
            wrong.push((model.id, found, model.resources.parameters));
        }
        count += 1;
    }
    // Of each what was found, and what the registry says.
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(count >= 32, "{count}");
}

/// The ids that the configuration, or the section of what reads texts, gives special tokens.
fn special_ids(config: &Value) -> Vec<u64> {
    const KEYS: [&str; 5] = [
        "bos_token_id",
        "eos_token_id",
        "pad_token_id",
        "image_token_index",
        "decoder_start_token_id",
    ];
    let sections = [config, &config["text_config"]].into_iter();
    let ids = sections.flat_map(|section| KEYS.map(|key| section[key].as_u64()));
    ids.flatten().collect()
}

#[test]
fn tokenizers_have_the_special_tokens_of_the_configuration() {
    let mut count = 0;
    for entry in CATALOG.models {
        let Some(full) = entry.model.full else {
            continue;
        };
        let folder = tempfile::tempdir().unwrap();
        checkpoint::describe(entry.model, SyntheticSize::Full, folder.path()).unwrap();
        assert!(!folder.path().join("model.safetensors").exists());
        let Ok(text) = fs::read(folder.path().join("tokenizer.json")) else {
            continue;
        };
        let tokenizer: Value = serde_json::from_slice(&text).unwrap();
        let added = tokenizer["added_tokens"].as_array().unwrap();
        let special: Vec<u64> = added
            .iter()
            .map(|token| token["id"].as_u64().unwrap())
            .collect();
        let config: Value = serde_json::from_str(full.config).unwrap();
        for id in special_ids(&config) {
            // Whisper's decoder begins with a token of its own, which no text has.
            if config["decoder_start_token_id"] != id || config["pad_token_id"] == id {
                assert!(
                    special.contains(&id),
                    "{} {id}: {special:?}",
                    entry.model.id
                );
            }
        }
        let size = &config["vocab_size"];
        let size = size
            .as_u64()
            .or(config["text_config"]["vocab_size"].as_u64());
        let tokens = tokenizer["model"]["vocab"].as_object().unwrap();
        assert_eq!(Some(tokens.len() as u64), size, "{}", entry.model.id);
        count += 1;
    }
    assert!(count >= 13, "{count}");
}

#[test]
fn every_key_model_has_one() {
    let key = CATALOG.models.iter().filter(|entry| entry.model.is_key);
    let without: Vec<_> = key
        .filter(|entry| entry.model.full.is_none())
        .map(|entry| entry.model.id)
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

/// Checkpoints of this folder alone.
fn policy(folder: &Path) -> Policy {
    Policy {
        cache: Cache::at(folder),
        reference: None,
        hub: Hub {
            endpoint: "http://127.0.0.1:9".to_owned(),
            cache: folder.join("hub"),
            token: None,
            is_offline: true,
            stall: Duration::from_secs(1),
        },
    }
}

fn full(seed: u64) -> CheckpointSpec {
    CheckpointSpec::Synthetic {
        size: SyntheticSize::Full,
        seed,
    }
}

/// Every file below a folder, lock files apart.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![root.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_none_or(|ending| ending != "lock") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn entry(cache: &Cache, name: &str) -> PathBuf {
    let make = |folder: &Path| {
        fs::write(folder.join("model.onnx"), "graph").unwrap();
        Ok::<_, CacheError>(())
    };
    cache.ensure(name, &Silent, make).unwrap()
}

#[test]
fn a_checkpoint_of_full_size_is_removed_with_its_exports_alone() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path());
    let cache = &policy.cache;
    let resolve = |spec: &CheckpointSpec, model: &Model| {
        checkpoint::resolve(spec, model, &policy, &Silent).unwrap()
    };
    let tiny = resolve(&CheckpointSpec::synthetic(), &minilm::MODEL);
    entry(cache, "exports/bert-0123");
    entry(cache, "exports/all-minilm-l6-v2-full-4-0123/bert-0123");
    entry(cache, "synthetic/all-minilm-l6-v2-full-4-0123");
    let before = files(folder.path());

    let made = resolve(&full(3), &minilm::MODEL);
    assert_eq!(made.identity(), "synthetic all-minilm-l6-v2, full, seed 3");
    assert_ne!(made.root(), tiny.root());
    let name = made.root().file_name().unwrap().to_str().unwrap();
    let exports = ["bert-4567", "bert-89ab"].map(|it| format!("exports/{name}/{it}"));
    let folders = exports.each_ref().map(|it| entry(cache, it));
    // What a process that was killed left behind.
    let left = folder
        .path()
        .join(format!("exports/{name}/.bert-4567.making-x"));
    fs::create_dir(&left).unwrap();
    let mut open = File::open(made.root().join("model.safetensors")).unwrap();

    // One that is being made is waited for, and removed too.
    let late = format!("exports/{name}/bert-cdef");
    let (begun, seen) = mpsc::channel();
    let forgotten = std::thread::scope(|scope| {
        scope.spawn(|| {
            let make = |folder: &Path| {
                begun.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(300));
                fs::write(folder.join("model.onnx"), "graph").unwrap();
                Ok::<_, CacheError>(())
            };
            cache.ensure(&late, &Silent, make).unwrap();
        });
        seen.recv().unwrap();
        forget(&full(3), &minilm::MODEL, &policy, &Silent).unwrap()
    });
    let [first, second] = folders;
    let third = folder.path().join(&late);
    let expected = [made.root().to_owned(), first, second, third];
    assert_eq!(forgotten.folders, expected);
    assert!(forgotten.bytes > 90_000_000, "{}", forgotten.bytes);
    assert_eq!(files(folder.path()), before);
    assert!(!left.exists());
    if cfg!(unix) {
        let mut byte = [0];
        open.read_exact(&mut byte).unwrap();
    }

    // There is nothing left to remove, and it can be made again.
    let again = forget(&full(3), &minilm::MODEL, &policy, &Silent).unwrap();
    assert_eq!((again.folders.len(), again.bytes), (0, 0));
    assert_eq!(resolve(&full(3), &minilm::MODEL), made);
}

#[test]
fn no_other_checkpoint_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path());
    let tiny = CheckpointSpec::synthetic();
    let made = checkpoint::resolve(&tiny, &minilm::MODEL, &policy, &Silent).unwrap();
    for spec in [
        tiny,
        CheckpointSpec::Reference,
        CheckpointSpec::default(),
        CheckpointSpec::Folder(made.root().to_owned()),
    ] {
        let error = forget(&spec, &minilm::MODEL, &policy, &Silent).unwrap_err();
        assert!(matches!(error, CheckpointError::Kept { .. }), "{error}");
    }
    assert!(made.root().is_dir());
}

#[test]
fn a_model_whose_size_is_not_given_says_what_to_add() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path());
    let model = generated::bert_large_cased::MODEL;
    let errors = [
        checkpoint::resolve(&full(0), &model, &policy, &Silent).unwrap_err(),
        forget(&full(0), &model, &policy, &Silent).unwrap_err(),
        checkpoint::files(&model, SyntheticSize::Full).unwrap_err(),
    ];
    for error in errors {
        insta::allow_duplicates! {
            insta::assert_snapshot!(
                error,
                @"`bert-large-cased` has no synthetic checkpoint of full size; give it `full: {config: …}` in model_registry/families/bert.yaml, or take `synthetic`, the small one of its family"
            );
        }
    }
    assert!(!folder.path().join("synthetic").exists());
}

/// Costs are told without weights: the graphs must be those that an export of the checkpoint has.
#[test]
fn a_configuration_has_the_graphs_of_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let policy = policy(folder.path());
    for entry in CATALOG.models.iter().filter(|entry| entry.model.is_default) {
        let model = entry.model;
        let recipe = model.family.architecture.recipe.unwrap();
        let spec = CheckpointSpec::synthetic();
        let made = checkpoint::resolve(&spec, model, &policy, &Silent).unwrap();
        let config = checkpoint::files(model, SyntheticSize::Tiny)
            .unwrap()
            .config;
        let options = ExportOptions::default();
        let expected = export::outlines(&recipe, made.root(), &options).unwrap();
        let found = export::outlines_of_config(&recipe, config, &options).unwrap();
        assert_eq!(
            format!("{found:?}"),
            format!("{expected:?}"),
            "{}",
            model.id
        );
    }
}

#[test]
fn what_loading_needs_is_made_beforehand() {
    let spec = full(1_000_000 + u64::from(process::id()));
    let entry = CATALOG.find(minilm::MODEL.id).unwrap();
    let skill = entry.skill(Platform::Cpu).unwrap();
    let case = Case {
        model: minilm::MODEL.id.to_owned(),
        platform: Platform::Cpu,
        size: Size::Full,
        checkpoint: spec.to_string(),
        graph: "own".to_owned(),
        precision: Precision::Fp32,
        batch: 1,
        lengths: Lengths::default(),
        scenario: Scenario::SingleStream,
        queries_per_second: None,
        replicas: 1,
        settings: Settings::default(),
        options: Vec::new(),
    };
    skill.make_ready(&case).unwrap();
    let policy = Policy::from_env().unwrap();
    let made = forget(&spec, &minilm::MODEL, &policy, &Silent).unwrap();
    // The checkpoint and its export.
    assert_eq!(made.folders.len(), 2, "{made:?}");
}

#[test]
fn a_model_of_full_size_runs_and_leaves_nothing() {
    // A seed of its own: other processes may be at the same test in the same cache.
    let spec = full(u64::from(process::id()));
    let options = LoadOptions {
        checkpoint: spec.clone(),
        ..LoadOptions::default()
    };
    let session = minilm::cpu::SKILL.load(&options).unwrap();
    let run = session.run("some text").unwrap();
    assert_eq!(run.output.vector.len(), 384);
    assert!(run.output.vector.iter().all(|number| number.is_finite()));
    let expected = format!("synthetic all-minilm-l6-v2, full, seed {}", process::id());
    assert_eq!(session.checkpoint().identity(), expected);

    let policy = Policy::from_env().unwrap();
    let forgotten = forget(&spec, &minilm::MODEL, &policy, &Silent).unwrap();
    assert_eq!(forgotten.folders.len(), 2, "{forgotten:?}");
    assert!(forgotten.folders.iter().all(|folder| !folder.exists()));
    // Where files stay while they are open, a session goes on.
    if cfg!(unix) {
        session.run("another text").unwrap();
    }
}
