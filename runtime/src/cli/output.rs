//! What every command shares: formats, writing, and how failures end the process.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::ValueEnum;

use crate::error::Error;

/// Form of a command's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Why a command did not succeed.
#[derive(Debug)]
pub(super) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// What the user gave is wrong.
    pub(super) fn bad_input(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 2,
        }
    }

    /// What was asked for could not be done.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 1,
        }
    }

    /// Says so on standard error.
    pub(super) fn report(&self) -> ExitCode {
        // Where standard error is closed, the exit code still tells.
        writeln!(io::stderr(), "error: {}", self.message).ok();
        ExitCode::from(self.code)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.chain();
        if error.is_bad_input() {
            Self::bad_input(message)
        } else {
            Self::failed(message)
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::failed(error.to_string())
    }
}

/// Writes to standard output; a reader that has gone (`| head`) is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    match io::stdout()
        .write_all(text.as_bytes())
        .and_then(|()| io::stdout().flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Writes a JSON document to standard output.
pub(super) fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    print(&format!("{value:#}\n"))
}

/// Writes a piece of an answer to standard output at once.
pub(super) fn say(piece: &str) {
    let mut output = io::stdout();
    // Who stopped reading has no use for the rest either; what comes after reports it.
    write!(output, "{piece}").and_then(|()| output.flush()).ok();
}

/// Writes a remark to standard error, beside the output proper.
pub(super) fn remark(text: &str) {
    // A remark that cannot be written is not worth failing for.
    writeln!(io::stderr(), "{text}").ok();
}
