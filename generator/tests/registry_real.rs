//! The registry of this repository is free of faults and declares what the project promises.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in the functions it shares with others"
)]

use std::fs;
use std::path::{Path, PathBuf};

use generator::matrix;
use generator::registry::{
    self, FamilyFile, Grade, Group, Platform, PlatformFile, Registry, TaskName,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../model_registry")
}

fn load() -> Registry {
    registry::load(&root()).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The key models by family, each with the letters of its claims in the order cpu, cuda, rocm, mps, openvino, webnn,
/// webgpu: native, simulated, unsupported.
const KEY_MODELS: &[(&str, &str, &str)] = &[
    ("bert", "google-bert/bert-base-uncased", "nnnnnnn"),
    ("clap", "laion/clap-htsat-unfused", "nnnnnss"),
    ("clip", "openai/clip-vit-base-patch32", "nnnnnnn"),
    ("detr", "facebook/detr-resnet-50", "nnnnnss"),
    ("llama", "TinyLlama/TinyLlama-1.1B-Chat-v1.0", "nnnnnus"),
    ("llava", "llava-hf/llava-1.5-7b-hf", "nnnnnss"),
    ("llava-next", "llava-hf/llava-v1.6-mistral-7b-hf", "nnnnnss"),
    ("qwen2", "Qwen/Qwen2-0.5B-Instruct", "nnnnnus"),
    ("qwen3", "Qwen/Qwen3-0.6B", "nnnnnus"),
    ("t5", "google-t5/t5-small", "nnnnnnn"),
    ("vit", "google/vit-base-patch16-224", "nnnnnnn"),
    ("wav2vec2", "facebook/wav2vec2-base-960h", "nnnnnss"),
    ("whisper", "openai/whisper-tiny", "nnnnnss"),
    ("xclip", "microsoft/xclip-base-patch32", "nnnnnss"),
];

#[test]
fn the_key_models_have_their_declared_support() {
    let registry = load();
    let matrix = matrix::resolve(&registry);
    let keys: Vec<_> = matrix.rows.iter().filter(|row| row.model.is_key).collect();
    let found: Vec<(&str, &str, String)> = keys
        .iter()
        .map(|row| {
            let letters = row
                .cells
                .iter()
                .map(|cell| &cell.support.value.claim().name()[..1]);
            (
                row.family.content.id.as_str(),
                row.model.hub_id.as_str(),
                letters.collect(),
            )
        })
        .collect();
    let expected: Vec<(&str, &str, String)> = KEY_MODELS
        .iter()
        .map(|(family, hub_id, claims)| (*family, *hub_id, (*claims).to_owned()))
        .collect();
    assert_eq!(found, expected);
    for row in keys {
        assert!(
            row.model.is_default,
            "{} is the default of its family",
            row.model.id
        );
    }
}

#[test]
fn the_grades_are_the_declared_ones() {
    // In the order of Platform::ALL: cpu, cuda, rocm, mps, openvino, webnn, webgpu.
    let declared = [
        (Group::Embedding, " HHHHMM"),
        (Group::TextGeneration, " HMML  "),
        (Group::Vision, " HMHHMM"),
        (Group::Audio, " HLMM  "),
        (Group::Multimodal, " H     "),
    ];
    let registry = load();
    for (group, letters) in declared {
        for (platform, letter) in Platform::ALL.iter().zip(letters.chars()) {
            let expected = match letter {
                'H' => Some(Grade::High),
                'M' => Some(Grade::Medium),
                'L' => Some(Grade::Low),
                _ => None,
            };
            let grades = &registry.platform(*platform).unwrap().content.grades;
            assert_eq!(
                grades.get(&group).copied(),
                expected,
                "{group} on {platform}"
            );
        }
    }
}

#[test]
fn families_that_do_not_fit_a_browser_say_so() {
    let registry = load();
    let matrix = matrix::resolve(&registry);
    let tiny = matrix
        .rows
        .iter()
        .find(|row| row.family.content.id == "llama")
        .unwrap();
    let reason = tiny
        .cell(Platform::WebNn)
        .unwrap()
        .support
        .value
        .reason()
        .unwrap();
    assert!(reason.contains("browser"), "{reason}");
}

#[test]
fn every_reference_checkpoint_that_is_named_exists() {
    let registry = load();
    let named: Vec<(&str, &str)> = registry
        .families
        .iter()
        .filter_map(|family| {
            Some((
                family.content.id.as_str(),
                family.content.architecture.reference.as_deref()?,
            ))
        })
        .collect();
    assert!(named.len() >= 6, "{named:?}");
    for (family, folder) in named {
        let folder = root().join("../tests/reference").join(folder);
        assert!(
            folder.join("reference.json").is_file(),
            "{family}: {} is no reference checkpoint",
            folder.display()
        );
    }
}

#[test]
fn every_group_and_the_key_tasks_are_there() {
    let registry = load();
    for group in Group::ALL {
        assert!(
            registry
                .families
                .iter()
                .any(|family| family.content.group == *group),
            "{group}"
        );
    }
    let matrix = matrix::resolve(&registry);
    for task in [
        TaskName::FeatureExtraction,
        TaskName::ImageClassification,
        TaskName::ObjectDetection,
    ] {
        assert!(matrix.rows.iter().any(|row| row.task == task), "{task}");
    }
}

/// The reader of its own and the established one understand the files alike.
#[test]
fn the_files_mean_what_another_parser_says() {
    let registry = load();
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    for family in &registry.families {
        let other: serde_json::Value = serde_yaml::from_str(&read(&family.path)).unwrap();
        let other: FamilyFile = serde_json::from_value(other).unwrap();
        assert_eq!(other, family.content, "{}", family.path);
    }
    for platform in &registry.platforms {
        let other: PlatformFile = serde_yaml::from_str(&read(&platform.path)).unwrap();
        assert_eq!(other, platform.content, "{}", platform.path);
    }
}

/// Editors read the schemas; they are derived from the types and kept in the tree.
#[test]
fn the_schemas_for_editors_are_fresh() {
    for (path, text) in registry::schema_files() {
        let path = root().join(path);
        let stored = fs::read_to_string(&path)
            .unwrap_or_default()
            .replace('\r', "");
        assert!(
            stored == text,
            "{} is stale; run `cargo gen --write-schema`",
            path.display()
        );
    }
}

/// What a value is written as can be read again: the rendered code relies on the typed values alone.
#[test]
fn typed_values_survive_being_written() {
    for family in load().families {
        let json = serde_json::to_value(&family.content).unwrap();
        let again: FamilyFile = serde_json::from_value(json).unwrap();
        assert_eq!(again, family.content);
    }
}
