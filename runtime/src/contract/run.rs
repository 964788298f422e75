//! Runs the trials of one platform's test process and sums them up.

use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use libtest_mimic::{Arguments, Completion, Failed};

use super::outcome::{Outcome, Stop};
use super::summary::{Record, Records};
use super::tally::Tally;
use crate::catalog::{Model, Platform};
use crate::engine::{ProviderOptions, browser};
use crate::worker;

/// One check of one cell.
pub struct Trial {
    module: &'static str,
    name: &'static str,
    model: &'static Model,
    check: Box<dyn FnOnce() -> Checked + Send>,
}

/// The outcome of a check, and how the cell was executed.
pub(super) struct Checked {
    pub(super) outcome: Outcome,
    /// Whether the cell's outputs came from another platform.
    pub(super) is_simulated: bool,
    /// Whether another cell's outcome stands for this one's.
    pub(super) is_shared: bool,
}

impl Trial {
    /// A check of a cell; `module` is a path whose first segment is the test crate.
    pub(super) fn new(
        module: &'static str,
        name: &'static str,
        model: &'static Model,
        check: Box<dyn FnOnce() -> Checked + Send>,
    ) -> Self {
        let module = module.split_once("::").map_or(module, |(_, inner)| inner);
        Self {
            module,
            name,
            model,
            check,
        }
    }
}

/// Runs the trials of a platform's test process and prints what was proved and what was not.
///
/// Takes the arguments that Rust's test harness takes; the exit code is 101 when a check fails.
#[must_use]
pub fn run(platform: Platform, cells: &[fn() -> Vec<Trial>]) -> ExitCode {
    // Before any thread is started and anything is written.
    worker::enter(platform, &ProviderOptions::default());
    let mut arguments = Arguments::from_args();
    if platform == Platform::WebGpu {
        // All sessions share one device, and its driver does not bear with threads that open, run and drop them at once.
        arguments.test_threads.get_or_insert(1);
    }
    let records = Records::default();
    let trials = cells.iter().flat_map(|cell| cell());
    let trials = trials
        .map(|trial| arrange(platform, trial, &records))
        .collect();
    let start = Instant::now();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let wall = start.elapsed();
    browser::shut_down();
    if !arguments.list {
        let records = records.take();
        let tally = Tally::of(platform, &records, wall);
        let summary = super::summary::render(&tally, &records, arguments.quiet);
        // Nobody is left to be told when standard output is closed.
        std::io::stdout().write_all(summary.as_bytes()).ok();
        // A part of the checks says nothing of the platform.
        if conclusion.num_filtered_out == 0 {
            keep(&tally);
        }
    }
    conclusion.exit_code()
}

/// Keeps the numbers for the table of all platforms. Where that fails the table lacks them, and the checks are as good.
fn keep(tally: &Tally) {
    let Some(folder) = Tally::folder() else {
        return;
    };
    if let Err(error) = tally.keep(&folder) {
        let text = format!("cannot keep the summary in {}: {error}\n", folder.display());
        std::io::stderr().write_all(text.as_bytes()).ok();
    }
}

fn arrange(platform: Platform, trial: Trial, records: &Records) -> libtest_mimic::Trial {
    let name = format!("{}::{}", trial.module, trial.name);
    let repeat = format!("cargo test -p generated --test {platform} {name} -- --exact");
    let records = records.clone();
    libtest_mimic::Trial::ignorable_test(name, move || {
        let Trial {
            module,
            name,
            model,
            check,
        } = trial;
        let Checked {
            outcome,
            is_simulated,
            is_shared,
        } = check();
        let answer = match &outcome {
            Ok(_) => Ok(Completion::Completed),
            Err(Stop::Ignored { reason, .. }) => Ok(Completion::ignored_with(reason.clone())),
            Err(Stop::Failed(text)) => {
                Err(Failed::from(format!("{text}\nrepeat it alone: {repeat}")))
            }
        };
        records.add(Record {
            module,
            check: name,
            model,
            is_simulated,
            is_shared,
            outcome,
        });
        answer
    })
}
