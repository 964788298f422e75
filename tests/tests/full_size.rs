//! The configurations of full size: their weights are as many as the registry says the models have.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use generated::CATALOG;
use runtime::catalog::Model;
use runtime::export::{self, ParameterSpec};
use serde_json::Value;

fn elements<'s>(specs: impl IntoIterator<Item = &'s ParameterSpec>) -> u64 {
    let of = |spec: &ParameterSpec| spec.shape.iter().product::<u64>();
    specs.into_iter().map(of).sum()
}

/// What statistics a normalisation keeps: buffers, which transformers does not count as parameters.
fn is_statistic(name: &str) -> bool {
    name.ends_with(".running_mean") || name.ends_with(".running_var")
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
        _ => elements(specs.iter().filter(|spec| is_statistic(&spec.name))),
    }
}

/// Parameters of transformers' class that no graph reads, and so no checkpoint here has.
fn unread(model: &Model, config: &Value, specs: &[ParameterSpec]) -> u64 {
    match model.family.id {
        // The vector in place of masked frames (`masked_spec_embed`), for training alone.
        "wav2vec2" => config["hidden_size"].as_u64().unwrap(),
        // Pictures are what the last layer but one says of them: the last, as large as any other, and the norm of the
        // class token after it (`post_layernorm`) are left out.
        "llava" | "llava-next" => {
            assert_eq!(config["vision_feature_layer"], -2);
            let first = specs
                .iter()
                .filter(|spec| spec.name.contains("vision_model.encoder.layers.0."));
            elements(first) + 2 * config["vision_config"]["hidden_size"].as_u64().unwrap()
        }
        _ => 0,
    }
}

#[test]
fn every_weight_is_counted() {
    let mut count = 0;
    for entry in CATALOG.models {
        let model = entry.model;
        let Some(full) = model.full else { continue };
        let recipe = model.family.architecture.recipe.unwrap();
        let specs = export::parameters(&recipe, full.config).unwrap();
        let config = serde_json::from_str(full.config).unwrap();
        let found = elements(&specs) - buffers(model, &specs) + unread(model, &config, &specs);
        assert_eq!(found, model.resources.parameters, "{}", model.id);
        count += 1;
    }
    assert!(count >= 16, "{count}");
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
