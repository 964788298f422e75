//! Times `gen` over synthetic registries, and the same templates in Python's jinja2 beside it.
//!
//! `cargo bench -p generator` prints medians of whole processes, start to exit, on the machine at hand.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first thing that fails"
)]

mod jinja2;
mod phases;
mod registry;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use registry::Workspace;

/// Runs whose median is told.
const RUNS: usize = 5;
/// Models of the registry that targets are set for; with 7 platforms and 2 files a cell they make 7,000 files.
const MODELS: usize = 500;
/// Models of the registry that shows whether time grows with size alone.
const MANY_MODELS: usize = 5_000;

fn main() {
    // Cargo asks every target for its tests.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    println!(
        "median of {RUNS} processes, {} cores, files in {}",
        std::thread::available_parallelism().map_or(1, usize::from),
        registry::base().display()
    );
    println!("{:<46}{:>10}{:>12}{:>10}", "", "ms", "files/s", "target");
    // All folders live to the end: giving many inodes back makes the next files slow.
    let mut workspaces: Vec<Workspace> = Vec::new();
    for models in [MODELS, MANY_MODELS] {
        let files = models * 14;
        let target = |target: &'static str| if models == MODELS { target } else { "" };
        let mut workspace = Workspace::new(&real, models);
        let written = repeated(|| {
            workspace.take_new_output();
            gen_run(&workspace, &[])
        });
        row(
            &format!("{models} models: render, parse, write"),
            written,
            files,
            target("600 ms"),
        );
        let checked = repeated(|| gen_run(&workspace, &["--check"]));
        row(
            &format!("{models} models: --check"),
            checked,
            files,
            target("400 ms"),
        );
        let nothing = repeated(|| gen_run(&workspace, &[]));
        row(
            &format!("{models} models: nothing to do"),
            nothing,
            files,
            "",
        );
        row(
            &format!("{models} models: one stale family of ten"),
            one_family(&workspace),
            files,
            "",
        );
        workspaces.push(workspace);
    }
    let nothing = repeated(|| time(Command::new(env!("CARGO_BIN_EXE_gen")).current_dir(&real)));
    row(
        "real registry: nothing to do",
        nothing,
        registry::files_of(&real.join("generated")),
        "50 ms",
    );
    println!("\nphases of {MODELS} models, in this process, one thread");
    let workspace = &workspaces[0];
    let cells = phases::measure(workspace);
    jinja2::measure(workspace, &cells);
}

/// Changes one family, so that its files alone are stale.
fn one_family(workspace: &Workspace) -> Duration {
    let mut version = 0;
    repeated(|| {
        version += 1;
        workspace.rename_first_family(version);
        gen_run(workspace, &[])
    })
}

fn gen_run(workspace: &Workspace, arguments: &[&str]) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gen"));
    command
        .args(arguments)
        .arg("--output-dir")
        .arg(workspace.output());
    time(command.current_dir(workspace.root()))
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let output = command.output().expect("gen starts");
    let elapsed = start.elapsed();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    elapsed
}

/// The median of several runs.
fn repeated(mut run: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| run()).collect();
    times.sort_unstable();
    times[RUNS / 2]
}

/// Prints one line of the table.
fn row(name: &str, elapsed: Duration, files: usize, target: &str) {
    let per_second = files as f64 / elapsed.as_secs_f64();
    println!(
        "{name:<46}{:>10.1}{per_second:>12.0}{target:>10}",
        elapsed.as_secs_f64() * 1e3
    );
}
