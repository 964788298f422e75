//! A checkpoint made of nothing but what `parameters` names can be exported.

use std::path::Path;

use export::recipe::Recipe;
use export::{ExportOptions, Report, export, parameters};
use serde_json::{Map, Value, json};

use crate::checkpoint_files::{kit, safetensors};
use crate::families::{DEIT, FAMILIES, HUBERT, WAVLM};

/// Writes a checkpoint whose weights are all zero.
fn write(recipe: &Recipe, config: &str, dir: &Path) {
    let mut header = Map::new();
    let mut end = 0;
    for spec in parameters(recipe, config).unwrap() {
        let start = end;
        end += 4 * spec.shape.iter().product::<u64>();
        let info = json!({"dtype": "F32", "shape": spec.shape, "data_offsets": [start, end]});
        header.insert(spec.name, info);
    }
    let header = Value::Object(header).to_string();
    let weights = safetensors(&header, &vec![0; end as usize]);
    std::fs::write(dir.join("config.json"), config).unwrap();
    std::fs::write(dir.join("model.safetensors"), weights).unwrap();
}

fn round_trip(recipe: &Recipe, config: &str) -> Report {
    let dir = tempfile::tempdir().unwrap();
    write(recipe, config, dir.path());
    export(recipe, dir.path(), &ExportOptions::default(), dir.path()).unwrap()
}

#[test]
fn parameters_suffice_for_every_family() {
    for (family, recipe) in FAMILIES {
        let config = std::fs::read_to_string(kit(family).join("config.json")).unwrap();
        let parameters = parameters(&recipe, &config).unwrap();
        let report = round_trip(&recipe, &config);
        let expected: u64 = parameters
            .iter()
            .map(|spec| spec.shape.iter().product::<u64>())
            .sum();
        assert_eq!(report.parameters, expected, "{family}");
    }
}

#[test]
fn a_configuration_without_a_class_gives_the_usual_form() {
    let check = |family: &str, class: &str, outputs: &[&str]| {
        let text = std::fs::read_to_string(kit(family).join("config.json")).unwrap();
        let mut config: Value = serde_json::from_str(&text).unwrap();
        match class {
            "" => config.as_object_mut().unwrap().remove("architectures"),
            class => config
                .as_object_mut()
                .unwrap()
                .insert("architectures".to_owned(), json!([class])),
        };
        let recipe = crate::families::recipe(family).unwrap();
        assert_eq!(
            round_trip(&recipe, &config.to_string()).graphs[0].outputs,
            outputs,
            "{family} {class}"
        );
    };
    check("bert", "", &["last_hidden_state", "pooler_output"]);
    check("bert", "BertForMaskedLM", &["logits"]);
    check("roberta", "RobertaForMaskedLM", &["logits"]);
    check("mpnet", "MPNetForMaskedLM", &["logits"]);
    check("distilbert", "DistilBertForMaskedLM", &["logits"]);
    check("vit", "", &["logits", "last_hidden_state"]);
    check("vit", "ViTModel", &["last_hidden_state"]);
}

#[test]
fn an_untied_head_has_a_matrix_of_its_own() {
    let text = std::fs::read_to_string(kit("bert-mlm").join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config["tie_word_embeddings"] = json!(false);
    let recipe = crate::families::recipe("bert-mlm").unwrap();
    let names = |config: &Value| {
        let parameters = parameters(&recipe, &config.to_string()).unwrap();
        parameters
            .into_iter()
            .map(|spec| spec.name)
            .collect::<Vec<_>>()
    };
    assert!(names(&config).contains(&"cls.predictions.decoder.weight".to_owned()));
    round_trip(&recipe, &config.to_string());
}

#[test]
fn deit_reads_both_of_its_tokens() {
    let config = std::fs::read_to_string(kit("vit").join("config.json")).unwrap();
    let recipe = Recipe::VisionTransformer(DEIT);
    let parameters = parameters(&recipe, &config).unwrap();
    let shape = |name: &str| {
        let spec = parameters.iter().find(|spec| spec.name == name);
        spec.unwrap().shape.clone()
    };
    // 16 patches and two tokens.
    assert_eq!(shape("deit.embeddings.position_embeddings"), [1, 18, 32]);
    assert_eq!(shape("deit.embeddings.distillation_token"), [1, 1, 32]);
    assert_eq!(shape("distillation_classifier.weight"), [5, 32]);
    assert_eq!(
        round_trip(&recipe, &config).graphs[0].outputs,
        ["logits", "last_hidden_state"]
    );
}

#[test]
fn encoders_of_waveforms_differ_in_data_alone() {
    let text = std::fs::read_to_string(kit("wav2vec2").join("config.json")).unwrap();
    let check = |recipe, edits: &[(&str, Value)], inputs: &[&str], own: &str, absent: &str| {
        let mut config: Value = serde_json::from_str(&text).unwrap();
        for (key, value) in edits {
            config[*key] = value.clone();
        }
        let config = config.to_string();
        let recipe = Recipe::AudioEncoder(recipe);
        let names: Vec<String> = parameters(&recipe, &config)
            .unwrap()
            .into_iter()
            .map(|spec| spec.name)
            .collect();
        assert!(names.contains(&own.to_owned()), "{own}");
        assert!(!names.contains(&absent.to_owned()), "{absent}");
        assert_eq!(round_trip(&recipe, &config).graphs[0].inputs, inputs);
    };
    let class = |class: &str| ("architectures", json!([class]));
    check(
        HUBERT,
        &[
            class("HubertForCTC"),
            ("feat_extract_norm", json!("layer")),
            ("do_stable_layer_norm", json!(true)),
        ],
        &["input_values", "attention_mask"],
        "hubert.feature_extractor.conv_layers.6.layer_norm.weight",
        "wav2vec2.encoder.layer_norm.weight",
    );
    check(
        HUBERT,
        &[class("HubertModel"), ("feat_proj_layer_norm", json!(false))],
        &["input_values"],
        "encoder.layer_norm.weight",
        "feature_projection.layer_norm.weight",
    );
    check(
        WAVLM,
        &[
            class("WavLMForCTC"),
            ("num_buckets", json!(32)),
            ("max_bucket_distance", json!(80)),
        ],
        &["input_values"],
        "wavlm.encoder.layers.1.attention.gru_rel_pos_const",
        "wavlm.encoder.layers.1.attention.rel_attn_embed.weight",
    );
}
