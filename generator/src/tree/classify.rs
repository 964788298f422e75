//! The state of a generated file, from what lies on disk and what would be written.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::render::{Provenance, provenance};

/// State of a generated file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it would be written.
    Fresh,
    /// Absent or empty.
    Missing,
    /// Written by the generator from an older registry or template.
    Stale,
    /// Written by the generator and changed by hand.
    Edited,
    /// In the place of a generated file, but without the marker.
    Foreign,
    /// Written by the generator for something that has left the registry.
    Orphaned,
}

impl State {
    /// The state as messages spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Edited => "edited",
            Self::Foreign => "foreign",
            Self::Orphaned => "orphaned",
        }
    }
}

/// The state of the file with this text, `None` where it is absent or empty; `fresh` is what would be written.
#[must_use]
pub fn classify(found: Option<&str>, fresh: &str) -> State {
    let Some(found) = found else {
        return State::Missing;
    };
    if same(found, fresh) {
        return State::Fresh;
    }
    match provenance(found) {
        Provenance::Foreign => State::Foreign,
        Provenance::Intact => State::Stale,
        // Somebody may have run a formatter over it, which is no edit.
        Provenance::Edited if formatted(fresh).is_some_and(|formatted| same(found, &formatted)) => {
            State::Fresh
        }
        Provenance::Edited => State::Edited,
    }
}

/// Equal but for carriage returns, which Git may add.
fn same(found: &str, text: &str) -> bool {
    found == text || (found.contains('\r') && found.replace('\r', "") == text)
}

/// The text as the installed rustfmt formats it; `None` where there is no rustfmt, or it cannot.
///
/// Only files that look edited come here: the generator itself needs no formatter.
fn formatted(text: &str) -> Option<String> {
    let rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut rustfmt = rustfmt.ok()?;
    let is_written = rustfmt.stdin.take()?.write_all(text.as_bytes()).is_ok();
    let output = rustfmt.wait_with_output().ok()?;
    if is_written && output.status.success() {
        String::from_utf8(output.stdout).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::stamp;

    #[test]
    fn every_state_has_its_text() {
        let fresh = stamp(
            "model_registry/families/a.yaml",
            "//! A.\n\nconst A: &[u8] = &[\n    1,\n];\n",
        );
        let older = stamp("model_registry/families/a.yaml", "//! A.\n");
        let other_hash = fresh.replacen("follows: ", "follows: 0", 1);
        for (found, expected) in [
            (None, State::Missing),
            (Some(fresh.clone()), State::Fresh),
            (Some(fresh.replace('\n', "\r\n")), State::Fresh),
            (Some(older.clone()), State::Stale),
            (Some(older.replace('\n', "\r\n")), State::Stale),
            (Some(fresh.replace("&[\n    1,\n]", "&[1]")), State::Fresh),
            (
                Some(fresh.replace("&[\n    1,\n]", "&[1]").replace('\n', "\r\n")),
                State::Fresh,
            ),
            (Some(fresh.replace("1,", "2,")), State::Edited),
            (Some(format!("{fresh}// mine\n")), State::Edited),
            (Some(other_hash), State::Edited),
            (Some(older.replace("//! A.", "//! B.")), State::Edited),
            (Some("//! A.\n".to_owned()), State::Foreign),
            (Some(format!("\n{fresh}")), State::Foreign),
        ] {
            assert_eq!(classify(found.as_deref(), &fresh), expected, "{found:?}");
        }
    }
}
