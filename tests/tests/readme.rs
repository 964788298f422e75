//! README.md shows the support matrix that the registry declares.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "what tests share fails by panicking too"
)]

use std::fs;
use std::process::Command;

use workspace_tests::workspace;

/// What stands around the matrix.
const MARKERS: (&str, &str) = ("<!-- matrix -->", "<!-- /matrix -->");

#[test]
fn the_matrix_is_fresh() {
    let readme = fs::read_to_string(workspace().join("README.md")).expect("README.md");
    let (_, rest) = readme
        .split_once(MARKERS.0)
        .expect("README.md has no `<!-- matrix -->`");
    let (shown, _) = rest
        .split_once(MARKERS.1)
        .expect("README.md has no `<!-- /matrix -->`");
    let output = Command::new(env!("CARGO"))
        .args(["gen", "matrix", "--format", "markdown"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let declared = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        shown.trim(),
        declared.trim(),
        "put what `cargo gen matrix --format markdown` prints between the markers in README.md"
    );
}
