//! Reads the files of a registry folder; whatever cannot be read as a small UTF-8 file is a fault.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::fault::{Fault, FaultKind};
use super::tree::Mark;

/// Largest file that is read: the 5,000 models of a large registry in a single file take half of it.
const BYTES: u64 = 4 << 20;

/// A file of the registry as text.
pub(super) struct Source {
    /// Its path relative to the registry, with forward slashes.
    pub(super) path: String,
    /// Its name without `.yaml`.
    pub(super) stem: String,
    /// Its content.
    pub(super) text: String,
}

/// Reads every file of a folder of the registry, sorted by name.
pub(super) fn folder(root: &Path, folder: &str, faults: &mut Vec<Fault>) -> Vec<Source> {
    let mut names = match names(&root.join(folder)) {
        Ok(names) => names,
        Err(error) => {
            faults.push(fault(
                folder.to_owned(),
                FaultKind::Unreadable {
                    cause: error.to_string(),
                },
            ));
            return Vec::new();
        }
    };
    names.sort();
    let mut sources = Vec::with_capacity(names.len());
    for name in names {
        // What editors and file systems leave behind.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let path = format!("{folder}/{name}");
        let Some(stem) = name.strip_suffix(".yaml") else {
            let expected = format!("{folder}/<name>.yaml");
            faults.push(fault(path, FaultKind::StrayFile { expected }));
            continue;
        };
        match text(&root.join(folder).join(&name)) {
            Ok(text) => sources.push(Source {
                path,
                stem: stem.to_owned(),
                text,
            }),
            Err(kind) => faults.push(fault(path, kind)),
        }
    }
    sources
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

fn text(path: &Path) -> Result<String, FaultKind> {
    let unreadable = |error: io::Error| FaultKind::Unreadable {
        cause: error.to_string(),
    };
    // Asked before it is opened: opening a pipe waits for somebody to write.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(FaultKind::NotAFile {
            expected: "a YAML file".to_owned(),
        });
    }
    let mut bytes = Vec::new();
    let limited = File::open(path)
        .map_err(unreadable)?
        .take(BYTES + 1)
        .read_to_end(&mut bytes);
    if limited.map_err(unreadable)? as u64 > BYTES {
        return Err(FaultKind::TooLarge {
            found: metadata.len(),
            allowed: BYTES,
        });
    }
    String::from_utf8(bytes).map_err(|error| FaultKind::NotUtf8 {
        offset: error.utf8_error().valid_up_to(),
    })
}

fn fault(file: String, kind: FaultKind) -> Fault {
    Fault {
        file,
        mark: Mark::START,
        path: String::new(),
        kind,
    }
}
