//! What the `assay` program tells of platforms: which there are, what runs on them, and whether their answers agree.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking too"
)]

use workspace_tests::{assay, run_assay};

#[test]
fn one_command_runs_several_platforms_and_their_answers_agree() {
    let platforms = ["cpu", "openvino", "webnn", "webgpu"];
    let all = platforms.join(",");
    let mut command = assay(&["run", "bert", "Fishing boats follow the light home."]).unwrap();
    command.args(["--checkpoint", "reference", "--platform", &all]);
    let output = command
        .args(["--format", "json"])
        .env("ASSAY_OFFLINE", "1")
        .output()
        .unwrap();
    let answers: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), platforms.len(), "{answers:?}");
    let numbers = |answer: &serde_json::Value| -> Vec<f64> {
        let embedding = answer["output"][0]["embedding"].as_array().unwrap();
        embedding.iter().map(|one| one.as_f64().unwrap()).collect()
    };
    let expected = numbers(&answers[0]);
    assert!(expected.len() > 10);
    for (platform, answer) in platforms.iter().zip(answers) {
        assert_eq!(answer["platform"], *platform, "{answer}");
        // Which platforms there are depends on the machine; the CPU always is.
        if let Some(error) = answer["error"].as_str() {
            assert_ne!(*platform, "cpu", "{error}");
            continue;
        }
        let got = numbers(answer);
        assert_eq!(expected.len(), got.len(), "{platform}");
        for (expected, got) in expected.iter().zip(&got) {
            assert!(
                (expected - got).abs() < 1e-5,
                "{platform}: {got}, not {expected}"
            );
        }
    }
}

#[test]
fn doctor_runs_what_is_there_and_tells_what_is_not() {
    let (code, output, _) =
        run_assay(&["doctor", "cpu,mps,cuda,rocm", "--format", "json"]).unwrap();
    let found: serde_json::Value = serde_json::from_str(&output).unwrap();
    let states: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|health| (health["platform"].as_str(), health["state"].as_str()))
        .collect();
    assert_eq!((code, states.len()), (0, 4), "{found}");
    assert_eq!(states[0], (Some("cpu"), Some("native")), "{found}");
    assert_eq!(found[0]["execution"]["kind"], "native");
    // Which of the others there are depends on the machine; each says what it ran on, or what is missing.
    for health in found.as_array().unwrap() {
        assert_eq!(health["state"] == "absent", health["execution"].is_null());
        assert_ne!(health["told"], "", "{health}");
    }
}

#[test]
fn the_derived_matrix_stands_beside_the_declared_one() {
    let (code, output, _) =
        run_assay(&["matrix", "bert", "llama", "--platform", "cpu,webnn"]).unwrap();
    assert_eq!(code, 0);
    let words = |line: &str| {
        let words = line.split_whitespace();
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let lines: Vec<_> = output.lines().map(words).collect();
    assert_eq!(lines[0], ["model", "cpu", "webnn"]);
    assert_eq!(lines[1], ["bert-base-uncased", "native", "native"]);
    assert_eq!(lines[2], ["tinyllama-1.1b-chat-v1.0", "native", "–"]);

    let derived = ["matrix", "bert", "--derived", "--platform", "cpu,mps"];
    let (code, output, _) = run_assay(&[&derived[..], &["--format", "json"]].concat()).unwrap();
    let found: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(code, 0, "{found}");
    assert_eq!(found[0]["verdict"], "as declared");
    assert_eq!(found[0]["execution"]["kind"], "native");
    assert_eq!(found[1]["declared"], "native");
}

#[test]
fn a_cell_that_does_not_do_what_is_declared_is_a_contradiction() {
    let mut command = assay(&["matrix", "bert", "--derived", "--platform", "cpu"]).unwrap();
    let output = command
        .env("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so")
        .output()
        .unwrap();
    let (text, error) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("FAILED"), "{text}");
    assert!(text.contains("bert-base-uncased on cpu: "), "{text}");
    assert!(
        error.contains("1 of 1 cells contradict the registry"),
        "{error}"
    );
}

#[test]
fn devices_names_every_platform_with_what_it_finds() {
    let (code, output, _) = run_assay(&["devices", "--format", "json"]).unwrap();
    let found: serde_json::Value = serde_json::from_str(&output).unwrap();
    let found = found.as_array().unwrap();
    assert_eq!((code, found.len()), (0, 7));
    for platform in found {
        for what in ["library", "devices"] {
            let absent = &platform[format!("{what}_unavailable")];
            assert_ne!(platform[what].is_null(), absent.is_null(), "{platform}");
        }
    }
}
