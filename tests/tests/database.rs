//! `assay db` as users meet it: rows that go in, are counted, checked, merged and written out.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking too"
)]

use std::fs;
use std::path::Path;

use serde_json::Value;
use workspace_tests::{assay, run_assay};

/// Two rows of cases that did not run, as `assay db export` writes them.
fn rows(model: &str, started_ms: i64) -> Value {
    let row = |id: &str, outcome: Value| {
        serde_json::json!({
            "id": format!("{model}-{id}"),
            "case": {
                "model": model, "platform": "cpu", "size": "full", "checkpoint": "hub", "graph": "own", "precision": "fp32",
                "batch": 1, "lengths": { "tokens": 128 }, "scenario": "single-stream", "settings": { "threads": 0 }, "options": [],
            },
            "subject": { "title": "A model", "family": "bert", "group": "embedding", "task": "fill-mask", "parameters": 1 },
            "started_ms": started_ms, "took_ms": 0.1,
            "machine": {
                "cpu_model": "AMD EPYC", "instructions": [], "cpus": 2, "usable_cpus": 2, "cache_bytes": null, "governors": [],
                "is_virtual": null, "memory_bytes": null, "huge_pages": null, "system": "linux x86_64", "kernel": null,
            },
            "version": "0.1.0", "outcome": outcome,
        })
    };
    serde_json::json!([
        row(
            "failed",
            serde_json::json!({ "state": "failed", "kind": "timeout", "error": "no answer" })
        ),
        row(
            "skipped",
            serde_json::json!({ "state": "skipped", "kind": "memory", "reason": "80 GB" })
        ),
    ])
}

/// What a command says, and that it succeeds.
fn say(arguments: &[&str]) -> String {
    let (code, output, error) = run_assay(arguments).unwrap();
    assert_eq!(code, 0, "{arguments:?}: {output}{error}");
    output
}

/// What a command says of bad input.
fn refuse(arguments: &[&str]) -> String {
    let (code, output, error) = run_assay(arguments).unwrap();
    assert_eq!((code, output.as_str()), (2, ""), "{arguments:?}: {error}");
    error
}

/// A store of two rows.
fn filled(folder: &Path, model: &str, started_ms: i64) -> String {
    let json = folder.join(format!("{model}.json"));
    let store = folder.join(format!("{model}.db")).display().to_string();
    fs::write(&json, rows(model, started_ms).to_string()).unwrap();
    let said = say(&["db", "import", json.to_str().unwrap(), "--db", &store]);
    assert_eq!(said, "2 rows added, 0 there already\n");
    store
}

#[test]
fn rows_go_from_store_to_store_and_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let one = filled(folder.path(), "one", 1_760_000_000_000);
    let two = filled(folder.path(), "two", 1_770_000_000_000);
    let both = folder.path().join("new/both.db").display().to_string();
    for (store, told) in [
        (&one, "2 rows added, 0 there"),
        (&two, "2 rows added, 0 there"),
        (&one, "0 rows added, 2 there"),
    ] {
        assert!(say(&["db", "merge", store, "--into", &both]).starts_with(told));
    }
    assert_eq!(say(&["db", "check", &both]), "4 rows read\n");

    let info = say(&["db", "info", &both]);
    for told in [
        "rows          4: 2 failed, 2 skipped",
        "2025-10-09 08:53:20 to 2026-02-02 02:40:00 UTC",
        "model         one  2 rows",
        "AMD EPYC, 2 CPUs, linux x86_64",
    ] {
        assert!(info.contains(told), "{told}:\n{info}");
    }
    let info: Value =
        serde_json::from_str(&say(&["db", "info", &both, "--format", "json"])).unwrap();
    assert_eq!(info["census"]["rows"]["failed"], 2);
    assert_eq!(info["machines"].as_object().unwrap().len(), 1);

    let file = folder.path().join("rows.json");
    let path = file.to_str().unwrap();
    let export = |filter: &[&str]| {
        let arguments = [
            "db", "export", "--db", &both, "--format", "json", "--output", path,
        ];
        say(&[&arguments, filter].concat());
        let rows: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let ids = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(
        export(&[]),
        ["two-skipped", "two-failed", "one-skipped", "one-failed"]
    );
    assert_eq!(
        export(&["--model", "two", "--state", "failed"]),
        ["two-failed"]
    );
    assert_eq!(
        export(&["--until", "2026-01-01", "--limit", "1"]),
        ["one-skipped"]
    );
    assert_eq!(
        export(&["--since", "2026-01-01", "--latest"]),
        ["two-skipped"]
    );
    let csv = folder.path().join("rows.csv");
    say(&[
        "db",
        "export",
        "--db",
        &both,
        "--format",
        "csv",
        "--output",
        csv.to_str().unwrap(),
    ]);
    assert_eq!(fs::read_to_string(csv).unwrap().lines().count(), 5);

    // The environment names the store too.
    let output = assay(&["db", "check"])
        .unwrap()
        .env("ASSAY_DB", &one)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2 rows read\n");
}

#[test]
fn a_row_with_other_content_is_told_and_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), "one", 1_760_000_000_000);
    let json = folder.path().join("changed.json");
    fs::write(&json, rows("one", 5).to_string()).unwrap();
    let (code, _, error) =
        run_assay(&["db", "import", json.to_str().unwrap(), "--db", &store]).unwrap();
    assert_eq!(code, 1);
    assert!(
        error.contains(
            "2 rows there already with other content, which is kept: one-failed, one-skipped"
        ),
        "{error}"
    );
    assert!(say(&["db", "info", &store]).contains("2025-10-09"));
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "what I wanted to remember\n".repeat(9)).unwrap();
    let text = text.to_str().unwrap();
    let good = filled(folder.path(), "one", 0);
    let never = folder.path().join("never/made.db").display().to_string();
    for arguments in [
        &["db", "info", text][..],
        &["db", "check", text],
        &["db", "merge", &good, "--into", text],
        &["db", "merge", text, "--into", &never],
        &["db", "merge", &never, "--into", &good],
        &["db", "merge", &good, "--into", &good],
        &["db", "import", text, "--db", &never],
        &["db", "import", &never, "--db", &good],
        &["db", "info", &never],
        &[
            "db", "export", "--db", &never, "--format", "json", "--output", text,
        ],
        &[
            "db", "export", "--db", &good, "--format", "parquet", "--output", text,
        ],
        &[
            "db",
            "export",
            "--db",
            &good,
            "--format",
            "csv",
            "--output",
            text,
            "--since",
            "yesterday",
        ],
        &[
            "db", "export", "--db", &good, "--format", "csv", "--output", text, "--state", "lost",
        ],
        &[
            "db",
            "export",
            "--db",
            &good,
            "--format",
            "csv",
            "--output",
            text,
            "--machine",
            "xyz",
        ],
    ] {
        assert!(!refuse(arguments).is_empty());
    }
    assert!(
        fs::read_to_string(text)
            .unwrap()
            .starts_with("what I wanted")
    );
    assert!(!Path::new(&never).exists());
}
