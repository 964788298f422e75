//! Restricted runs: what they write, and that what lists others lists no more than there is.

use std::collections::BTreeSet;

use super::synthetic::{ALPHA, BETA};
use super::workspace::Workspace;

/// Checks that every `mod` has its file, and that every skill that is named is declared.
fn check_consistent(workspace: &Workspace, context: &str) {
    let files: Vec<(String, String)> = workspace.generated();
    let text = |path: &str| {
        files
            .iter()
            .find(|(found, _)| found == path)
            .map(|(_, text)| text.as_str())
    };
    for (path, content) in &files {
        let folder = path.rsplit_once('/').unwrap().0;
        for item in syn::parse_file(content).unwrap().items {
            let syn::Item::Mod(module) = item else {
                continue;
            };
            let beside = format!("{folder}/{}.rs", module.ident);
            let below = format!("{folder}/{}/mod.rs", module.ident);
            assert!(
                text(&beside).or(text(&below)).is_some(),
                "{context}: {path} names {beside}, which is not there"
            );
        }
        let Some(module) = folder
            .strip_prefix("src/")
            .filter(|_| path.ends_with("/mod.rs"))
        else {
            continue;
        };
        for platform in generator::registry::Platform::NAMES {
            if content.contains(&format!("&{platform}::SKILL")) {
                let cell = text(&format!("src/{module}/{platform}.rs")).unwrap();
                assert!(
                    cell.contains("pub const SKILL:"),
                    "{context}: {module} on {platform}"
                );
            }
        }
    }
    for platform in generator::registry::Platform::NAMES {
        let process = text(&format!("tests/{platform}/main.rs"));
        assert!(
            process.is_some(),
            "{context}: Cargo.toml declares the test process of {platform}"
        );
    }
}

fn cells(workspace: &Workspace) -> BTreeSet<String> {
    let cells = workspace.generated().into_iter().map(|(path, _)| path);
    cells
        .filter(|path| {
            !path.ends_with("mod.rs")
                && !path.ends_with("main.rs")
                && path.matches('/').count() == 2
        })
        .collect()
}

#[test]
fn each_selection_writes_its_cells_and_stays_consistent() {
    let skills = |model: &str, platforms: &str| -> Vec<String> {
        platforms
            .split(' ')
            .map(|platform| format!("src/{model}/{platform}.rs"))
            .collect()
    };
    let tests = |model: &str, platforms: &str| -> Vec<String> {
        platforms
            .split(' ')
            .map(|platform| format!("tests/{platform}/{model}.rs"))
            .collect()
    };
    let all = "cpu cuda rocm mps openvino webnn webgpu";
    let both =
        |model: &str, platforms: &str| [skills(model, platforms), tests(model, platforms)].concat();
    let (base, large, beta) = ("alpha_base_v1_0", "alpha_large", "m_4beta_tiny");
    let cases: Vec<(&str, Vec<String>)> = vec![
        ("--generate beta", both(beta, all)),
        (
            "--generate alpha-large --platform webnn,cpu",
            both(large, "cpu webnn"),
        ),
        (
            "--batch-generate alpha-large,beta --platform cpu",
            [both(large, "cpu"), both(beta, "cpu")].concat(),
        ),
        (
            "--model alpha-large --platform all --skills-only",
            skills(large, all),
        ),
        ("--family vision --tests-only", tests(beta, all)),
        ("--family alpha --limit 1 --platform mps", both(base, "mps")),
        (
            "--task image-classification --platform cpu",
            both(beta, "cpu"),
        ),
        (
            "--category text --key-models-only --platform rocm",
            both(base, "rocm"),
        ),
        (
            "--generate-missing --model 4beta-tiny --platform cuda",
            both(beta, "cuda"),
        ),
        (
            "--generate alpha-large --enhance-openvino",
            both(large, "openvino"),
        ),
        (
            "--generate-missing --generate alpha-large --enhance-web-platforms",
            both(large, "webnn webgpu"),
        ),
        (
            "--generate alpha-large --enhance-web-platforms --enhance-openvino",
            both(large, "openvino webnn webgpu"),
        ),
    ];
    for (arguments, expected) in cases {
        let workspace = Workspace::new(&[("alpha", ALPHA), ("beta", BETA)]);
        workspace.succeed(arguments);
        let families = ["src/families/alpha.rs", "src/families/beta.rs"].map(str::to_owned);
        let written: BTreeSet<String> = cells(&workspace)
            .into_iter()
            .filter(|path| !families.contains(path))
            .collect();
        assert_eq!(written, expected.into_iter().collect(), "{arguments}");
        check_consistent(&workspace, arguments);
        // What is added later is listed beside what was there.
        workspace.succeed("--generate alpha-base-v1.0 --platform cuda");
        check_consistent(&workspace, arguments);
        workspace.succeed("");
        check_consistent(&workspace, arguments);
        workspace.succeed("--check");
    }
}

#[test]
fn tests_without_skills_wait_for_them() {
    let workspace = Workspace::new(&[("alpha", ALPHA)]);
    workspace.succeed("--tests-only");
    assert!(
        !workspace
            .read("generated/tests/cpu/main.rs")
            .contains("alpha_large")
    );
    workspace.succeed("--skills-only");
    assert!(
        workspace
            .read("generated/tests/cpu/main.rs")
            .contains("mod alpha_large;")
    );
    workspace.succeed("--check");
}

#[test]
fn a_cell_that_gains_a_skill_is_listed_as_it_is() {
    let workspace = Workspace::new(&[("alpha", ALPHA)]);
    workspace.succeed("");
    workspace.edit(
        "model_registry/families/alpha.yaml",
        "    above_parameters: 200_000_000\n",
        "",
    );
    // Base loses its skill on WebNN, but its file is stale and stays: the list names what the file declares.
    workspace.remove("generated/src/alpha_base_v1_0/cpu.rs");
    workspace.remove("generated/tests/webnn/alpha_base_v1_0.rs");
    workspace.succeed("--generate-missing");
    check_consistent(&workspace, "stale with a skill");
    assert!(
        workspace
            .read("generated/src/alpha_base_v1_0/mod.rs")
            .contains("Some(&webnn::SKILL)")
    );
    workspace.succeed("");
    assert!(
        workspace
            .read("generated/src/alpha_base_v1_0/mod.rs")
            .contains("(&webnn::CELL, None)")
    );
    // And the other way round: the new test takes a skill that the stale cell does not declare yet.
    workspace.edit(
        "model_registry/families/alpha.yaml",
        "support: unsupported",
        "support: native",
    );
    workspace.remove("generated/tests/webnn/alpha_base_v1_0.rs");
    workspace.succeed("--generate-missing");
    check_consistent(&workspace, "stale without a skill");
    assert!(
        !workspace
            .read("generated/tests/webnn/main.rs")
            .contains("mod alpha_base_v1_0;")
    );
    workspace.succeed("");
    workspace.succeed("--check");
}

#[test]
fn cells_removed_by_hand_leave_the_lists_in_any_run() {
    let workspace = Workspace::new(&[("alpha", ALPHA), ("beta", BETA)]);
    workspace.succeed("");
    workspace.remove("generated/src/alpha_large/cuda.rs");
    workspace.remove("generated/tests/mps/alpha_large.rs");
    workspace.succeed("--generate beta");
    check_consistent(&workspace, "removed by hand");
    assert!(
        !workspace
            .read("generated/src/alpha_large/mod.rs")
            .contains("cuda")
    );
}
