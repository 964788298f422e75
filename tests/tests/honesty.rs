//! The suite itself is honest: broken weights fail, a missing library fails on cpu, and nothing falls back in silence.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking too"
)]

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use runtime::cache::Silent;
use runtime::catalog::Platform;
use runtime::distribution::{self, Policy};
use workspace_tests::{assay, copy_folder, reference, workspace};

/// One check of one platform's test process, from the build that this test belongs to.
fn check(platform: &str, name: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["test", "--workspace", "--test", platform, "--"])
        .args(["--exact", name])
        .current_dir(workspace());
    command
}

/// Held while a test builds programs or runs them: a build may replace a program that another test's workers start from.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a command: whether it succeeded, and all it said.
fn run(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

/// Exchanges the bytes of two tensors of one size in a safetensors file: an eight-byte length, a JSON header, the data.
fn swap_tensors(file: &Path, names: [&str; 2]) {
    let mut bytes = fs::read(file).unwrap();
    let start = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..start]).unwrap();
    let range = |name: &str| -> Range<usize> {
        let offset =
            |end: usize| start + header[name]["data_offsets"][end].as_u64().unwrap() as usize;
        offset(0)..offset(1)
    };
    let [first, second] = names.map(range);
    let (first_bytes, second_bytes) = (
        bytes[first.clone()].to_vec(),
        bytes[second.clone()].to_vec(),
    );
    assert_ne!(first_bytes, second_bytes);
    bytes[first].copy_from_slice(&second_bytes);
    bytes[second].copy_from_slice(&first_bytes);
    fs::write(file, bytes).unwrap();
}

#[test]
fn swapped_weights_fail_the_cell() {
    let _alone = alone();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("bert");
    copy_folder(&reference("bert"), &folder).unwrap();
    let name = "bert_base_uncased::equals_the_reference";
    let (is_intact, text) = run(check("cpu", name).env("ASSAY_REFERENCE", root.path()));
    assert!(is_intact, "the copy itself must pass:\n{text}");

    let query = "encoder.layer.1.attention.self.query.weight";
    let value = "encoder.layer.1.attention.self.value.weight";
    swap_tensors(&folder.join("model.safetensors"), [query, value]);
    let (is_passed, text) = run(check("cpu", name).env("ASSAY_REFERENCE", root.path()));
    assert!(!is_passed, "swapped weights must not pass:\n{text}");
    for part in [
        "largest difference",
        "expected",
        "got",
        "tolerance",
        "repeat it alone: cargo test -p generated --test cpu bert_base_uncased::equals_the_reference -- --exact",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

#[test]
fn cpu_fails_with_the_way_out_where_no_library_can_be_had() {
    let _alone = alone();
    let cache = tempfile::tempdir().unwrap();
    let mut command = check("cpu", "bert_base_uncased::loads");
    command
        .env("ASSAY_CACHE", cache.path())
        .env_remove("ORT_DYLIB_PATH")
        .env_remove("ASSAY_OFFLINE")
        // A closed port on this machine stands for a network that is not there.
        .env("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
        .env("PIP_RETRIES", "0")
        .env(
            "PIP_CONFIG_FILE",
            if cfg!(windows) { "nul" } else { "/dev/null" },
        );
    let (is_passed, text) = run(&mut command);
    assert!(!is_passed, "a missing library must not pass:\n{text}");
    for part in [
        "1 failed; 0 ignored",
        "run `assay setup cpu` again",
        "set ORT_DYLIB_PATH to a library",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

#[test]
fn a_provider_that_the_library_lacks_is_an_error_and_no_fallback() {
    let _alone = alone();
    let policy = Policy::from_env().unwrap();
    let library: PathBuf = distribution::resolve(Platform::Cpu, &policy, &Silent)
        .unwrap()
        .path;
    for (platform, provider) in [
        (Platform::OpenVino, "OpenVINO"),
        (Platform::WebGpu, "WebGpu"),
    ] {
        // Without a device the cell is ignored before any library is loaded.
        if distribution::probe(platform, &policy).devices.is_err() {
            continue;
        }
        let mut command = check(platform.name(), "bert_base_uncased::loads");
        command.env(distribution::variable(platform), &library);
        let (is_passed, text) = run(&mut command);
        assert!(!is_passed, "cpu must not stand in for {platform}:\n{text}");
        assert!(text.contains("1 failed; 0 ignored"), "{text}");
        assert!(text.contains(provider), "{text}");
    }
}

#[test]
fn a_simulated_run_gives_the_outputs_of_the_cpu_and_no_time() {
    let _alone = alone();
    let inputs = ["Fishing boats follow the light home.", "What is it?"];
    let policy = Policy::from_env().unwrap();
    let cpu = distribution::resolve(Platform::Cpu, &policy, &Silent).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let mut command = assay(&["run", "roberta", "--checkpoint", "reference"]).unwrap();
    let output = command
        // Where the library of webgpu is at hand, nothing is simulated.
        .env("ASSAY_CACHE", cache.path())
        .env("ORT_DYLIB_PATH", cpu.path)
        .env_remove("ASSAY_ORT_WEBGPU_PATH")
        .args(["--platform", "cpu,webgpu", "--repeat", "3"])
        .args(["--format", "json"])
        .args(inputs)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let answers: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let [native, simulated] = answers.as_array().unwrap().as_slice() else {
        panic!("expected two answers, got {answers}");
    };
    // The platform's graph has another form than the CPU's, whose sums run in another order.
    let numbers = |answer: &serde_json::Value| -> Vec<f64> {
        let outputs = answer["output"].as_array().unwrap().iter();
        outputs
            .flat_map(|output| output["embedding"].as_array().unwrap())
            .map(|number| number.as_f64().unwrap())
            .collect()
    };
    let (expected, found) = (numbers(native), numbers(simulated));
    assert_eq!(expected.len(), found.len());
    for (expected, found) in expected.iter().zip(&found) {
        assert!((expected - found).abs() < 1e-5, "{found}, not {expected}");
    }
    assert_eq!(native["execution"]["kind"], "native");
    assert_eq!(
        native["timing"]["latency_ms"]["samples"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(simulated["execution"]["kind"], "simulated");
    insta::assert_snapshot!(simulated["timing"].to_string(), @r#"{"unavailable":"simulated: nothing ran on the platform"}"#);
    // What is predicted stands apart, and names the device it is predicted for.
    let predicted = &simulated["predicted_ms"];
    assert_ne!(
        predicted["device"].is_string(),
        predicted["unavailable"].is_string(),
        "{predicted}"
    );
    let measured = |key: &&str| simulated.to_string().contains(*key);
    assert_eq!(
        ["load_ms", "first_run_ms", "latency_ms"]
            .iter()
            .find(|key| measured(key)),
        None
    );
}
