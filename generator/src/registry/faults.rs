//! All faults of a registry together, as text for people and as JSON for scripts.

use std::fmt;

use serde::Serialize;

use super::fault::Fault;

/// Most faults that are printed; beyond it the registry is not what it is taken for.
const PRINTED: usize = 200;

/// Every fault of every file, sorted by file and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Sorts faults; nothing where there are none.
    pub(super) fn new(mut faults: Vec<Fault>) -> Option<Self> {
        faults.sort();
        faults.dedup();
        if faults.is_empty() {
            None
        } else {
            Some(Self(faults))
        }
    }

    /// The faults, sorted.
    #[must_use]
    pub fn all(&self) -> &[Fault] {
        &self.0
    }

    /// The faults as a JSON array of objects: `file`, `line`, `column`, `path`, `kind`, `message` and the kind's own.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        #[derive(Serialize)]
        struct Line<'a> {
            #[serde(flatten)]
            fault: &'a Fault,
            message: String,
        }
        let line = |fault| Line {
            fault,
            message: fault.kind.to_string(),
        };
        self.0
            .iter()
            .map(|fault| serde_json::to_value(line(fault)).unwrap_or_default())
            .collect()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: ",
            self.file.escape_debug(),
            self.mark.line,
            self.mark.column
        )?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.escape_debug())?;
        }
        write!(f, "{}", self.kind)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut files: Vec<&str> = self.0.iter().map(|fault| fault.file.as_str()).collect();
        files.dedup();
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let (faults, files) = (self.0.len(), files.len());
        writeln!(
            f,
            "{faults} fault{} in {files} file{} of the registry",
            plural(faults),
            plural(files)
        )?;
        for fault in self.0.iter().take(PRINTED) {
            writeln!(f, "{fault}")?;
        }
        if faults > PRINTED {
            writeln!(f, "and {} more", faults - PRINTED)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
