//! Reads a folder of templates.

use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::error::{Error, Result};

/// A template's text and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFile {
    /// Its path below the folder of templates, with forward slashes.
    pub path: String,
    /// The file, for messages.
    pub origin: PathBuf,
    /// What it says.
    pub text: String,
}

/// Every `*.tera` below a folder, sorted by path.
///
/// # Errors
/// When the folder or one of the files cannot be read, or a file is not UTF-8.
pub fn read_folder(folder: &Path) -> Result<Vec<TemplateFile>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            // Without a cause of its own it is a link that leads back to a folder above it.
            let source = error
                .into_io_error()
                .unwrap_or_else(|| io::Error::other("its links form a loop"));
            Error::ReadTemplate { path, source }
        })?;
        if entry.file_type().is_dir()
            || entry
                .path()
                .extension()
                .is_none_or(|extension| extension != "tera")
        {
            continue;
        }
        let text = std::fs::read_to_string(entry.path());
        let text = text.map_err(|source| Error::ReadTemplate {
            path: entry.path().to_owned(),
            source,
        })?;
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let path = below
            .iter()
            .map(|part| part.to_string_lossy())
            .collect::<Vec<_>>()
            .join("/");
        files.push(TemplateFile {
            path,
            origin: entry.path().to_owned(),
            text,
        });
    }
    Ok(files)
}
