//! `assay predict` as users meet it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use workspace_tests::{assay, run_assay, workspace};

/// Families to learn from, one more than the fewest, and one to predict.
const MEASURED: [&str; 7] = [
    "vit",
    "dinov2",
    "bert",
    "distilbert",
    "wav2vec2",
    "gpt2",
    "clip",
];
const UNMEASURED: &str = "roberta";

/// Measures families at the size of tests.
fn measure(families: &[&str], into: &Path) -> String {
    let mut command = assay(&["bench", "--size", "tiny", "--iterations", "11"]).unwrap();
    let output = command
        .args([
            "--batch-sizes",
            "1,2",
            "--metrics",
            "latency,memory,flops,bandwidth",
        ])
        .args(families)
        .arg("--output-dir")
        .arg(into)
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    into.join("assay.db").display().to_string()
}

#[test]
fn a_model_that_nobody_measured_is_predicted_from_others_and_never_called_measured() {
    let folder = TempDir::new().unwrap();
    let store = measure(&MEASURED, folder.path());
    let arguments = [
        "predict",
        UNMEASURED,
        "cpu",
        "--size",
        "tiny",
        "--batch-sizes",
        "1,4",
        "--db",
        &store,
    ];
    let (code, text, error) = run_assay(&arguments).unwrap();
    assert_eq!(code, 0, "{error}");
    assert!(text.starts_with("predicted, not measured\n"), "{text}");
    assert!(text.contains(" families on this machine"), "{text}");
    assert!(
        !text.replace("not measured", "").contains("measured "),
        "{text}"
    );
    let (code, json, error) = run_assay(&[&arguments[..], &["--format", "json"]].concat()).unwrap();
    assert_eq!(code, 0, "{error}");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["provenance"], "modelled");
    let predictions = json["predictions"].as_array().unwrap();
    assert_eq!(predictions.len(), 2);
    for (prediction, batch) in predictions.iter().zip([1, 4]) {
        assert_eq!(prediction["case"]["batch"], batch);
        for name in ["latency_ms", "peak_rss_bytes"] {
            let of = |key: &str| prediction[name][key].as_f64().unwrap();
            assert_eq!(prediction[name]["provenance"], "modelled");
            assert!(0.0 < of("low"), "{prediction}");
            assert!(
                of("low") <= of("value") && of("value") <= of("high"),
                "{prediction}"
            );
        }
    }
    let milliseconds = |place: usize| predictions[place]["latency_ms"]["value"].as_f64();
    assert!(milliseconds(0) < milliseconds(1), "{json:#}");
    // On a busy machine nothing is sure but the order of magnitude.
    assert!(
        (0.002..20.0).contains(&milliseconds(0).unwrap()),
        "{json:#}"
    );
    let held_out = &json["bases"][0]["time"]["held_out"];
    // Other tests may run beside the measurement, whose rows then scatter.
    let restless = &json["bases"][0]["restless_rows_left_out"];
    let cases = held_out["cases"].as_u64().unwrap() + restless.as_u64().unwrap();
    assert_eq!(cases, 14, "{json:#}");
    assert!(held_out["families"].as_u64().unwrap() >= 6, "{held_out}");
    // Rows of other sizes and of other machines teach nothing.
    let (code, _, error) = run_assay(&["predict", "bert", "cpu", "--db", &store]).unwrap();
    assert_eq!(code, 1, "{error}");
    let rows = fs::read_to_string(folder.path().join("results.json")).unwrap();
    let mut rows: Value = serde_json::from_str(&rows).unwrap();
    for row in rows.as_array_mut().unwrap() {
        row["machine"]["cpus"] = 1000.into();
    }
    let elsewhere = folder.path().join("elsewhere.json");
    fs::write(&elsewhere, rows.to_string()).unwrap();
    let elsewhere = elsewhere.display().to_string();
    let (code, output, error) = run_assay(&[
        "predict", UNMEASURED, "cpu", "--size", "tiny", "--db", &elsewhere,
    ])
    .unwrap();
    assert_eq!((code, output.as_str()), (1, ""), "{error}");
    assert!(error.contains("0 of the 6 families"), "{error}");
}

#[test]
fn where_too_little_was_measured_the_answer_is_what_to_run() {
    let folder = TempDir::new().unwrap();
    let none = folder.path().join("none.db").display().to_string();
    let (code, output, error) = run_assay(&["predict", "bert", "cpu", "--db", &none]).unwrap();
    assert_eq!((code, output.as_str()), (1, ""), "{error}");
    assert!(error.contains("unavailable"), "{error}");
    assert!(
        error.contains("`assay bench --key-models-only --platform cpu"),
        "{error}"
    );
    assert!(!Path::new(&none).exists(), "asking makes no store");
}

#[test]
fn a_platform_with_a_profile_is_predicted_by_it_where_no_rows_are() {
    let folder = TempDir::new().unwrap();
    let none = folder.path().join("none.db").display().to_string();
    for platform in ["webnn", "webgpu"] {
        let arguments = ["predict", "bert", platform, "--size", "tiny", "--db", &none];
        let (code, text, error) = run_assay(&arguments).unwrap();
        assert_eq!(code, 0, "{error}");
        assert!(text.contains("by the registry's profile of"), "{text}");
        let (_, json, _) = run_assay(&[&arguments[..], &["--format", "json"]].concat()).unwrap();
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["bases"][0]["kind"], "profile");
        let time = &json["predictions"][0]["latency_ms"];
        let of = |key: &str| time[key].as_f64().unwrap();
        assert!(
            0.0 < of("low") && of("low") < of("value") && of("value") < of("high"),
            "{time}"
        );
        assert_eq!(
            json["predictions"][0]["peak_rss_bytes"]["provenance"],
            "unavailable"
        );
    }
}

#[test]
fn bad_input_is_refused_with_what_to_do() {
    let bad: [(&[&str], &str); 8] = [
        (&["bertt", "cpu"], "bert"),
        (&["bert", "gpu"], "webgpu"),
        (&["bert", "cpu", "--precision", "bf16"], "fp32"),
        (&["bert", "cpu", "--batch-sizes", "0"], "a batch of 0"),
        (&["vit", "cpu", "--image-size", "640"], "640x480"),
        (&["bert-large-cased", "cpu"], "no full-size configuration"),
        (&["llama", "webnn"], "webnn"),
        (&["bert", "cpu", "--db", "Cargo.toml"], "Cargo.toml"),
    ];
    for (arguments, told) in bad {
        let (code, output, error) = run_assay(&[&["predict"], arguments].concat()).unwrap();
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}: {error}");
        assert!(error.contains(told), "{arguments:?}: {error}");
    }
}
