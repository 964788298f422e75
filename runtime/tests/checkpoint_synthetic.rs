//! Synthetic checkpoints: whole, the same every time, different with the seed, and refused where they cannot be.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use export::recipe::{
    NormEps, NormPlace, Positions, Recipe, TextEncoder, TextEncoderConfig, TextEncoderWeights,
    TokenTypes,
};
use half::f16;
use runtime::cache::{Cache, Silent};
use runtime::catalog::{
    Architecture, Family, Group, Modality, Model, Resources, Synthetic, TaskName,
};
use runtime::checkpoint::{
    self, Checkpoint, CheckpointError, CheckpointSpec, Hub, Policy, SyntheticForm, SyntheticSize,
    synthesize,
};
use safetensors::SafeTensors;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const ENCODER: Recipe = Recipe::TextEncoder(TextEncoder {
    prefix: "bert.",
    positions: Positions::Index,
    token_types: TokenTypes::Input,
    norm: NormPlace::Post,
    config: TextEncoderConfig {
        hidden_size: "hidden_size",
        layers: "num_hidden_layers",
        heads: "num_attention_heads",
        intermediate_size: "intermediate_size",
        activation: "hidden_act",
        norm_eps: NormEps::Key("layer_norm_eps"),
    },
    weights: TextEncoderWeights {
        word_embeddings: "embeddings.word_embeddings.weight",
        position_embeddings: "embeddings.position_embeddings.weight",
        token_type_embeddings: Some("embeddings.token_type_embeddings.weight"),
        norm: "embeddings.LayerNorm",
        query: "encoder.layer.{layer}.attention.self.query",
        key: "encoder.layer.{layer}.attention.self.key",
        value: "encoder.layer.{layer}.attention.self.value",
        attention_output: "encoder.layer.{layer}.attention.output.dense",
        attention_norm: "encoder.layer.{layer}.attention.output.LayerNorm",
        intermediate: "encoder.layer.{layer}.intermediate.dense",
        output: "encoder.layer.{layer}.output.dense",
        output_norm: "encoder.layer.{layer}.output.LayerNorm",
        pooler: Some("pooler.dense"),
    },
    relative_bias: None,
    mask_head: None,
});

/// The configuration of the reference checkpoint, with this vocabulary.
fn config(vocabulary: u32) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference/bert/config.json");
    let text = fs::read_to_string(root).unwrap();
    text.replace(
        "\"vocab_size\": 300",
        &format!("\"vocab_size\": {vocabulary}"),
    )
}

fn model(recipe: Option<&Recipe>, modality: Modality, synthetic: Synthetic) -> Model {
    let family = Family {
        id: "bert",
        title: "BERT",
        group: Group::Embedding,
        modality,
        architecture: Architecture {
            name: "bert",
            recipe: recipe.copied(),
            reference: None,
            synthetic,
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

fn text_model(config: String) -> Model {
    let synthetic = Synthetic {
        config: config.leak(),
        preprocessor: None,
    };
    model(Some(&ENCODER), Modality::Text, synthetic)
}

fn resolve(model: &Model, seed: u64, cache: &TempDir) -> Result<Checkpoint, CheckpointError> {
    let policy = Policy {
        cache: Cache::at(cache.path()),
        reference: None,
        hub: Hub {
            endpoint: "http://127.0.0.1:9".to_owned(),
            cache: cache.path().join("hub"),
            token: None,
            is_offline: true,
            stall: Duration::from_secs(1),
        },
    };
    let spec = CheckpointSpec::Synthetic {
        size: SyntheticSize::Tiny,
        seed,
    };
    checkpoint::resolve(&spec, model, &policy, &Silent)
}

/// Every file of a folder with its hash.
fn hashes(checkpoint: &Checkpoint) -> BTreeMap<String, String> {
    let entries = fs::read_dir(checkpoint.root()).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let hash = Sha256::digest(fs::read(entry.path()).unwrap());
        let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        (entry.file_name().into_string().unwrap(), hash)
    });
    entries.collect()
}

#[test]
fn it_has_every_tensor_of_the_architecture() {
    let cache = tempfile::tempdir().unwrap();
    let text = config(300);
    let checkpoint = resolve(&text_model(text.clone()), 0, &cache).unwrap();
    assert_eq!(checkpoint.identity(), "synthetic bert, tiny, seed 0");
    assert!(!checkpoint.has_reference());
    assert_eq!(
        fs::read_to_string(checkpoint.file("config.json").unwrap()).unwrap(),
        text
    );

    let files = checkpoint.weight_files().unwrap();
    let bytes = fs::read(&files[0]).unwrap();
    let weights = SafeTensors::deserialize(&bytes).unwrap();
    let parameters = export::parameters(&ENCODER, &text).unwrap();
    assert_eq!(weights.len(), parameters.len());
    for parameter in parameters {
        let tensor = weights.tensor(&parameter.name).unwrap();
        let shape: Vec<u64> = tensor.shape().iter().map(|size| *size as u64).collect();
        assert_eq!(shape, parameter.shape, "{}", parameter.name);
        let mut values = tensor
            .data()
            .chunks_exact(4)
            .map(|value| f32::from_le_bytes(value.try_into().unwrap()));
        assert!(
            values.all(|value| value.is_finite() && value.abs() < 2.0),
            "{}",
            parameter.name
        );
    }
}

#[test]
fn the_same_everywhere_and_different_with_the_seed() {
    let model = text_model(config(300));
    let caches = [0; 3].map(|_| tempfile::tempdir().unwrap());
    let [first, again, other] = [(0, 0), (1, 0), (2, 1)]
        .map(|(cache, seed): (usize, u64)| hashes(&resolve(&model, seed, &caches[cache]).unwrap()));
    assert_eq!(first, again);
    assert_ne!(first["model.safetensors"], other["model.safetensors"]);
    assert_eq!(first["tokenizer.json"], other["tokenizer.json"]);
    // Every machine must come to these bytes; a change needs a new `FORMAT` beside the code.
    let lines = first.iter().map(|(name, hash)| format!("{name} {hash}"));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn configuration_and_seed_are_the_key() {
    let cache = tempfile::tempdir().unwrap();
    let root = |vocabulary, seed| {
        let checkpoint = resolve(&text_model(config(vocabulary)), seed, &cache).unwrap();
        checkpoint.root().to_owned()
    };
    let first = root(300, 0);
    assert_eq!(first, root(300, 0));
    assert_ne!(first, root(301, 0));
    assert_ne!(first, root(300, 1));
}

#[test]
fn images_get_a_preprocessor_and_no_tokenizer() {
    let cache = tempfile::tempdir().unwrap();
    let synthetic = Synthetic {
        config: config(300).leak(),
        preprocessor: Some(r#"{"do_resize": true}"#),
    };
    let checkpoint = resolve(
        &model(Some(&ENCODER), Modality::Vision, synthetic),
        0,
        &cache,
    )
    .unwrap();
    let preprocessor = checkpoint
        .json("preprocessor_config.json")
        .unwrap()
        .unwrap();
    assert_eq!(preprocessor["do_resize"], true);
    assert_eq!(checkpoint.file("tokenizer.json"), None);
}

#[test]
fn what_cannot_be_made_says_why() {
    let cache = tempfile::tempdir().unwrap();
    let synthetic = Synthetic {
        config: "{}",
        preprocessor: None,
    };
    let messages = [
        model(None, Modality::Text, synthetic),
        text_model("{".to_owned()),
        text_model("{}".to_owned()),
        text_model(config(260)),
    ]
    .map(|model| {
        let error = resolve(&model, 0, &cache).unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        format!("{error}: {}", cause.unwrap_or_default())
    });
    insta::assert_snapshot!(messages.join("\n"));
    let left = fs::read_dir(cache.path().join("synthetic")).unwrap();
    let left = left.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(left.count(), 0);
}

#[test]
fn shards_of_half_precision_hold_the_same_numbers() {
    const SHARD_BYTES: u64 = 20_000;
    let text = config(300);
    let model = text_model(text.clone());
    let architecture = &model.family.architecture;
    let (whole, shards) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let form = SyntheticForm::of_seed(3);
    synthesize(architecture, &ENCODER, &text, form, whole.path(), &Silent).unwrap();
    let form = SyntheticForm {
        is_half: true,
        shard_bytes: Some(SHARD_BYTES),
        ..form
    };
    synthesize(architecture, &ENCODER, &text, form, shards.path(), &Silent).unwrap();

    let bytes = fs::read(whole.path().join("model.safetensors")).unwrap();
    let expected = SafeTensors::deserialize(&bytes).unwrap();
    let files = Checkpoint::local(shards.path()).unwrap();
    let files = files.weight_files().unwrap();
    assert!(files.len() > 2, "{files:?}");
    let index = fs::read(shards.path().join("model.safetensors.index.json")).unwrap();
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    let mut found = 0;
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let sizes = tensors
            .tensors()
            .iter()
            .map(|(_, tensor)| tensor.data().len() as u64)
            .sum::<u64>();
        assert!(
            sizes <= SHARD_BYTES || tensors.len() == 1,
            "{}: {sizes}",
            file.display()
        );
        for (name, tensor) in tensors.tensors() {
            assert_eq!(
                index["weight_map"][&name],
                file.file_name().unwrap().to_str().unwrap()
            );
            let whole = expected.tensor(&name).unwrap();
            assert_eq!(tensor.shape(), whole.shape());
            let halves = tensor
                .data()
                .chunks_exact(2)
                .map(|half| f16::from_le_bytes(half.try_into().unwrap()));
            let floats = whole
                .data()
                .chunks_exact(4)
                .map(|float| f32::from_le_bytes(float.try_into().unwrap()));
            // What would be subnormal is the smallest normal number.
            let rounded = floats.map(|float| {
                let half = f16::from_f32(float);
                let sign = f16::from_f32(1.0_f32.copysign(float));
                if half.is_normal() {
                    half
                } else {
                    f16::MIN_POSITIVE * sign
                }
            });
            assert!(halves.eq(rounded), "{name}");
            found += 1;
        }
    }
    assert_eq!(found, expected.len());
}
