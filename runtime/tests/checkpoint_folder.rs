//! Folders in the hub's layout: what is taken, what is refused, and what the messages say.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use runtime::cache::{Cache, Silent};
use runtime::catalog::{
    Architecture, Family, Group, Modality, Model, Resources, Synthetic, TaskName,
};
use runtime::checkpoint::{self, Checkpoint, CheckpointError, CheckpointSpec, Hub, Policy, Source};
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn refused(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let error = Checkpoint::local(folder.path()).unwrap_err();
    let mut text = error.to_string();
    if let Some(cause) = std::error::Error::source(&error) {
        text = format!("{text}: {cause}");
    }
    text.replace(&folder.path().display().to_string(), "[folder]")
}

#[test]
fn folders_with_weights_or_graphs_are_taken() {
    let index =
        r#"{"weight_map": {"a": "b.safetensors", "c": "a.safetensors", "d": "b.safetensors"}}"#;
    let config = ("config.json", "{}");
    for (files, weights) in [
        (
            &[config, ("model.safetensors", "")][..],
            &["model.safetensors"][..],
        ),
        (&[config, ("onnx/decoder_model.onnx", "")], &[]),
        (
            &[
                config,
                ("model.safetensors.index.json", index),
                ("a.safetensors", ""),
                ("b.safetensors", ""),
            ],
            &["a.safetensors", "b.safetensors"],
        ),
    ] {
        let folder = folder(files);
        let checkpoint = Checkpoint::local(folder.path()).unwrap();
        let expected: Vec<_> = weights
            .iter()
            .map(|name| folder.path().join(name))
            .collect();
        assert_eq!(checkpoint.weight_files().unwrap(), expected);
        assert_eq!(
            checkpoint.identity(),
            format!("folder {}", folder.path().display())
        );
        assert!(!checkpoint.has_reference());
    }
}

#[test]
fn other_folders_are_refused() {
    let config = ("config.json", "{}");
    let index = "model.safetensors.index.json";
    insta::assert_snapshot!(
        [
            refused(&[]),
            refused(&[config]),
            refused(&[config, ("pytorch_model.bin", "")]),
            refused(&[("config.json", "{"), ("model.safetensors", "")]),
            refused(&[("config.json", "[]"), ("model.safetensors", "")]),
            refused(&[config, (index, "{}")]),
            refused(&[config, (index, r#"{"weight_map": {}}"#)]),
            refused(&[config, (index, r#"{"weight_map": {"a": 1}}"#)]),
            refused(&[
                config,
                (index, r#"{"weight_map": {"a": "../b.safetensors"}}"#)
            ]),
            refused(&[
                config,
                (index, r#"{"weight_map": {"a": "/b.safetensors"}}"#)
            ]),
            refused(&[
                config,
                (index, r#"{"weight_map": {"a": "..\\b.safetensors"}}"#)
            ]),
            refused(&[config, (index, r#"{"weight_map": {"a": "b.bin"}}"#)]),
            refused(&[config, (index, r#"{"weight_map": {"a": "b.safetensors"}}"#)]),
        ]
        .join("\n")
    );
    let error = Checkpoint::local(Path::new("/nowhere")).unwrap_err();
    assert!(matches!(error, CheckpointError::NoFolder { .. }), "{error}");
}

#[test]
fn files_stay_inside() {
    let folder = folder(&[
        ("inner/config.json", "{}"),
        ("inner/model.safetensors", ""),
        ("inner/1_Pooling/config.json", r#"{"a": 1}"#),
        ("secret.json", "{}"),
    ]);
    let checkpoint = Checkpoint::local(&folder.path().join("inner")).unwrap();
    for (name, is_there) in [
        ("config.json", true),
        ("1_Pooling/config.json", true),
        ("1_Pooling", false),
        ("", false),
        ("absent.json", false),
        ("../secret.json", false),
        ("1_Pooling/../../secret.json", false),
    ] {
        assert_eq!(checkpoint.file(name).is_some(), is_there, "{name}");
        assert_eq!(checkpoint.json(name).unwrap().is_some(), is_there, "{name}");
    }
    let absolute = folder.path().join("secret.json");
    assert_eq!(checkpoint.file(absolute.to_str().unwrap()), None);
    assert_eq!(
        checkpoint.json("1_Pooling/config.json").unwrap().unwrap()["a"],
        1
    );
}

#[test]
fn json_has_a_limit() {
    let folder = folder(&[
        ("config.json", "{}"),
        ("model.safetensors", ""),
        ("big.json", ""),
    ]);
    let big = fs::File::options()
        .write(true)
        .open(folder.path().join("big.json"))
        .unwrap();
    // Sparse: it takes no room on the disk.
    big.set_len(1 << 40).unwrap();
    let checkpoint = Checkpoint::local(folder.path()).unwrap();
    let error = checkpoint.json("big.json").unwrap_err();
    assert!(matches!(error, CheckpointError::JsonSize { .. }), "{error}");
}

fn model(reference: Option<&'static str>) -> Model {
    let family = Family {
        id: "f",
        title: "F",
        group: Group::Embedding,
        modality: Modality::Text,
        architecture: Architecture {
            name: "f",
            recipe: None,
            reference,
            synthetic: Synthetic {
                config: "{}",
                preprocessor: None,
            },
        },
    };
    Model {
        id: "m",
        title: "M",
        hub_id: "owner/m",
        family: Box::leak(Box::new(family)),
        task: TaskName::FeatureExtraction,
        is_key: false,
        is_default: true,
        reference: None,
        full: None,
        resources: Resources {
            parameters: 1,
            min_memory_mib: 1,
            recommended_memory_mib: 1,
            disk_mib: 1,
            cpu_cores: 1,
            batch: 1,
        },
    }
}

fn policy(cache: &Path) -> Policy {
    Policy {
        cache: Cache::at(cache),
        reference: Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/reference")
            .canonicalize()
            .ok(),
        hub: Hub {
            endpoint: "http://127.0.0.1:9".to_owned(),
            cache: cache.join("hub"),
            token: None,
            is_offline: true,
            stall: std::time::Duration::from_secs(1),
        },
    }
}

#[test]
fn the_reference_checkpoints_are_found() {
    let cache = tempfile::tempdir().unwrap();
    let policy = policy(cache.path());
    for name in [
        "bert",
        "bert-mlm",
        "roberta",
        "distilbert",
        "mpnet",
        "vit",
        "dinov2",
    ] {
        let model = model(Some(name));
        assert_eq!(CheckpointSpec::offline(&model), CheckpointSpec::Reference);
        let checkpoint =
            checkpoint::resolve(&CheckpointSpec::Reference, &model, &policy, &Silent).unwrap();
        assert_eq!(*checkpoint.source(), Source::Reference { folder: name });
        assert_eq!(checkpoint.identity(), format!("reference {name}"));
        assert!(checkpoint.has_reference());
        assert_eq!(checkpoint.weight_files().unwrap().len(), 1);
    }
}

#[test]
fn without_a_reference_checkpoint_the_way_out_is_named() {
    let cache = tempfile::tempdir().unwrap();
    let mut policy = policy(cache.path());
    let resolve = |model: &Model, policy: &Policy| {
        checkpoint::resolve(&CheckpointSpec::Reference, model, policy, &Silent)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        CheckpointSpec::offline(&model(None)),
        CheckpointSpec::synthetic()
    );
    let none = resolve(&model(None), &policy);
    policy.reference = None;
    let nowhere = resolve(&model(Some("bert")), &policy);
    policy.reference = Some("/elsewhere".into());
    let elsewhere = resolve(&model(Some("bert")), &policy);
    insta::assert_snapshot!(format!("{none}\n{nowhere}\n{elsewhere}"));
}
