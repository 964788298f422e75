//! `assay report`, `hardware` and `trend` on rows of a file: what they print, write and refuse.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking too"
)]

#[path = "../../runtime/tests/sample_rows/mod.rs"]
mod sample_rows;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use workspace_tests::run_assay;

/// A folder with the made-up rows in a file.
struct Place {
    folder: TempDir,
    rows: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rows = folder.path().join("rows.json");
        fs::write(
            &rows,
            serde_json::to_string(&sample_rows::sample()).unwrap(),
        )
        .unwrap();
        Self { folder, rows }
    }

    /// Exit code, standard output and standard error of a command on the rows.
    fn assay(&self, arguments: &[&str]) -> (i32, String, String) {
        let rows = self.rows.to_str().unwrap();
        run_assay(&[arguments, &["--db", rows]].concat()).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap().flatten();
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_report_goes_to_the_terminal_or_to_a_file_of_its_format() {
    let place = Place::new();
    let (code, said, _) = place.assay(&["report"]);
    assert_eq!(code, 0);
    assert!(said.lines().all(|line| line.chars().count() <= 100));
    assert!(said.contains("Whisper tiny") && said.contains("BERT base uncased"));
    let (code, said, _) = place.assay(&[
        "report",
        "--family",
        "embedding",
        "--hardware",
        "cpu,webgpu",
    ]);
    assert_eq!(code, 0);
    assert!(said.contains("T5 small") && !said.contains("Whisper") && !said.contains("OpenVINO"));
    for (name, begins) in [
        ("a.html", "<!doctype html>"),
        ("a.md", "# "),
        ("a.json", "{"),
        ("a.csv", "row,case,"),
    ] {
        let path = place.path(name);
        let (code, said, _) = place.assay(&["report", "--output", text(&path)]);
        assert_eq!((code, said.as_str()), (0, ""));
        assert!(
            fs::read_to_string(&path).unwrap().starts_with(begins),
            "{name}"
        );
    }
    // A file that is there is replaced.
    let path = place.path("a.csv");
    let (code, ..) = place.assay(&["report", "--format", "json", "--output", text(&path)]);
    assert_eq!(code, 0);
    assert!(fs::read_to_string(&path).unwrap().starts_with('{'));
}

#[test]
fn bad_input_is_told_with_exit_code_2_and_leaves_nothing() {
    let place = Place::new();
    let broken = place.path("broken.json");
    fs::write(&broken, "[{\"id\": 3}]").unwrap();
    let files = place.files();
    let missing = place.path("missing/report.html");
    for (arguments, told) in [
        (
            vec!["report", "--hardware", "cpu,tpu"],
            "unknown platform `tpu`",
        ),
        (
            vec!["report", "--family", "embeddings"],
            "no family or group",
        ),
        (
            vec!["report", "--model", "bert-base-uncasd"],
            "did you mean `bert-base-uncased`",
        ),
        (
            vec!["report", "--format", "pdf"],
            "text, html, markdown, json, csv",
        ),
        (vec!["report", "--output", text(&missing)], "cannot write"),
        (
            vec!["hardware", "--metric", "speed"],
            "latency, throughput, energy, memory",
        ),
        (vec!["trend", "--level", "0"], "from 0.001 to 0.5"),
        (vec!["trend", "--threshold", "2000"], "from 0 to 1000"),
    ] {
        let (code, said, error) = place.assay(&arguments);
        assert_eq!((code, said.as_str()), (2, ""), "{arguments:?}: {error}");
        assert!(error.contains(told), "{arguments:?}: {error}");
    }
    let (code, _, error) = run_assay(&["report", "--db", text(&broken)]).unwrap();
    assert!(
        code == 2 && error.contains("no rows of benchmarks"),
        "{error}"
    );
    let (code, _, error) = run_assay(&["trend", "--db", text(&place.path("none.json"))]).unwrap();
    assert!(code == 2 && error.contains("none.json"), "{error}");
    assert_eq!(place.files(), files);
}

#[test]
fn where_nothing_matches_the_way_out_is_told_with_exit_code_1() {
    let place = Place::new();
    for command in ["report", "hardware", "trend"] {
        let (code, said, error) = place.assay(&[command, "--hardware", "rocm"]);
        assert_eq!((code, said.as_str()), (1, ""), "{error}");
        assert!(error.contains("assay bench"), "{error}");
    }
    let (code, _, error) = place.assay(&["hardware", "--model", "t5-small", "--metric", "energy"]);
    assert!(
        code == 1 && error.contains("energy") && error.contains("cpu: "),
        "{error}"
    );
}

#[test]
fn platforms_are_ranked_and_trends_are_told_for_people_and_programs() {
    let place = Place::new();
    let arguments = [
        "hardware",
        "--model",
        "bert-base-uncased",
        "--metric",
        "throughput",
    ];
    let (code, said, _) = place.assay(&arguments);
    assert_eq!(code, 0);
    assert!(
        said.contains("items/s") && said.contains("95 % interval") && said.contains("told apart")
    );
    let (code, said, _) = place.assay(&[&arguments[..], &["--format", "json"]].concat());
    let found: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &found[0]["metric"]), (0, &Value::from("throughput")));
    let (code, said, _) = place.assay(&["trend", "--format", "json"]);
    let found: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(code, 0);
    assert!(
        !found["trends"].as_array().unwrap().is_empty()
            && !found["best"].as_array().unwrap().is_empty()
    );
    let (code, said, _) = place.assay(&["trend", "--metric", "energy"]);
    assert!(
        code == 0 && said.contains("Trend of energy in J/item"),
        "{said}"
    );
}
