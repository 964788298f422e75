//! Where registry and templates come from.

use std::fs;

use super::synthetic::{ALPHA, BETA};
use super::workspace::Workspace;

#[test]
fn a_workspace_is_found_from_anywhere_below_it() {
    let workspace = Workspace::new(&[("alpha", ALPHA)]);
    fs::create_dir_all(workspace.path("some/where")).unwrap();
    let run = workspace.command("", |command| {
        command.current_dir(workspace.path("some/where"));
    });
    assert_eq!(run.code, 0, "{}", run.seen());
    assert!(workspace.path("generated/src/lib.rs").exists());
}

#[test]
fn flags_come_before_the_workspace() {
    let workspace = Workspace::new(&[("alpha", ALPHA)]);
    let other = Workspace::new(&[("beta", BETA)]);
    let registry = other.path("model_registry").display().to_string();
    let output = workspace.path("out").display().to_string();
    workspace.succeed(&format!("--registry {registry} --output-dir {output}"));
    assert!(workspace.path("out/src/m_4beta_tiny/mod.rs").exists());
    assert!(!workspace.path("generated").exists());
}

#[test]
fn own_templates_take_the_place_of_built_in_ones_file_by_file() {
    let workspace = Workspace::new(&[("alpha", ALPHA)]);
    workspace.write(
        "own/src/catalog.rs.tera",
        "//! Mine: {% include \"partials/words.tera\" %}.\n",
    );
    workspace.write("own/partials/words.tera", "of my own");
    workspace.write("own/README.md", "not a template");
    workspace.succeed("--templates own");
    assert!(
        workspace
            .read("generated/src/catalog.rs")
            .ends_with("\n\n//! Mine: of my own.\n")
    );
    assert!(
        workspace
            .read("generated/src/lib.rs")
            .contains("pub mod alpha_large;")
    );
    workspace.write("own/src/MODEL/PLATFROM.rs.tera", "");
    insta::assert_snapshot!(
        "stray_template",
        workspace.gen_run("--templates own").seen()
    );
}

// A program that carries registry and templates misses none.
#[cfg(not(feature = "embedded"))]
#[test]
fn what_is_missing_is_named() {
    let workspace = Workspace::new(&[("alpha", ALPHA)]);
    fs::create_dir_all(workspace.path("own")).unwrap();
    fs::rename(workspace.path("model_registry"), workspace.path("registry")).unwrap();
    let cases = [
        ("no_workspace", ""),
        ("no_templates", "--registry registry"),
        (
            "an_empty_folder_of_templates",
            "--registry registry --templates own --output-dir out",
        ),
        (
            "no_folder_of_templates",
            "--registry registry --templates nowhere --output-dir out",
        ),
        ("no_output", "--registry registry --templates templates"),
        (
            "no_registry",
            "--registry nowhere --templates templates --output-dir out",
        ),
    ];
    for (name, arguments) in cases {
        let run = workspace.gen_run(arguments);
        assert_eq!(run.code, 2, "{name}: {}", run.seen());
        insta::assert_snapshot!(name, run.seen());
    }
    let told = workspace.succeed("--registry registry --templates templates --output-dir out");
    assert!(workspace.path("out/src/lib.rs").exists(), "{told}");
}

#[cfg(feature = "embedded")]
#[test]
fn an_installed_program_carries_everything() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gen"));
        command
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let output = run(&["--key-models-only", "--output-dir", "out"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("registry compiled in"));
    assert!(folder.path().join("out/src/lib.rs").exists());
    let refused = run(&["--check", "--output-dir", "out"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--registry"));
}
