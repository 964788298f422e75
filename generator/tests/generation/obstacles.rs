//! Folders where files belong, links, closed pipes: a clear message and exit code 2, with nothing else touched.

use std::fs;
use std::process::Stdio;

use super::synthetic::ALPHA;
use super::workspace::Workspace;

#[test]
fn what_lies_in_the_way_is_named() {
    type Put = fn(&Workspace);
    let cases: &[(&str, Put)] = &[
        ("a_folder_for_a_file", |workspace| {
            fs::create_dir_all(workspace.path("generated/src/lib.rs")).unwrap();
        }),
        ("a_file_for_a_folder", |workspace| {
            workspace.write("generated/src/alpha_large", "mine");
        }),
        ("a_file_for_the_output", |workspace| {
            workspace.write("generated", "mine");
        }),
        ("a_file_for_a_root", |workspace| {
            workspace.write("generated/tests", "mine");
        }),
        #[cfg(unix)]
        ("a_link_for_a_file", |workspace| {
            workspace.write("elsewhere.rs", "mine");
            fs::create_dir_all(workspace.path("generated/src")).unwrap();
            std::os::unix::fs::symlink(
                workspace.path("elsewhere.rs"),
                workspace.path("generated/src/lib.rs"),
            )
            .unwrap();
        }),
        #[cfg(unix)]
        ("a_link_for_a_folder", |workspace| {
            fs::create_dir_all(workspace.path("elsewhere")).unwrap();
            fs::create_dir_all(workspace.path("generated/src")).unwrap();
            std::os::unix::fs::symlink(
                workspace.path("elsewhere"),
                workspace.path("generated/src/alpha_large"),
            )
            .unwrap();
        }),
        #[cfg(unix)]
        ("a_link_for_the_output", |workspace| {
            fs::create_dir_all(workspace.path("elsewhere")).unwrap();
            std::os::unix::fs::symlink(workspace.path("elsewhere"), workspace.path("generated"))
                .unwrap();
        }),
    ];
    for (name, put) in cases {
        let workspace = Workspace::new(&[("alpha", ALPHA)]);
        put(&workspace);
        let before = super::workspace::tree(&workspace.path(""));
        let run = workspace.gen_run("");
        assert_eq!(run.code, 2, "{name}: {}", run.seen());
        insta::assert_snapshot!(*name, run.seen());
        assert_eq!(
            super::workspace::tree(&workspace.path("")),
            before,
            "{name}: nothing is written"
        );
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let workspace = Workspace::new(&[("alpha", ALPHA)]);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gen"));
    let command = command
        .args(["--export-registry", "json"])
        .current_dir(workspace.path(""));
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
}
