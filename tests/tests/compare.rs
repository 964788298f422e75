//! `assay compare` as users meet it: a real difference is found, and nothing is said where nothing follows.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking too"
)]

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use workspace_tests::{assay, run_assay, workspace};

const TINY: &str = "--size tiny";

#[test]
fn twice_the_work_is_slower() {
    let (code, output, told) = run_assay(&[
        "compare",
        "bert --batch-sizes 1",
        "bert --batch-sizes 16",
        "--both",
        TINY,
        "--pairs",
        "11",
        "--format",
        "json",
    ])
    .unwrap();
    assert_eq!(code, 0, "{told}");
    let duel: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(duel["blocks"].as_array().unwrap().len(), 11);
    assert_eq!(duel["candidate"]["case"]["batch"], 16);
    assert!(
        duel["comparison"]["difference_percent"].as_f64().unwrap() > 50.0,
        "{duel}"
    );
    // A busy machine may differ from itself, and then nothing follows; it is never told to be faster or equal.
    let verdict = &duel["comparison"]["verdict"];
    assert!(
        verdict == "slower" || verdict["inconclusive"].is_object(),
        "{verdict}"
    );
    let low = duel["interval_percent"][0].as_f64().unwrap();
    let high = duel["interval_percent"][1].as_f64().unwrap();
    assert!(0.0 < low && low <= high, "{low} {high}");
}

#[test]
fn rows_of_one_process_each_prove_nothing() {
    let folder = TempDir::new().unwrap();
    let bench = |into: &Path| {
        let output = assay(&["bench", "bert", "--size", "tiny", "--iterations", "11"])
            .unwrap()
            .args([
                "--batch-sizes",
                "1,2",
                "--metrics",
                "latency",
                "--output-dir",
            ])
            .arg(into)
            .current_dir(workspace())
            .output()
            .unwrap();
        assert!(output.status.success());
    };
    bench(folder.path());
    let text = std::fs::read_to_string(folder.path().join("results.json")).unwrap();
    let rows: Value = serde_json::from_str(&text).unwrap();
    let id = |place: usize| rows[place]["id"].as_str().unwrap().to_owned();
    let database = folder.path().join("assay.db");
    let compare = |one: &str, other: &str| {
        let database = database.to_str().unwrap();
        run_assay(&["compare", one, other, "--db", database]).unwrap()
    };
    let (code, output, told) = compare(&id(0), &id(1)[..10]);
    assert_eq!(code, 0, "{told}");
    assert!(output.contains("inconclusive"), "{output}");
    let (code, _, told) = compare(&id(0), "00000000000000000000000000000000");
    assert_eq!(code, 2);
    assert!(told.contains("no row has the id"), "{told}");
}

#[test]
fn bad_input_is_refused_before_anything_runs() {
    for (arguments, says) in [
        (&["bert", "no-such-model"][..], "no-such-model"),
        (&["bert", "bert --batch-sizes 1,2"], "makes 2 cases"),
        (&["bert", "bert --threads none"], "`bert --threads none`"),
        (&["bert", "bert", "--pairs", "9"], "10..=1000"),
        (&["bert", "bert", "--threshold", "little"], "such as 2%"),
    ] {
        let (code, output, told) = run_assay(&[&["compare"], arguments].concat()).unwrap();
        assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}: {told}");
        assert!(told.contains(says), "{arguments:?}: {told}");
    }
}
