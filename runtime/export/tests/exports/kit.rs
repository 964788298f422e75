//! Every family of the reference kit is exported, and what was written is read back.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint_files::{kit, parts};
use crate::families::FAMILIES;
use export::{ExportOptions, GraphReport, Head, Precision, Report, export, parameters};

/// A tensor as `(shape, numbers)`.
type Tensors = BTreeMap<String, (Vec<u64>, Vec<f32>)>;

fn options(family: &str) -> ExportOptions {
    ExportOptions {
        image_size: (family == "dinov2").then_some((28, 28)),
        ..ExportOptions::default()
    }
}

fn stored(family: &str) -> Tensors {
    let (header, data) = parts(&kit(family).join("model.safetensors"));
    let mut tensors = BTreeMap::new();
    for (name, info) in header.as_object().unwrap() {
        if info["dtype"] != "F32" {
            continue;
        }
        let place = |which: usize| info["data_offsets"][which].as_u64().unwrap() as usize;
        let shape = info["shape"].as_array().unwrap();
        let shape = shape.iter().map(|size| size.as_u64().unwrap()).collect();
        tensors.insert(name.clone(), (shape, floats(&data[place(0)..place(1)])));
    }
    tensors
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let (fours, _) = bytes.as_chunks::<4>();
    fours.iter().map(|&four| f32::from_le_bytes(four)).collect()
}

#[test]
fn every_family_has_its_inputs_and_outputs() {
    let dir = tempfile::tempdir().unwrap();
    let check = |family: &str, head, inputs: &[&str], outputs: &[&str]| {
        let options = ExportOptions {
            head,
            ..options(family)
        };
        let path = dir.path().join("model.onnx");
        let recipe = crate::families::recipe(family).unwrap();
        let report = export(&recipe, &kit(family), &options, dir.path()).unwrap();
        let opset = report.opset;
        let [report] = <[GraphReport; 1]>::try_from(report.graphs).unwrap();
        assert_eq!(report.inputs, inputs, "{family}");
        assert_eq!(report.outputs, outputs, "{family}");
        let model = crate::onnx_file::read(&path);
        let graph = model.graph.unwrap();
        let names = |values: &[crate::onnx_file::Named]| {
            values.iter().map(|v| v.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&graph.input), inputs);
        assert_eq!(names(&graph.output), outputs);
        assert_eq!(
            (model.ir_version, model.opset_import[0].version),
            (8, opset)
        );
        assert_eq!(graph.node.len(), report.nodes);
        assert_eq!(report.files, [path]);
    };
    let typed = ["input_ids", "attention_mask", "token_type_ids"];
    let untyped = ["input_ids", "attention_mask"];
    let pooled = ["last_hidden_state", "pooler_output"];
    check("bert", Head::Auto, &typed, &pooled);
    check("bert-mlm", Head::Auto, &typed, &["logits"]);
    check("bert-mlm", Head::Base, &typed, &["last_hidden_state"]);
    check("roberta", Head::Auto, &untyped, &pooled);
    check("distilbert", Head::Auto, &untyped, &["last_hidden_state"]);
    check("mpnet", Head::Auto, &untyped, &pooled);
    check(
        "vit",
        Head::Auto,
        &["pixel_values"],
        &["logits", "last_hidden_state"],
    );
    check("vit", Head::Base, &["pixel_values"], &["last_hidden_state"]);
    check("dinov2", Head::Auto, &["pixel_values"], &pooled);
    check(
        "clap",
        Head::Auto,
        &["input_ids", "attention_mask", "input_features"],
        &[
            "logits_per_audio",
            "logits_per_text",
            "text_embeds",
            "audio_embeds",
            "text_pooler_output",
            "audio_pooler_output",
            "audio_last_hidden_state",
        ],
    );
    check("wav2vec2", Head::Auto, &["input_values"], &["logits"]);
    check(
        "wav2vec2",
        Head::Base,
        &["input_values"],
        &["last_hidden_state"],
    );
}

#[test]
fn every_weight_reaches_the_model_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    for (family, recipe) in FAMILIES {
        let path = dir.path().join("model.onnx");
        export(&recipe, &kit(family), &options(family), dir.path()).unwrap();
        let written = crate::onnx_file::initializers(&path);
        let mut seen = 0;
        for (name, (shape, numbers)) in stored(family) {
            if let Some(as_stored) = written.get(&name) {
                assert_eq!(
                    as_stored.dims,
                    shape.iter().map(|&size| size as i64).collect::<Vec<_>>()
                );
                assert_eq!(floats(&as_stored.bytes), numbers, "{family} {name}");
                seen += 1;
            } else if let Some(turned) = written.get(&format!("{name}.transposed")) {
                let (rows, columns) = (shape[0] as usize, shape[1] as usize);
                let found = floats(&turned.bytes);
                for (place, number) in numbers.iter().enumerate() {
                    let (row, column) = (place / columns, place % columns);
                    assert_eq!(
                        found[column * rows + row].to_bits(),
                        number.to_bits(),
                        "{family} {name}"
                    );
                }
                seen += 1;
            }
        }
        // What is left goes into tables: positions, tokens, token types, distances, statistics, scales.
        let in_tables = if family == "clap" { 11 } else { 4 };
        assert!(
            seen + in_tables >= stored(family).len(),
            "{family}: {seen} of {}",
            stored(family).len()
        );
    }
}

#[test]
fn every_value_is_computed_before_it_is_used_and_used_after() {
    let dir = tempfile::tempdir().unwrap();
    for (family, recipe) in FAMILIES {
        let path = dir.path().join("model.onnx");
        export(&recipe, &kit(family), &options(family), dir.path()).unwrap();
        let graph = crate::onnx_file::read(&path).graph.unwrap();
        let inputs = graph.input.iter().map(|input| input.name.clone());
        let constants = graph.initializer.iter().map(|tensor| tensor.name.clone());
        let mut known: BTreeSet<String> = inputs.chain(constants).collect();
        let mut unused = known.clone();
        for node in &graph.node {
            // An empty name stands for an operand that is left out.
            for input in node.input.iter().filter(|input| !input.is_empty()) {
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

#[test]
fn the_same_checkpoint_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    for (family, recipe) in FAMILIES {
        let bytes = |name: &str, precision| {
            let options = ExportOptions {
                precision,
                ..options(family)
            };
            let folder = dir.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            export(&recipe, &kit(family), &options, &folder).unwrap();
            std::fs::read(folder.join("model.onnx")).unwrap()
        };
        assert_eq!(
            bytes("one", Precision::Fp32),
            bytes("other", Precision::Fp32)
        );
        assert!(bytes("half", Precision::Fp16).len() < bytes("one", Precision::Fp32).len());
    }
}

#[test]
fn parameters_are_the_tensors_of_the_kit() {
    // Buffers and training aids that the graph does not need.
    let ignored = [
        "embeddings.position_ids",
        "embeddings.mask_token",
        "wav2vec2.masked_spec_embed",
    ];
    for (family, recipe) in FAMILIES {
        let config = std::fs::read_to_string(kit(family).join("config.json")).unwrap();
        let (header, _) = parts(&kit(family).join("model.safetensors"));
        let tensors = header.as_object().unwrap().iter();
        let tensors = tensors.filter(|(_, info)| info["dtype"] != "I64");
        let mut expected = BTreeMap::new();
        // Causal masks.
        let ignored = |name: &str| ignored.contains(&name) || name.ends_with(".attn.bias");
        for (name, info) in tensors.filter(|(name, _)| !ignored(name)) {
            if let Some(shape) = info["shape"].as_array() {
                let modern = name.replace(".gamma", ".weight").replace(".beta", ".bias");
                let shape: Vec<u64> = shape.iter().map(|size| size.as_u64().unwrap()).collect();
                expected.insert(modern, shape);
            }
        }
        let found: BTreeMap<String, Vec<u64>> = parameters(&recipe, &config)
            .unwrap()
            .into_iter()
            .map(|spec| {
                // The kit's GPT-2 is saved from the class without the head, as the hub's is.
                let name = match family {
                    "gpt2" => spec.name.replace("transformer.", ""),
                    _ => spec.name,
                };
                (name, spec.shape)
            })
            .collect();
        assert_eq!(found, expected, "{family}");
    }
}

#[test]
fn a_report_counts_parameters_and_names_files() {
    let dir = tempfile::tempdir().unwrap();
    let recipe = crate::families::recipe("bert").unwrap();
    let Report {
        parameters, graphs, ..
    } = export(&recipe, &kit("bert"), &ExportOptions::default(), dir.path()).unwrap();
    let expected: usize = stored("bert")
        .values()
        .map(|(_, numbers)| numbers.len())
        .sum();
    assert_eq!(parameters, expected as u64);
    assert_eq!(graphs[0].name, "model");
    assert_eq!(graphs[0].files, [dir.path().join("model.onnx")]);
}
