//! The kit's families of stages, detectors and segmenters are exported, and what was written is read back.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint_files::{kit, parts};
use crate::staged::STAGED;
use serde_json::json;

use export::{ExportOptions, GraphReport, Head, Precision, Report, export, parameters};

fn options(family: &str) -> ExportOptions {
    ExportOptions {
        image_size: (family == "segformer").then_some((32, 32)),
        ..ExportOptions::default()
    }
}

fn exported(family: &str, options: &ExportOptions) -> (tempfile::TempDir, Report) {
    let dir = tempfile::tempdir().unwrap();
    let (_, recipe) = STAGED.iter().find(|(name, _)| *name == family).unwrap();
    let report = export(recipe, &kit(family), options, dir.path()).unwrap();
    (dir, report)
}

#[test]
fn every_family_has_its_graphs_with_their_inputs_and_outputs() {
    let owned =
        |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
    let check = |family: &str, head: Head, expected: &[(&str, &[&str], &[&str])]| {
        let options = ExportOptions {
            head,
            ..options(family)
        };
        let (dir, report) = exported(family, &options);
        assert_eq!(report.graphs.len(), expected.len(), "{family}");
        for (graph, (name, inputs, outputs)) in report.graphs.iter().zip(expected) {
            let GraphReport {
                name: found,
                inputs: taken,
                outputs: given,
                files,
                nodes,
            } = graph;
            assert_eq!((found, taken.as_slice()), (name, &owned(inputs)[..]));
            assert_eq!(given, &owned(outputs), "{family}");
            assert_eq!(files, &[dir.path().join(format!("{name}.onnx"))]);
            let written = crate::onnx_file::read(&files[0]).graph.unwrap();
            assert_eq!(written.node.len(), *nodes);
        }
    };
    let pixels = ["pixel_values"];
    let classified = ["logits", "last_hidden_state"];
    let pooled = ["last_hidden_state", "pooler_output"];
    for family in ["swin", "convnext"] {
        check(family, Head::Auto, &[("model", &pixels, &classified)]);
        check(family, Head::Base, &[("model", &pixels, &pooled)]);
    }
    check("segformer", Head::Auto, &[("model", &pixels, &["logits"])]);
    check(
        "detr",
        Head::Auto,
        &[(
            "model",
            &["pixel_values", "pixel_mask"],
            &[
                "logits",
                "pred_boxes",
                "last_hidden_state",
                "encoder_last_hidden_state",
            ],
        )],
    );
    let embeddings = ["image_embeddings", "image_positional_embeddings"];
    check(
        "sam",
        Head::Auto,
        &[
            ("vision_encoder", &pixels, &embeddings),
            (
                "prompt_encoder_mask_decoder",
                &["input_points", "input_labels", embeddings[0], embeddings[1]],
                &["iou_scores", "pred_masks"],
            ),
        ],
    );
}

#[test]
fn every_value_is_computed_before_it_is_used_and_used_after() {
    for (family, _) in STAGED {
        let (_dir, report) = exported(family, &options(family));
        for file in report.graphs.iter().map(|graph| &graph.files[0]) {
            let graph = crate::onnx_file::read(file).graph.unwrap();
            let inputs = graph.input.iter().map(|input| input.name.clone());
            let constants = graph.initializer.iter().map(|tensor| tensor.name.clone());
            let mut known: BTreeSet<String> = inputs.chain(constants).collect();
            let mut unused = known.clone();
            for node in &graph.node {
                for input in &node.input {
                    assert!(
                        known.contains(input),
                        "{family}: {} needs {input}",
                        node.name
                    );
                    unused.remove(input);
                }
                for output in &node.output {
                    assert!(known.insert(output.clone()), "{family}: {output} twice");
                    unused.insert(output.clone());
                }
            }
            let outputs: BTreeSet<String> = graph
                .output
                .iter()
                .map(|output| output.name.clone())
                .collect();
            assert!(unused.is_subset(&outputs), "{family}: {unused:?} is dead");
        }
    }
}

#[test]
fn the_same_checkpoint_gives_the_same_bytes_and_half_of_them_in_half_precision() {
    for (family, _) in STAGED {
        let bytes = |precision| {
            let options = ExportOptions {
                precision,
                ..options(family)
            };
            let (_dir, report) = exported(family, &options);
            let file = |graph: &GraphReport| std::fs::read(&graph.files[0]).unwrap();
            report.graphs.iter().flat_map(file).collect::<Vec<u8>>()
        };
        let whole = bytes(Precision::Fp32);
        assert!(whole == bytes(Precision::Fp32), "{family}");
        assert!(bytes(Precision::Fp16).len() < whole.len(), "{family}");
    }
}

#[test]
fn parameters_are_the_tensors_of_the_kit() {
    // Buffers, and what only masks given as a prompt or a single mask need.
    let ignored = |name: &str| {
        name.ends_with("relative_position_index")
            || name.ends_with("num_batches_tracked")
            || name.starts_with("prompt_encoder.mask_embed")
            || name.starts_with("mask_decoder.output_hypernetworks_mlps.0")
    };
    for (family, recipe) in STAGED {
        let config = std::fs::read_to_string(kit(family).join("config.json")).unwrap();
        let (header, _) = parts(&kit(family).join("model.safetensors"));
        let mut expected = BTreeMap::new();
        for (name, info) in header.as_object().unwrap() {
            let shape = info["shape"].as_array().filter(|_| !ignored(name));
            if let Some(shape) = shape {
                let shape: Vec<u64> = shape.iter().map(|size| size.as_u64().unwrap()).collect();
                expected.insert(name.clone(), shape);
            }
        }
        let found: BTreeMap<String, Vec<u64>> = parameters(&recipe, &config)
            .unwrap()
            .into_iter()
            .map(|spec| (spec.name, spec.shape))
            .collect();
        assert_eq!(found, expected, "{family}");
    }
}

#[test]
fn configurations_that_cannot_be_are_refused() {
    let config = |family: &str| {
        let text = std::fs::read_to_string(kit(family).join("config.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let check = |family: &str, pointer: &str, value: serde_json::Value, expected: &str| {
        let mut config = config(family);
        *config.pointer_mut(pointer).unwrap() = value;
        let (_, recipe) = STAGED.iter().find(|(name, _)| *name == family).unwrap();
        let error = parameters(recipe, &config.to_string())
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(
        "swin",
        "/window_size",
        json!(5),
        "`window_size` is 5; allowed: at most the 4 x 4 patches of stage 1",
    );
    check(
        "swin",
        "/num_heads",
        json!([2, 5]),
        "`num_heads` is [2,5]; allowed: divisors",
    );
    check("swin", "/depths", json!([]), "`depths` is []");
    check(
        "swin",
        "/use_absolute_embeddings",
        json!(true),
        "`use_absolute_embeddings` is true; allowed: false",
    );
    check(
        "convnext",
        "/depths",
        json!([1, 1]),
        "`depths` is [1,1]; allowed: lists of 4",
    );
    check(
        "convnext",
        "/image_size",
        json!(16),
        "an image of 16 x 16 pixels",
    );
    check(
        "detr",
        "/use_timm_backbone",
        json!(true),
        "`use_timm_backbone` is true",
    );
    check(
        "detr",
        "/backbone_config/layer_type",
        json!("dense"),
        "`backbone_config.layer_type` is \"dense\"; allowed: bottleneck, basic",
    );
    check(
        "detr",
        "/d_model",
        json!(26),
        "`d_model` is 26; allowed: multiples of 4",
    );
    check(
        "sam",
        "/vision_config/num_pos_feats",
        json!(9),
        "`vision_config.num_pos_feats` is 9",
    );
    check(
        "sam",
        "/mask_decoder_config/hidden_size",
        json!(24),
        "`mask_decoder_config.hidden_size` is 24; allowed: 16",
    );
    check(
        "sam",
        "/vision_config/image_size",
        json!(60),
        "an image of 60 x 60 pixels",
    );
    check(
        "segformer",
        "/num_attention_heads",
        json!([1, 5, 2]),
        "`num_attention_heads` is [1,5,2]",
    );
    check(
        "segformer",
        "/reshape_last_stage",
        json!(false),
        "`reshape_last_stage` is false; allowed: true",
    );
}
