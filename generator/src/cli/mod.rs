//! Facade of the command line: flags, what they ask for, and how the outcome is told.

mod diff;
mod flags;
mod generate;
mod outcome;
mod query;
mod summary;
mod terminal;
mod test_run;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::error::{Error, Result};
use flags::{Command, Flags};

/// Runs `gen` with the arguments of the process.
///
/// The exit code is 0, or 1 when something is stale or failed, or 2 when the input is bad.
#[must_use]
pub fn main() -> ExitCode {
    let flags = Flags::parse();
    let format = flags.format();
    match run(&flags) {
        Ok(code) => code,
        // Nobody reads on: `gen --list-only | head` is no failure.
        Err(Error::Print(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            terminal::fail(&error, format);
            ExitCode::from(2)
        }
    }
}

fn run(flags: &Flags) -> Result<ExitCode> {
    match &flags.command {
        None if flags.generate.write_schema => query::write_schema(&flags.generate.source),
        None => generate::run(&flags.generate),
        Some(Command::Matrix(flags)) => query::print_matrix(flags),
        Some(Command::Explain(flags)) => query::explain(flags),
        Some(Command::New(flags)) => query::propose(flags),
        Some(Command::Completions { shell }) => completions(*shell),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<ExitCode> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Flags::command(), "gen", &mut text);
    terminal::print(&String::from_utf8_lossy(&text))?;
    Ok(ExitCode::SUCCESS)
}
