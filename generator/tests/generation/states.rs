//! Missing, stale, edited, foreign, orphaned, fresh: what each kind of run does about each.

use std::fs;
use std::time::{Duration, SystemTime};

use super::synthetic::{ALPHA, BETA};
use super::workspace::Workspace;

const REGISTRY: &str = "model_registry/families/alpha.yaml";
const SKILL: &str = "generated/src/alpha_large/cuda.rs";
const MODEL: &str = "generated/src/alpha_large/mod.rs";

fn workspace() -> Workspace {
    let workspace = Workspace::new(&[("alpha", ALPHA), ("beta", BETA)]);
    workspace.succeed("");
    workspace
}

/// Makes the skill and the model's own file stale.
fn make_stale(workspace: &Workspace) {
    workspace.edit(REGISTRY, "title: Alpha large", "title: Alpha great");
}

#[test]
fn each_state_is_met_as_promised() {
    type Spoil = fn(&Workspace);
    let missing: Spoil = |workspace| workspace.remove(SKILL);
    let empty: Spoil = |workspace| workspace.write(SKILL, "");
    let edited: Spoil = |workspace| workspace.edit(SKILL, "Grade::High", "Grade::Low");
    let foreign: Spoil = |workspace| workspace.write(SKILL, "//! Mine.\n");
    let cases: &[(&str, Spoil, &str, i32, bool)] = &[
        // Name, what is spoilt, arguments, exit code, whether the file is as it was before.
        ("missing", missing, "", 0, true),
        ("missing", missing, "--generate-missing", 0, true),
        ("missing, not meant", missing, "--generate beta", 0, false),
        ("missing, checked", missing, "--check", 1, false),
        ("missing, shown", missing, "--dry-run", 0, false),
        ("empty", empty, "--generate-missing", 0, true),
        ("stale", make_stale, "", 0, false),
        ("edited", edited, "", 1, false),
        ("edited", edited, "--generate-missing", 0, false),
        ("edited", edited, "--generate alpha", 1, false),
        ("edited, not meant", edited, "--generate beta", 0, false),
        ("edited, given up", edited, "--overwrite-edited", 0, true),
        ("edited, checked", edited, "--check", 1, false),
        ("foreign", foreign, "", 1, false),
        ("foreign", foreign, "--overwrite-edited", 1, false),
    ];
    for (name, spoil, arguments, code, is_restored) in cases {
        let workspace = workspace();
        let before = workspace.read(SKILL);
        spoil(&workspace);
        let run = workspace.gen_run(arguments);
        assert_eq!(run.code, *code, "{name}: gen {arguments}\n{}", run.seen());
        let after = fs::read_to_string(workspace.path(SKILL)).unwrap_or_default();
        assert_eq!(
            after == before,
            *is_restored,
            "{name}: gen {arguments}\n{after}"
        );
    }
}

#[test]
fn missing_only_leaves_stale_files_and_counts_them() {
    let workspace = workspace();
    make_stale(&workspace);
    workspace.remove("generated/tests/cpu/alpha_large.rs");
    let before = workspace.read(SKILL);
    let told = workspace.succeed("--generate-missing");
    assert!(told.contains("wrote 1 file (1 missing)"), "{told}");
    // Seven cells and the model's own file.
    assert!(told.contains("8 stale"), "{told}");
    assert_eq!(workspace.read(SKILL), before);
    assert!(!workspace.read(MODEL).contains("Alpha great"));
    assert_eq!(workspace.gen_run("--check").code, 1);
    workspace.succeed("--generate alpha-large");
    assert!(workspace.read(SKILL).contains("Alpha great"));
    assert!(workspace.read(MODEL).contains("Alpha great"));
    workspace.succeed("--check");
}

#[test]
fn an_edit_is_kept_and_the_new_text_laid_beside_it() {
    let workspace = workspace();
    let fresh = workspace.read(SKILL);
    workspace.edit(SKILL, "Grade::High", "Grade::Low");
    let run = workspace.gen_run("");
    insta::assert_snapshot!("edited", run.seen());
    assert_eq!(workspace.read(&format!("{SKILL}.rej")), fresh);
    assert!(workspace.read(SKILL).contains("Grade::Low"));
    insta::assert_snapshot!("edited_checked", workspace.gen_run("--check").seen());
    workspace.write(
        "generated/src/main.rs.rej",
        "--- what patch could not apply",
    );
    workspace.succeed("--overwrite-edited");
    assert_eq!(workspace.read(SKILL), fresh);
    assert!(
        workspace.path("generated/src/main.rs.rej").exists(),
        "it is not the generator's"
    );
    assert!(
        !workspace.path(&format!("{SKILL}.rej")).exists(),
        "its reason is gone"
    );
}

#[test]
fn what_git_and_rustfmt_do_is_no_edit() {
    let workspace = workspace();
    let with_returns = workspace.read(SKILL).replace('\n', "\r\n");
    workspace.write(SKILL, &with_returns);
    workspace.succeed("--check");
    workspace.succeed("");
    assert_eq!(
        workspace.read(SKILL),
        with_returns,
        "it stays as Git left it"
    );
    // Stale it is written again, returns or not.
    make_stale(&workspace);
    workspace.succeed("");
    assert!(workspace.read(SKILL).contains("Alpha great"));
    // A template that rustfmt disagrees with, and somebody who ran it.
    workspace.edit(
        "templates/src/MODEL/PLATFORM.rs.tera",
        "    placement: Placement",
        "        placement:   Placement",
    );
    workspace.succeed("");
    let written = workspace.read(SKILL);
    let formatted = written.replace("        placement:   Placement", "    placement: Placement");
    assert_ne!(written, formatted);
    workspace.write(SKILL, &formatted);
    workspace.succeed("--check");
}

#[test]
fn orphans_go_in_unrestricted_runs_only() {
    let workspace = workspace();
    let own = "generated/src/mine.rs";
    workspace.write(own, "//! Mine.\n");
    workspace.remove("model_registry/families/beta.yaml");
    let orphan = "generated/src/m_4beta_tiny/cuda.rs";
    for arguments in [
        "--generate alpha",
        "--platform cpu",
        "--skills-only",
        "--generate-missing",
        "--dry-run",
    ] {
        workspace.succeed(arguments);
        assert!(workspace.path(orphan).exists(), "{arguments}");
    }
    assert_eq!(workspace.gen_run("--check").code, 1);
    workspace.edit("generated/tests/cuda/m_4beta_tiny.rs", "loads", "load");
    let run = workspace.gen_run("");
    insta::assert_snapshot!("orphaned", run.seen());
    assert!(!workspace.path("generated/src/m_4beta_tiny").exists());
    assert!(!workspace.path("generated/src/families/beta.rs").exists());
    assert!(
        workspace
            .path("generated/tests/cuda/m_4beta_tiny.rs")
            .exists(),
        "an edit is its author's"
    );
    assert!(workspace.path(own).exists());
    workspace.succeed("--overwrite-edited");
    assert!(
        !workspace
            .path("generated/tests/cuda/m_4beta_tiny.rs")
            .exists()
    );
    workspace.succeed("--check");
}

#[test]
fn fresh_files_are_not_touched() {
    let workspace = workspace();
    let past = SystemTime::now() - Duration::from_hours(1);
    for (path, _) in workspace.generated() {
        let file = fs::File::options()
            .append(true)
            .open(workspace.path("generated").join(path))
            .unwrap();
        file.set_modified(past).unwrap();
    }
    workspace.remove(SKILL);
    workspace.succeed("");
    let touched: Vec<String> = workspace
        .generated()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| {
            fs::metadata(workspace.path("generated").join(path))
                .unwrap()
                .modified()
                .unwrap()
                != past
        })
        .collect();
    assert_eq!(touched, ["src/alpha_large/cuda.rs"]);
}

#[test]
fn a_rerun_repairs_what_an_interruption_left() {
    let workspace = workspace();
    let whole = workspace.generated();
    workspace.remove("generated/src/lib.rs");
    workspace.remove(SKILL);
    workspace.write("generated/src/alpha_large/.gen-Ab12Cd.tmp", "half a fi");
    workspace.write(MODEL, "");
    workspace.succeed("");
    assert_eq!(workspace.generated(), whole);
}
