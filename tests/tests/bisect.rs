//! A bisection names the node that is wrong on one side, and finds none where a platform computes what the CPU does.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking too"
)]

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use generated::CATALOG;
use runtime::Error;
use runtime::bisect::{Evaluator, Given, GraphFindings, Here, Operand, Recorded, Settings, bisect};
use runtime::cache::Silent;
use runtime::catalog::{Platform, Precision};
use runtime::checkpoint::CheckpointSpec;
use runtime::distribution::{self, Policy};
use runtime::engine::Recording;
use runtime::engine::ort::OrtEngine;
use runtime::export::{ExportOptions, GraphListing, export};
use runtime::session::LoadOptions;
use runtime::tensor::NamedTensors;
use workspace_tests::{assay, reference};

/// Runs a copy of each graph in which some bytes are others.
struct Doctored {
    inner: Here,
    from: Vec<u8>,
    to: Vec<u8>,
}

impl Evaluator for Doctored {
    fn evaluate(&mut self, graph: &Path, feeds: &NamedTensors) -> Result<Given, Error> {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("model.onnx");
        let mut bytes = fs::read(graph).unwrap();
        let at = places(&bytes, &self.from)[0];
        bytes[at..at + self.to.len()].copy_from_slice(&self.to);
        fs::write(&copy, bytes).unwrap();
        self.inner.evaluate(&copy, feeds)
    }
}

/// Where some bytes stand among others.
fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(wanted.len()).enumerate();
    windows
        .filter(|(_, window)| *window == wanted)
        .map(|(at, _)| at)
        .collect()
}

fn cpu() -> Here {
    Here(Box::new(OrtEngine::load(Platform::Cpu, &Silent).unwrap()))
}

/// What a family's graphs are fed.
fn recorded(model: &str, platform: Platform, run: usize) -> Recorded {
    let options = LoadOptions {
        checkpoint: CheckpointSpec::Reference,
        ..LoadOptions::default()
    };
    let skill = CATALOG.find(model).unwrap().skill(platform).unwrap();
    let run = NonZeroUsize::new(run).unwrap();
    skill.record(&options, run).unwrap()
}

fn find(recording: &Recording, other: &mut dyn Evaluator, is_every_node: bool) -> GraphFindings {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        bound: None,
        precision: Precision::Fp32,
        platform: Platform::OpenVino,
        is_every_node,
        folder: folder.path(),
        progress: &Silent,
    };
    let found = bisect(recording, &mut cpu(), other, &settings).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    found
}

#[test]
fn the_node_whose_weight_was_changed_is_named() {
    let recorded = recorded("bert", Platform::OpenVino, 1);
    let [recording] = recorded.graphs.as_slice() else {
        panic!("expected one graph, got {:?}", recorded.graphs);
    };
    let file = fs::read(&recording.graph).unwrap();
    let listing = GraphListing::read(&recording.graph).unwrap();
    let weights = fs::read(reference("bert").join("model.safetensors")).unwrap();
    let weights = safetensors::SafeTensors::deserialize(&weights).unwrap();
    let mut planted = 0;
    for (name, weight) in weights.iter() {
        let mut takers = listing
            .nodes
            .iter()
            .filter(|it| it.inputs.iter().any(|it| it == name));
        let (Some(node), None) = (takers.next(), takers.next()) else {
            continue;
        };
        // Biases and scales stand in the graph as they do in the checkpoint.
        if weight.shape().len() != 1 || places(&file, weight.data()).len() != 1 {
            continue;
        }
        // One number of them: the same added to all would vanish in a normalisation after it.
        let mut changed = weight.data().to_vec();
        let number = f32::from_le_bytes(changed[..4].try_into().unwrap());
        changed[..4].copy_from_slice(&(number + 0.25).to_le_bytes());
        let mut other = Doctored {
            inner: cpu(),
            from: weight.data().to_vec(),
            to: changed,
        };
        let found = find(recording, &mut other, false);
        if name.contains("key.bias") && found.culprit.is_none() {
            // The same for every key, it takes no part in what softmax gives: only a look at every node shows it.
            let walked = find(recording, &mut other, true);
            assert_eq!(walked.culprit.unwrap().node, node.name, "{name}");
            continue;
        }
        assert!(found.diverges(), "{name}");
        let culprit = found.culprit.unwrap();
        assert_eq!(
            (&culprit.node, &culprit.operator),
            (&node.name, &node.operator)
        );
        assert!(culprit.is_confirmed && culprit.hiding.is_empty() && culprit.refused.is_empty());
        let diverges =
            |operand: &Operand| matches!(operand, Operand::Compared(it) if it.diverges());
        assert!(
            culprit.outputs.iter().all(|(_, it)| diverges(it)),
            "{culprit:?}"
        );
        assert!(
            !culprit.inputs.iter().any(|(_, it)| diverges(it)),
            "{culprit:?}"
        );
        planted += 1;
    }
    assert!(planted >= 10, "{planted} weights");
}

#[test]
fn equal_sides_diverge_nowhere_whatever_graph_or_run() {
    for (model, platform, graphs) in [
        (
            "t5",
            Platform::WebGpu,
            &["encoder_model", "decoder_model", "decoder_with_past_model"][..],
        ),
        ("llama", Platform::Cpu, &["model"][..]),
    ] {
        let recorded = recorded(model, platform, 3);
        let stem = |it: &Recording| it.graph.file_stem().unwrap().to_string_lossy().into_owned();
        let stems: Vec<_> = recorded.graphs.iter().map(stem).collect();
        assert_eq!(stems, graphs, "{model}");
        for recording in &recorded.graphs {
            let found = find(recording, &mut cpu(), true);
            assert!(!found.diverges(), "{model} {found:?}");
            assert_eq!(found.compared, found.values, "{model} {found:?}");
            assert!(
                found.values > 60 && found.refused.is_empty(),
                "{model} {found:?}"
            );
        }
        // A model that generates runs its decoder once a token.
        assert!(recorded.graphs.last().unwrap().run > 1, "{model}");
    }
}

#[test]
fn weights_beside_a_graph_are_found_from_its_copies() {
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions {
        external_data_above: 1 << 10,
        ..ExportOptions::default()
    };
    let architecture = CATALOG.find("bert").unwrap().model.family.architecture;
    let recipe = architecture.recipe.unwrap();
    export(&recipe, &reference("bert"), &options, folder.path()).unwrap();
    let graph: PathBuf = folder.path().join("model.onnx");
    assert!(graph.with_file_name("model.onnx_data").is_file());
    let recording = Recording {
        graph,
        ..recorded("bert", Platform::Cpu, 1).graphs.remove(0)
    };
    let found = find(&recording, &mut cpu(), true);
    assert!(!found.diverges() && found.compared > 50, "{found:?}");
}

#[test]
fn openvino_computes_what_the_cpu_does_where_it_is_at_hand() {
    let policy = Policy::from_env().unwrap();
    let cpu = distribution::resolve(Platform::Cpu, &policy, &Silent).unwrap();
    let found = distribution::probe(Platform::OpenVino, &policy);
    let is_at_hand = found.devices.is_ok() && found.library.is_ok();
    let output = assay(&[
        "bisect",
        "bert",
        "openvino",
        "--checkpoint",
        "reference",
        "--every-node",
    ])
    .unwrap()
    .args(["--format", "json"])
    .env("ORT_DYLIB_PATH", cpu.path)
    .env("ASSAY_OFFLINE", "1")
    .output()
    .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    if !is_at_hand {
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("openvino"), "{error}");
        return;
    }
    assert!(output.status.success(), "{error}");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["diverges"], false);
    let graph = &told["graphs"][0];
    assert!(graph["values_compared"].as_u64().unwrap() > 70, "{told}");
    assert!(
        graph["execution"]
            .as_str()
            .unwrap()
            .contains("OpenVINOExecutionProvider")
    );
}

#[test]
fn a_divergence_ends_with_1_and_names_the_node() {
    let policy = Policy::from_env().unwrap();
    let found = distribution::probe(Platform::OpenVino, &policy);
    if found.devices.is_err() || found.library.is_err() {
        return;
    }
    let arguments = ["bisect", "bert", "openvino", "--checkpoint", "reference"];
    let mut command = assay(&arguments).unwrap();
    // Nobody computes to the last bit as somebody else does.
    let output = command.args(["--tolerance", "0"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}{error}");
    assert!(text.contains("first node that diverges: /"), "{text}");
    assert!(
        error.contains("1 of 1 graphs diverge; `model` first, at /"),
        "{error}"
    );
}
