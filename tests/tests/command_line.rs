//! The `assay` program as users meet it: what it says and how it ends, on good input and bad.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking too"
)]

use std::fs;

use runtime::cache::Silent;
use runtime::catalog::Platform;
use runtime::distribution::{self, Policy};
use runtime::engine::options::keys;
use runtime::processor::audio::Waveform;
use workspace_tests::{assay, copy_folder, reference, run_assay, workspace};

/// A checkpoint that can be exported.
const BERT: &str = "tests/reference/bert";

/// What users get wrong.
const BAD: &[&[&str]] = &[
    &["run"],
    &["run", "bertt", "text"],
    &["run", "bert", ""],
    &["run", "bert", "text", "--platform", "gpu"],
    &["run", "bert", "text", "--precision", "fp8"],
    &["run", "bert", "text", "--precision", "bf16"],
    &["run", "bert", "text", "--threads", "0"],
    &["run", "bert", "text", "--graph-optimization", "most"],
    &["run", "bert", "text", "--checkpoint", "no/such/folder"],
    &["run", "bert", "text", "--checkpoint", "synthetic:x"],
    &["run", "bert", "text", "--checkpoint", "synthetic:full:x"],
    &[
        "run",
        "bert-large-cased",
        "text",
        "--checkpoint",
        "synthetic:full",
    ],
    &[
        "run",
        "roberta",
        "text",
        "--checkpoint",
        "reference",
        "--onnx",
        "shipped",
    ],
    &["run", "vit", "no-such.png", "--checkpoint", "reference"],
    &["run", "vit", "Cargo.toml", "--checkpoint", "reference"],
    &["run", "llama", "text", "--platform", "webnn"],
    &[
        "run",
        "bert",
        "text",
        "--checkpoint",
        "reference",
        "--output",
        "x.wav",
    ],
    &["run", "vits", "?!", "--checkpoint", "reference"],
    &[
        "run",
        "vits",
        "text",
        "--platform",
        "cpu,openvino",
        "--output",
        "x.wav",
    ],
    &["verify", "tests"],
    &["verify", "no/such/folder"],
    &["export", "tests", "--output", "target/never-made"],
    &["export", "synthetic:full", "--output", "target/never-made"],
    &["export", "synthetic:x", "--output", "target/never-made"],
    &[
        "export",
        "synthetic:full",
        "--model",
        "bert-large-cased",
        "--output",
        "target/never-made",
    ],
    &["export", BERT, "--output", "target", "--static", "batch"],
    &["export", BERT, "--output", "target", "--static", "rows=1"],
    &["export", BERT, "--output", "target", "--kv-cache", "big"],
    &[
        "export",
        BERT,
        "--output",
        "target/never-made",
        "--to",
        "openvino-ir",
    ],
    &["bisect", "bert", "cpu"],
    &["bisect", "llama", "webnn"],
    &["bisect", "bert", "openvino", "--tolerance", "big"],
    &[
        "bisect",
        "bert",
        "openvino",
        "--checkpoint",
        "reference",
        "--graph",
        "decoder_model",
    ],
    &["cost", "bertt"],
    &["cost", "Cargo.json"],
    &["cost", "no-such.onnx"],
    &["cost", "bert-large-cased", "--checkpoint", "synthetic:full"],
    &["cost", BERT, "--axis", "rows=1"],
    &["cost", BERT, "--given", "rows=1"],
    &["cost", "tests/reference/vit", "--sequence", "8"],
    &["cost", "tests/reference/roberta", "--onnx", "shipped"],
    &["setup", "gpu"],
    &[
        "run",
        "bert",
        "text",
        "--platform",
        "openvino",
        "--option",
        "devise=GPU",
    ],
    &["run", "bert", "text", "--option", "cuda.device=1"],
    &[
        "run",
        "bert",
        "text",
        "--platform",
        "cpu,cuda",
        "--option",
        "device=0",
    ],
    &["doctor", "openvino", "--option", "streams=9"],
    &["verify", BERT, "--option", "arena"],
    &["db", "info", "no-such.db"],
    &["db", "check", "Cargo.toml"],
    &["db", "merge", "Cargo.toml", "--into", "target/never-made"],
    &["db", "export", "--format", "parquet", "--output", "x"],
];

#[test]
fn bad_input_ends_with_2_and_says_what_to_do() {
    let mut seen = String::new();
    for arguments in BAD {
        let (code, output, error) = run_assay(arguments).unwrap();
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}: {error}");
        seen.push_str(&format!("assay {}\n{error}\n", arguments.join(" ")));
    }
    assert!(!workspace().join("target/never-made").exists());
    insta::assert_snapshot!(seen);
}

#[test]
fn options_reach_the_provider_and_stand_in_the_evidence() {
    let embedding = |options: &[&str]| {
        let arguments = ["run", "bert", "text", "--checkpoint", "reference"];
        let all = [&arguments[..], &["--format", "json"], options].concat();
        let (code, output, error) = run_assay(&all).unwrap();
        assert_eq!(code, 0, "{error}");
        let mut answer: serde_json::Value = serde_json::from_str(&output).unwrap();
        let given = answer["execution"]["evidence"]["options"].take();
        (answer["output"].take(), given)
    };
    let (usual, none) = embedding(&[]);
    let (with_arena, given) = embedding(&["--option", "arena=on"]);
    assert_eq!(none, serde_json::json!({}));
    assert_eq!(given, serde_json::json!({ "arena": "on" }));
    assert_eq!(usual, with_arena);
}

#[cfg(target_os = "linux")]
#[test]
fn a_library_that_is_none_of_onnx_runtime_ends_with_1_and_its_name() {
    let policy = Policy::from_env().unwrap();
    let library = distribution::resolve(Platform::Cpu, &policy, &Silent).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut hollow = fs::read(&library.path).unwrap();
    // The header of the real one, which promises a file that is not there.
    hollow.truncate(64);
    let promises = [(32, 8), (40, 8), (56, 2), (60, 2)];
    for (at, width) in promises {
        hollow[at..at + width].fill(0);
    }
    let hollow_file = folder.path().join("libhollow.so");
    fs::write(&hollow_file, hollow).unwrap();
    // Another library, which loads but is not ONNX Runtime.
    let other = library
        .path
        .with_file_name("libonnxruntime_providers_shared.so");
    assert!(other.is_file());
    for (file, reason) in [(&hollow_file, "dlopen"), (&other, "OrtGetApiBase")] {
        let mut command = assay(&["run", "bert", "text", "--checkpoint", "reference"]).unwrap();
        let output = command.env("ORT_DYLIB_PATH", file).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        let told = format!("cannot load {}", file.display());
        assert!(error.contains(&told) && error.contains(reason), "{error}");
    }
}

#[test]
fn settings_reach_the_engine_and_stand_in_the_evidence() {
    let run = |given: &[&str]| {
        let arguments = ["run", "bert", "a text", "--checkpoint", "reference"];
        let arguments = [&arguments[..], &["--format", "json"], given].concat();
        run_assay(&arguments).unwrap()
    };
    let (code, told, error) = run(&["--threads", "1", "--no-arena", "--io-binding"]);
    assert_eq!(code, 0, "{error}");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        told["execution"]["evidence"]["settings"],
        serde_json::json!({ "threads": "1", "arena": "off", "io-binding": "on" })
    );
    if cfg!(target_os = "linux") {
        let (code, _, error) = run(&["--affinity", "4000"]);
        assert_eq!(code, 2, "{error}");
    }
}

#[test]
fn peaks_of_a_device_are_told_in_json() {
    let (code, told, error) =
        run_assay(&["devices", "cpu", "--peaks", "--format", "json"]).unwrap();
    assert_eq!(code, 0, "{error}");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let peaks = &told[0]["peaks"];
    assert_eq!(peaks["gflops"]["f32"]["provenance"], "measured", "{told}");
    assert!(peaks["gbps"]["value"].as_f64().unwrap() > 0.0, "{told}");
    assert_eq!(peaks["theoretical_gbps"]["provenance"], "unavailable");
}

#[test]
fn help_lists_the_options_of_every_platform() {
    let (code, help, _) = run_assay(&["run", "--help"]).unwrap();
    assert_eq!(code, 0);
    let (_, listed) = help.split_once("Options of execution providers").unwrap();
    for platform in Platform::ALL {
        assert!(listed.contains(&format!("  {platform}\n")), "{platform}");
        for key in keys(*platform) {
            assert!(listed.contains(&format!("    {} ", key.name)), "{key:?}");
        }
    }
}

#[test]
fn a_checkpoint_that_differs_from_its_reference_ends_with_1() {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&reference("vit"), copy.path()).unwrap();
    let mut weights = fs::read(reference("vit").join("model.safetensors")).unwrap();
    let last = weights.len() - 4;
    weights[last..].copy_from_slice(&3.0_f32.to_le_bytes());
    fs::write(copy.path().join("model.safetensors"), weights).unwrap();
    let (code, output, error) = run_assay(&["verify", copy.path().to_str().unwrap()]).unwrap();
    assert_eq!(code, 1, "{output}{error}");
    assert!(output.contains("DIFFERS"), "{output}");
    assert!(
        error.contains("results differ from the reference"),
        "{error}"
    );
}

#[test]
fn what_is_exported_passes_verification_and_can_be_shipped() {
    let copy = tempfile::tempdir().unwrap();
    let folder = copy.path().join("dinov2");
    copy_folder(&reference("dinov2"), &folder).unwrap();
    let onnx = folder.join("onnx");
    fs::remove_dir_all(&onnx).unwrap();
    let (code, output, error) = run_assay(&[
        "export",
        folder.to_str().unwrap(),
        "--output",
        onnx.to_str().unwrap(),
        "--format",
        "json",
    ])
    .unwrap();
    assert_eq!(code, 0, "{error}");
    let report: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(report["graphs"][0]["outputs"][0], "last_hidden_state");
    let (code, output, error) =
        run_assay(&["verify", folder.to_str().unwrap(), "--onnx", "shipped"]).unwrap();
    assert_eq!(code, 0, "{output}{error}");
    assert!(output.contains("batch.pooler_output"), "{output}");
}

#[test]
fn what_is_spoken_is_written_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("speech.wav");
    let speak = |texts: &[&str]| {
        let output = [
            "--checkpoint",
            "reference",
            "--output",
            file.to_str().unwrap(),
        ];
        let (code, output, error) =
            run_assay(&[&["run", "vits"], texts, &output].concat()).unwrap();
        assert_eq!(code, 0, "{output}{error}");
        output
    };
    let output = speak(&["a grey cat"]);
    assert!(output.contains("0.02 s at 16000 Hz"), "{output}");
    let sound = Waveform::open(&file).unwrap();
    assert_eq!((sound.samples().len(), sound.rate()), (368, 16_000));
    speak(&["a grey cat", "the moon"]);
    for (number, samples) in [(1, 368), (2, 272)] {
        let file = folder.path().join(format!("speech-{number}.wav"));
        assert_eq!(Waveform::open(&file).unwrap().samples().len(), samples);
    }
}

#[test]
fn what_graphs_cost_is_told_in_a_table_and_in_json() {
    let ask = |arguments: &[&str]| {
        let (code, output, error) = run_assay(&[&["cost"], arguments].concat()).unwrap();
        assert_eq!(code, 0, "{arguments:?}: {error}");
        output
    };
    let lengths = ["--batch", "3", "--sequence", "8"];
    let table = ask(&[&[BERT], &lengths[..], &["--top", "2"]].concat());
    assert!(
        table.lines().all(|line| line.chars().count() <= 100),
        "{table}"
    );
    // As the closed form of the architecture has it.
    assert!(table.contains("FLOPs                563,808"), "{table}");
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&ask(&[arguments, &["--format", "json"]].concat())).unwrap()
    };
    let own = json(&[&[BERT], &lengths[..]].concat());
    assert_eq!(own[0]["macs"], 281_904);
    assert_eq!(own[0]["inputs"]["input_ids"], serde_json::json!([3, 8]));
    // From the configuration alone, from the checkpoint's own graph, and from half the bytes a number.
    let config = format!("{BERT}/config.json");
    assert_eq!(
        json(&[&[config.as_str()], &lengths[..]].concat())[0]["macs"],
        own[0]["macs"]
    );
    let shipped = json(&[&[BERT, "--onnx", "shipped"], &lengths[..]].concat());
    // It has no pooler.
    assert_eq!(shipped[0]["macs"], 281_904 - 3 * 28 * 28);
    let half = json(&[&[BERT, "--precision", "fp16"], &lengths[..]].concat());
    assert_eq!(half[0]["macs"], own[0]["macs"]);
    assert!(half[0]["weight_bytes"].as_u64() < own[0]["weight_bytes"].as_u64());
    let merged = "tests/reference/whisper/onnx/decoder_model_merged.onnx";
    let open = json(&[merged]);
    assert_eq!(
        (&open[0]["is_lower_bound"], &open[0]["macs"]),
        (&true.into(), &0.into())
    );
    let taken = json(&[merged, "--given", "use_cache_branch=1"]);
    assert_eq!(taken[0]["macs"], open[0]["branches"][0]["cost"]["macs"]);
    assert_eq!(taken[0]["is_lower_bound"], false);
    assert!(ask(&[merged]).contains("which branch it takes is not known"));
}
