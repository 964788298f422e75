//! Entries proposed from a `config.json`: they load without a fault, count right, and survive hostile input.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in the functions it shares with others"
)]

#[path = "faults/fixture.rs"]
#[expect(
    dead_code,
    reason = "the faulty half of the fixture is for another test"
)]
mod fixture;

use std::fs;
use std::path::{Path, PathBuf};

use generator::query::{Proposal, propose};
use generator::registry::{self, Registry};
use serde_json::{Value, json};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn real() -> Registry {
    registry::load(&workspace().join("model_registry")).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Pastes a proposal where it says, beside the real registry, and loads the whole.
fn pasted(proposal: &Proposal) -> Result<Registry, String> {
    let root = workspace().join("model_registry");
    let mut files = Vec::new();
    for folder in ["platforms", "families"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            files.push((
                format!("{folder}/{name}"),
                fs::read_to_string(path).unwrap(),
            ));
        }
    }
    if proposal.is_new_file {
        files.push((proposal.file.clone(), proposal.yaml.clone()));
    } else {
        let (_, text) = files
            .iter_mut()
            .find(|(path, _)| *path == proposal.file)
            .unwrap();
        text.push_str(&proposal.yaml);
    }
    let texts: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    registry::from_texts(&texts).map_err(|faults| format!("{faults}\n{proposal}"))
}

/// Elements of the tensors a checkpoint holds, of those that are parameters of the bare model.
fn elements(folder: &Path, is_counted: impl Fn(&str) -> bool) -> u64 {
    let bytes = fs::read(folder.join("model.safetensors")).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let tensors = header
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name != "__metadata__" && is_counted(name));
    let count = |tensor: &Value| {
        tensor["shape"]
            .as_array()
            .unwrap()
            .iter()
            .map(|side| side.as_u64().unwrap())
            .product::<u64>()
    };
    tensors.map(|(_, tensor)| count(tensor)).sum()
}

#[test]
fn parameters_are_those_of_the_reference_checkpoints() {
    let registry = real();
    for folder in [
        "bert",
        "bert-mlm",
        "roberta",
        "distilbert",
        "mpnet",
        "vit",
        "dinov2",
    ] {
        let path = workspace().join("tests/reference").join(folder);
        let config = fs::read_to_string(path.join("config.json")).unwrap();
        let proposal = propose(&registry, &config, Some("owner/tried")).unwrap();
        let expected = elements(&path, |name| {
            // A buffer; the pre-training heads; a token only pre-training uses.
            !name.ends_with("position_ids")
                && !name.starts_with("cls.")
                && !name.contains("mask_token")
        });
        // The model is counted with its pooler, which a checkpoint with a pre-training head leaves out.
        let hidden = serde_json::from_str::<Value>(&config).unwrap()["hidden_size"].as_u64();
        let pooler = hidden
            .filter(|_| folder == "bert-mlm")
            .map_or(0, |hidden| hidden * hidden + hidden);
        let registry = pasted(&proposal).unwrap();
        let (_, model) = registry.model("tried").unwrap();
        assert_eq!(model.parameters, expected + pooler, "{folder}");
    }
}

fn configs() -> Vec<(&'static str, Value, Option<&'static str>)> {
    vec![
        (
            "a model of a known family",
            json!({
                "model_type": "bert", "architectures": ["BertForMaskedLM"], "_name_or_path": "google-bert/bert-large-cased-2",
                "hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096,
                "vocab_size": 28996, "max_position_embeddings": 512, "type_vocab_size": 2
            }),
            None,
        ),
        (
            "a classifier of a family that extracts features",
            json!({
                "model_type": "dinov2", "architectures": ["Dinov2ForImageClassification"], "hidden_size": 384,
                "num_hidden_layers": 12, "num_attention_heads": 6, "mlp_ratio": 4, "image_size": 518, "patch_size": 14,
                "num_channels": 3
            }),
            Some("facebook/dinov2-small-imagenet1k-1-layer-2"),
        ),
        (
            "a new family",
            json!({
                "model_type": "gemma_9", "architectures": ["Gemma9ForCausalLM"], "hidden_size": 2048,
                "intermediate_size": 16384, "num_hidden_layers": 18, "num_attention_heads": 8, "num_key_value_heads": 1,
                "head_dim": 256, "vocab_size": 256_000, "hidden_act": "silu", "rms_norm_eps": 1e-6, "eos_token_id": [1, 106],
                "torch_dtype": "bfloat16", "transformers_version": "4.57.6", "use_cache": true, "pad_token_id": null,
                "rope_scaling": {"type": "linear", "factor": 2.0}, "layer_types": ["full", "full", "full", "full", "full", "full"]
            }),
            Some("google/Gemma-9-2B_it"),
        ),
        ("next to nothing", json!({"model_type": "mystery"}), None),
    ]
}

#[test]
fn proposals() {
    let registry = real();
    let mut all = String::new();
    for (name, config, hub_id) in configs() {
        let proposal = propose(&registry, &config.to_string(), hub_id).unwrap();
        pasted(&proposal).unwrap();
        all += &format!("== {name}\n{proposal}\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn hostile_configurations_become_harmless_entries() {
    let registry = real();
    let deep = (0..100).fold(json!(1), |inner, _| json!({ "a": inner }));
    let configs = [
        json!({"model_type": "x", "\"; } fn main() {}": "*/ {{ }} {%", "a: b": "c: d # e", "- x": "- y", "yes": "no", "1": "2"}),
        json!({"model_type": "x", "text": "\u{202e}hidden", "\u{1b}[31m": 1, "line\nbreak": "line\nbreak", "": 1}),
        json!({"model_type": "x", "deep": deep, "list": [[[[[[[[[[1]]]]]]]]]], "empty": {}, "none": []}),
        json!({"model_type": "x", "hidden_size": -1, "num_hidden_layers": 1e300, "vocab_size": u64::MAX}),
        json!({"model_type": "x", "long": "y".repeat(100_000), "k".repeat(100_000): 1, "&anchor": "*alias", "<<": "!tag"}),
        json!({"model_type": "x", "mixed": [{"a": "b: c"}, "d, e", "]", "null", null, 0.1], "~": "~", "=": "="}),
        Value::Object(
            (0..10_000)
                .map(|key| (format!("key{key}"), json!(key)))
                .chain([("model_type".into(), json!("x"))])
                .collect(),
        ),
        json!({"model_type": "x", "id2label": (0..1000).map(|label| (label.to_string(), json!("a, b: c"))).collect::<serde_json::Map<_, _>>()}),
    ];
    for config in configs {
        let proposal = propose(&registry, &config.to_string(), Some("owner/Some.Model_1")).unwrap();
        assert!(
            proposal.yaml.len() < 100_000,
            "{} bytes",
            proposal.yaml.len()
        );
        let registry = pasted(&proposal).unwrap();
        assert_eq!(registry.model("some.model_1").unwrap().0.content.id, "x");
    }
}

#[test]
fn what_is_no_configuration_is_told_so() {
    let registry = real();
    let bert = json!({"model_type": "bert"}).to_string();
    let deep = "[".repeat(100_000);
    let cases = [
        ("", None),
        ("{", None),
        (deep.as_str(), None),
        ("[]", None),
        ("{}", None),
        (r#"{"model_type": 7}"#, None),
        (r#"{"model_type": "../etc"}"#, None),
        (bert.as_str(), Some("no-owner")),
        (bert.as_str(), Some("owner/\u{202e}name")),
        (bert.as_str(), Some("google-bert/bert-base-uncased")),
        (r#"{"model_type": "llava.next"}"#, Some("a/b")),
    ];
    let mut all = String::new();
    for (config, hub_id) in cases {
        match propose(&registry, config, hub_id) {
            Ok(proposal) => all += &format!("proposed {}\n", proposal.file),
            Err(error) => all += &format!("{error}\n"),
        }
    }
    // The line moves whenever the family's file does.
    insta::with_settings!({ filters => [(r"bert\.yaml:\d+", "bert.yaml:LINE")] }, {
        insta::assert_snapshot!(all);
    });
}
