//! `--run-tests`: which tests cargo is asked to run, and that its exit code is passed on.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::synthetic::{ALPHA, BETA};
use super::workspace::{Run, Workspace};

/// Runs `gen` with a program in cargo's place that notes its arguments and exits with a code.
fn run(workspace: &Workspace, arguments: &str, code: u8) -> (Run, String) {
    let cargo = workspace.path("cargo");
    fs::write(
        &cargo,
        format!("#!/bin/sh\necho \"$@\" >> asked\nexit {code}\n"),
    )
    .unwrap();
    fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755)).unwrap();
    let run = workspace.command(arguments, |command| {
        command.env("CARGO", &cargo);
    });
    let asked = workspace.path("asked");
    let text = fs::read_to_string(&asked).unwrap_or_default();
    fs::remove_file(asked).ok();
    (run, text)
}

#[test]
fn the_selected_tests_run_and_their_exit_code_is_passed_on() {
    let workspace = Workspace::new(&[("alpha", ALPHA), ("beta", BETA)]);
    let test = "test --package generated --no-fail-fast";
    let all =
        "--test cpu --test cuda --test rocm --test mps --test openvino --test webnn --test webgpu";
    for (arguments, code, expected) in [
        ("", 0, format!("{test} {all} --\n")),
        (
            "--generate beta",
            101,
            format!("{test} {all} -- m_4beta_tiny::\n"),
        ),
        (
            "--family alpha --platform cpu,mps",
            0,
            format!(
                "{test} --test cpu --test mps -- alpha_base_v1_0::\n{test} --test cpu --test mps -- alpha_large::\n"
            ),
        ),
    ] {
        let (run, asked) = run(&workspace, &format!("--run-tests {arguments}"), code);
        assert_eq!(run.code, i32::from(code), "{arguments}: {}", run.seen());
        assert_eq!(asked, expected, "{arguments}");
    }
}

#[test]
fn nothing_runs_where_generating_failed() {
    let workspace = Workspace::new(&[("alpha", ALPHA)]);
    workspace.succeed("");
    workspace.edit("generated/src/alpha_large/cpu.rs", "Native", "Simulated");
    let (run, asked) = run(&workspace, "--run-tests", 0);
    assert_eq!((run.code, asked.as_str()), (1, ""));
}
