//! Checkpoints that are damaged, incomplete or hostile: each is a typed error whose text says what
//! is wrong and where.

use std::fmt::Write as _;
use std::path::Path;

use crate::checkpoint_files::{copy, edit_config, parts, safetensors};
use export::recipe::{Recipe, TextEncoder, TextEncoderWeights};
use export::{ExportError, ExportOptions, Head, TensorFaultKind, export, parameters};
use tempfile::TempDir;

fn attempt(family: &str, dir: &Path, options: &ExportOptions) -> ExportError {
    let output = tempfile::tempdir().unwrap();
    let recipe = crate::families::recipe(family).unwrap();
    export(&recipe, dir, options, output.path()).unwrap_err()
}

/// The message with the folder's name taken out, and the chain of its causes.
fn message(family: &str, dir: &TempDir, options: &ExportOptions) -> String {
    let error = attempt(family, dir.path(), options);
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(source) = cause {
        let _ = write!(text, "\n  caused by: {source}");
        cause = source.source();
    }
    text.replace(&dir.path().display().to_string(), "DIR")
}

fn broken_weights(bytes: &[u8]) -> String {
    let dir = copy("bert");
    std::fs::write(dir.path().join("model.safetensors"), bytes).unwrap();
    message("bert", &dir, &ExportOptions::default())
}

#[test]
fn damaged_weight_files_are_refused() {
    let whole =
        std::fs::read(crate::checkpoint_files::kit("bert").join("model.safetensors")).unwrap();
    let overlapping = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
        "b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
    let outside = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let negative = r#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#;
    let vast = r#"{"a":{"dtype":"F32","shape":[18446744073709551615,2],"data_offsets":[0,8]}}"#;
    let too_long = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
    let mut messages = Vec::new();
    let mut check = |what: &str, bytes: &[u8]| {
        messages.push(format!("{what}: {}", broken_weights(bytes)));
    };
    check("empty", &[]);
    check("header cut off", &whole[..100]);
    check("data cut off", &whole[..whole.len() - 1]);
    check("giant header", &too_long);
    check("header beyond the file", &safetensors("{}", &[])[..9]);
    check("overlapping tensors", &safetensors(overlapping, &[0; 12]));
    check("offsets outside", &safetensors(outside, &[0; 4]));
    check("negative size", &safetensors(negative, &[0; 8]));
    check("vast shape", &safetensors(vast, &[0; 8]));
    check("no JSON", &safetensors("hello", &[]));
    check("no UTF-8", &[&5_u64.to_le_bytes()[..], &[0xff; 5]].concat());
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn all_missing_and_misshapen_tensors_are_listed() {
    let dir = copy("bert");
    let path = dir.path().join("model.safetensors");
    let (mut header, data) = parts(&path);
    let tensors = header.as_object_mut().unwrap();
    for (from, to) in [
        ("pooler.dense.bias", "pooler.dense.b"),
        (
            "encoder.layer.1.output.LayerNorm.weight",
            "encoder.layer.1.output.LayerNorm.w",
        ),
        ("embeddings.word_embeddings.weight", "words"),
    ] {
        let tensor = tensors.remove(from).unwrap();
        tensors.insert(to.to_owned(), tensor);
    }
    let turned = tensors
        .get_mut("encoder.layer.0.intermediate.dense.weight")
        .unwrap();
    turned["shape"].as_array_mut().unwrap().reverse();
    let integers = tensors
        .get_mut("encoder.layer.0.output.dense.bias")
        .unwrap();
    integers["dtype"] = "I32".into();
    std::fs::write(&path, safetensors(&header.to_string(), &data)).unwrap();
    let error = attempt("bert", dir.path(), &ExportOptions::default());
    let ExportError::Tensors { faults, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(faults.len(), 5);
    let missing = faults
        .iter()
        .filter(|fault| fault.kind == TensorFaultKind::Missing);
    assert_eq!(missing.count(), 3);
    insta::assert_snapshot!(message("bert", &dir, &ExportOptions::default()));
}

#[test]
fn index_files_may_not_lead_out_of_the_folder() {
    let with_index = |index: &str| {
        let dir = copy("bert");
        let weights = dir.path().join("model.safetensors");
        std::fs::rename(
            &weights,
            dir.path().join("model-00001-of-00001.safetensors"),
        )
        .unwrap();
        std::fs::write(dir.path().join("model.safetensors.index.json"), index).unwrap();
        dir
    };
    let mut messages = Vec::new();
    for index in [
        r#"{"weight_map": {"a": "../model.safetensors"}}"#,
        r#"{"weight_map": {"a": "/etc/passwd"}}"#,
        r#"{"weight_map": {"a": "sub/model.safetensors"}}"#,
        r#"{"weight_map": {"a": ".."}}"#,
        r#"{"weight_map": {"a": ""}}"#,
        r#"{"weight_map": {"a": 3}}"#,
        r#"{"weight_map": {"a": "model-00002-of-00002.safetensors"}}"#,
        r#"{"weight_map": []}"#,
        "{}",
        "not JSON",
    ] {
        messages.push(message(
            "bert",
            &with_index(index),
            &ExportOptions::default(),
        ));
    }
    let dir = copy("bert");
    std::fs::remove_file(dir.path().join("model.safetensors")).unwrap();
    messages.push(message("bert", &dir, &ExportOptions::default()));
    insta::assert_snapshot!(messages.join("\n"));

    let good = with_index(r#"{"weight_map": {"a": "model-00001-of-00001.safetensors"}}"#);
    let recipe = crate::families::recipe("bert").unwrap();
    export(&recipe, good.path(), &ExportOptions::default(), good.path()).unwrap();
}

#[test]
fn impossible_configurations_are_refused() {
    let mut messages = Vec::new();
    let mut check = |family: &str, from: &str, to: &str| {
        let dir = copy(family);
        edit_config(dir.path(), from, to);
        messages.push(message(family, &dir, &ExportOptions::default()));
    };
    check("bert", "\"hidden_size\": 28", "\"hidden\": 28");
    check("bert", "\"hidden_size\": 28", "\"hidden_size\": \"28\"");
    check("bert", "\"hidden_size\": 28", "\"hidden_size\": 0");
    check(
        "bert",
        "\"hidden_size\": 28",
        "\"hidden_size\": 99999999999",
    );
    check(
        "bert",
        "\"num_hidden_layers\": 2",
        "\"num_hidden_layers\": 1000000",
    );
    check(
        "bert",
        "\"num_attention_heads\": 4",
        "\"num_attention_heads\": 3",
    );
    check(
        "bert",
        "\"num_attention_heads\": 4",
        "\"num_attention_heads\": 0",
    );
    check(
        "bert",
        "\"hidden_act\": \"gelu\"",
        "\"hidden_act\": \"mish\"",
    );
    check("bert", "1e-12", "-1e-12");
    check("bert", "\"absolute\"", "\"relative_key_query\"");
    check("bert", "{", "[");
    check("roberta", "\"pad_token_id\": 1", "\"pad_token_id\": -1");
    check("vit", "\"patch_size\": 8", "\"patch_size\": 7");
    check("vit", "\"image_size\": 32", "\"image_size\": [32, 32, 32]");
    check("vit", "\"image_size\": 32", "\"image_size\": 4194304");
    check(
        "dinov2",
        "\"use_swiglu_ffn\": false",
        "\"use_swiglu_ffn\": true",
    );
    check("dinov2", "\"mlp_ratio\": 2", "\"mlp_ratio\": 1e300");
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn heads_and_sizes_that_cannot_be_are_refused() {
    let check = |family: &str, options: &ExportOptions| message(family, &copy(family), options);
    let head = |head| ExportOptions {
        head,
        ..ExportOptions::default()
    };
    let size = |size| ExportOptions {
        image_size: Some(size),
        ..ExportOptions::default()
    };
    let messages = [
        check("bert", &head(Head::Classifier)),
        check("vit", &head(Head::MaskedLm)),
        check("dinov2", &head(Head::Classifier)),
        check("bert", &head(Head::MaskedLm)),
        check("vit", &size((33, 32))),
        check("vit", &size((0, 32))),
        check("vit", &size((u32::MAX - 7, u32::MAX - 7))),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn an_incomplete_recipe_is_named() {
    let recipe = Recipe::TextEncoder(TextEncoder {
        weights: TextEncoderWeights {
            token_type_embeddings: None,
            ..crate::families::BERT.weights
        },
        ..crate::families::BERT
    });
    let config =
        std::fs::read_to_string(crate::checkpoint_files::kit("bert").join("config.json")).unwrap();
    let error = parameters(&recipe, &config).unwrap_err();
    insta::assert_snapshot!(error);
}
