//! What `gen` says: help, flags that do not go together, names it does not know, and what a run came to.

use super::synthetic::{ALPHA, BETA};
use super::workspace::Workspace;

#[test]
fn help_names_every_flag() {
    let workspace = Workspace::new(&[]);
    let fixed = |command: &mut std::process::Command| {
        command.env("COLUMNS", "100");
    };
    for (name, arguments) in [
        ("help", "--help"),
        ("help_matrix", "matrix --help"),
        ("help_explain", "explain --help"),
        ("help_new", "new --help"),
    ] {
        insta::assert_snapshot!(name, workspace.command(arguments, fixed).seen());
    }
}

#[test]
fn what_makes_no_sense_is_an_error() {
    let workspace = Workspace::new(&[("alpha", ALPHA), ("beta", BETA)]);
    let mut seen = String::new();
    for arguments in [
        "--all --model alpha-large",
        "--all --generate-missing",
        "--all --limit 3",
        "--check --dry-run",
        "--check --run-tests",
        "--check --overwrite-edited",
        "--check --generate-missing",
        "--generate-missing --overwrite-edited",
        "--skills-only --tests-only",
        "--skills-only --run-tests",
        "--run-tests --output-dir out",
        "--enhance-openvino --platform cpu",
        "--list-only --check",
        "--list-only --list-tasks",
        "--list-families --dry-run",
        "--export-registry json --format text",
        "--limit 0",
        "--limit many",
        "--max-workers 0",
        "--platform gpu",
        "--platform cud",
        "--task classification",
        "--category sound",
        "--format yaml",
        "--generate",
        "--generate alfa",
        "--batch-generate alpha,gamma",
        "--model alpha",
        "--model alpha-lagre",
        "--family visoin",
        "--family beta --category text",
        "--key-models-only --model alpha-large",
        "--limit 3 matrix",
        "matrix --grades --limit 3",
        "explain alpha-lagre cuda",
        "explain alpha-large cude",
        "new",
        "new --from-config nowhere.json",
        "completions tcsh",
        "frobnicate",
    ] {
        let run = workspace.gen_run(arguments);
        assert_eq!(run.code, 2, "gen {arguments}\n{}", run.seen());
        assert!(run.stdout.is_empty(), "{}", run.stdout);
        let message: Vec<&str> = run.stderr.split("\n\nUsage:").take(1).collect();
        let message = message
            .concat()
            .replace("\n\nFor more information, try '--help'.\n", "");
        seen.push_str(&format!("gen {arguments}\n{}\n\n", message.trim_end()));
    }
    assert!(!workspace.path("generated").exists());
    insta::assert_snapshot!(seen);
}

#[test]
fn a_run_tells_what_it_came_to() {
    let workspace = Workspace::new(&[("alpha", ALPHA), ("beta", BETA)]);
    let mut seen = String::new();
    let mut run = |arguments: &str| {
        seen.push_str(&format!(
            "gen {arguments}\n{}\n",
            workspace.gen_run(arguments).seen()
        ));
    };
    run("--check");
    run("--generate beta --platform cpu -v");
    run("--list-only --generate-missing --platform cpu");
    run("");
    run("");
    run("--check");
    run("--check --format json");
    workspace.edit("model_registry/families/beta.yaml", "batch: 8", "batch: 16");
    workspace.write("generated/src/alpha_large/cuda.rs", "//! Mine.\n");
    run("--dry-run");
    run("--generate-missing");
    run("--check");
    run("--format json --generate beta");
    run("");
    insta::assert_snapshot!(seen);
}

#[test]
fn faults_of_the_registry_stop_everything() {
    let workspace = Workspace::new(&[("alpha", ALPHA), ("beta", BETA)]);
    workspace.edit("model_registry/families/alpha.yaml", "batch: 8", "batch: 0");
    workspace.edit(
        "model_registry/families/beta.yaml",
        "group: vision",
        "group: visoin",
    );
    let run = workspace.gen_run("");
    insta::assert_snapshot!("faults", run.seen());
    insta::assert_snapshot!("faults_json", workspace.gen_run("--format json").seen());
    assert!(!workspace.path("generated").exists());
}

#[test]
fn colour_is_for_terminals() {
    let workspace = Workspace::new(&[("alpha", ALPHA)]);
    let plain = workspace.gen_run("--check");
    assert!(!plain.seen().contains('\u{1b}'));
    let forced = workspace.command("--check", |command| {
        command.env("CLICOLOR_FORCE", "1");
    });
    assert!(forced.seen().contains("\u{1b}["));
}

#[test]
fn completions_are_scripts() {
    let workspace = Workspace::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = workspace.succeed(&format!("completions {shell}"));
        assert!(script.contains("enhance-web-platforms"), "{shell}");
    }
}
