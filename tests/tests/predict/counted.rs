//! What a query would have to do, counted without weights, is what a measured one does: for every family, at the size of tests.

use std::fs;

use generated::CATALOG;
use runtime::bench::{Outcome, Row};
use tempfile::TempDir;
use workspace_tests::{assay, workspace};

/// Speech of which data decides how long it is.
const DECIDED_BY_DATA: &str = "vits";

#[test]
fn counted_queries_do_what_measured_ones_do() {
    let folder = TempDir::new().unwrap();
    let mut families: Vec<&str> = CATALOG.families.iter().map(|family| family.id).collect();
    families.sort_unstable();
    let mut command = assay(&["bench"]).unwrap();
    let output = command
        .args(&families)
        .args(["--size", "tiny", "--checkpoint", "synthetic"])
        .args(["--iterations", "1", "--batch-sizes", "2"])
        .args(["--metrics", "latency,flops", "--output-dir"])
        .arg(folder.path())
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(folder.path().join("results.json")).unwrap();
    let rows: Vec<Row> = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    for row in rows {
        let Outcome::Measured(measured) = &row.outcome else {
            continue;
        };
        let entry = CATALOG.find(&row.case.model).unwrap();
        let counted = entry.skill(row.case.platform).unwrap().count(&row.case);
        if row.subject.family == DECIDED_BY_DATA {
            assert!(counted.is_err(), "{}", row.case);
            continue;
        }
        let counted = counted.unwrap_or_else(|error| panic!("{}: {}", row.case, error.chain()));
        assert_eq!(counted.graphs, measured.graphs, "{}", row.case);
        compared += 1;
    }
    assert!(compared >= families.len() - 1, "{compared}");
}
