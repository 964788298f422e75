//! The only module that writes to standard output and standard error; colour goes to terminals only.

use std::error::Error as _;
use std::io::Write;

use serde_json::json;

use super::flags::Format;
use crate::error::{Error, Result};

/// Colours of the terminal's own palette.
pub(super) mod colour {
    pub(in crate::cli) const RED: &str = "\x1b[31m";
    pub(in crate::cli) const GREEN: &str = "\x1b[32m";
    pub(in crate::cli) const YELLOW: &str = "\x1b[33m";
    pub(in crate::cli) const CYAN: &str = "\x1b[36m";
    pub(in crate::cli) const BOLD_RED: &str = "\x1b[1;31m";
    pub(in crate::cli) const PLAIN: &str = "\x1b[0m";
}

/// Prints a result.
pub(super) fn print(text: &str) -> Result<()> {
    let mut stdout = anstream::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(Error::Print)
}

/// Says something beside the result.
pub(super) fn note(text: &str) {
    // A message that cannot be shown has nobody to be shown to.
    writeln!(anstream::stderr().lock(), "{text}").ok();
}

/// Says why the program stops: on standard error for people, on standard output for scripts.
pub(super) fn fail(error: &Error, format: Format) {
    let mut text = error.to_string().trim_end().to_owned();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(cause.to_string().trim().trim_start_matches("error: "));
        source = cause.source();
    }
    if format == Format::Json {
        let mut json = json!({ "error": text });
        if let Error::Registry { faults, .. } = error {
            json = json!({ "error": "the registry has faults", "faults": faults.to_json() });
        }
        print(&format!("{json:#}\n")).ok();
    } else {
        note(&format!(
            "{}error{}: {text}",
            colour::BOLD_RED,
            colour::PLAIN
        ));
    }
}
