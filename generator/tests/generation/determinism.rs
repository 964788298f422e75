//! Output depends on registry, templates and the cells on disk, and on nothing else.

use super::synthetic::{ALPHA, BETA, family};
use super::workspace::Workspace;

#[test]
fn neither_environment_nor_threads_nor_order_show() {
    let many: Vec<String> = (0..40).map(|index| format!("model-{index}")).collect();
    let gamma = family("gamma", &many, "a reason");
    let families = [("alpha", ALPHA), ("beta", BETA), ("gamma", gamma.as_str())];
    let reference = Workspace::new(&families);
    reference.succeed("");
    let expected = reference.generated();
    assert!(expected.len() > 500);
    for (arguments, variables, folder) in [
        (
            "--max-workers 1",
            &[("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8")][..],
            "",
        ),
        (
            "--max-workers 7",
            &[("TZ", "Asia/Kathmandu"), ("HOME", "/nowhere")],
            "model_registry/families",
        ),
        (
            "--all --platform all",
            &[("LC_ALL", "C"), ("COLUMNS", "20"), ("CLICOLOR_FORCE", "1")],
            "templates/src",
        ),
    ] {
        let workspace = Workspace::new(&families);
        let run = workspace.command(arguments, |command| {
            command
                .envs(variables.iter().copied())
                .current_dir(workspace.path(folder));
        });
        assert_eq!(run.code, 0, "{}", run.seen());
        assert!(
            workspace.generated() == expected,
            "{arguments} {variables:?}"
        );
    }
    // The way there does not show either.
    let workspace = Workspace::new(&families);
    workspace.succeed("--generate gamma --platform webgpu,cpu");
    workspace.succeed("--tests-only");
    workspace.succeed("--family beta");
    workspace.succeed("--generate-missing");
    assert!(workspace.generated() == expected);
}

#[test]
fn two_at_once_write_one_result() {
    let many: Vec<String> = (0..30).map(|index| format!("model-{index}")).collect();
    let gamma = family("gamma", &many, "a reason");
    let families = [("alpha", ALPHA), ("beta", BETA), ("gamma", gamma.as_str())];
    let reference = Workspace::new(&families);
    reference.succeed("");
    let workspace = Workspace::new(&families);
    std::thread::scope(|scope| {
        for arguments in [
            "--generate alpha",
            "--generate beta",
            "--generate gamma",
            "--generate gamma",
            "--platform cpu",
        ] {
            let workspace = &workspace;
            scope.spawn(move || workspace.succeed(arguments));
        }
    });
    assert!(workspace.generated() == reference.generated());
}
