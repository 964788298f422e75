//! What lies in the output folder; the only module that walks and reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::error::{Error, Result};

/// The folders that belong to the generator.
const FOLDERS: &[&str] = &["src", "tests"];

/// What lies in the output folder.
#[derive(Debug, Default)]
pub struct Disk {
    root: PathBuf,
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
    others: BTreeMap<String, &'static str>,
}

impl Disk {
    /// Walks an output folder, which need not exist yet.
    ///
    /// # Errors
    /// When it is no folder, or cannot be read.
    pub fn scan(root: &Path) -> Result<Self> {
        let mut disk = Self {
            root: root.to_owned(),
            ..Self::default()
        };
        match fs::symlink_metadata(root) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) => return Err(disk.obstacle("", what(metadata.file_type()), "a folder")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(disk),
            Err(source) => {
                return Err(Error::Read {
                    path: root.to_owned(),
                    source,
                });
            }
        }
        for folder in FOLDERS {
            disk.walk(folder)?;
        }
        Ok(disk)
    }

    fn walk(&mut self, folder: &str) -> Result<()> {
        for entry in WalkDir::new(self.root.join(folder)) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error)
                    if error
                        .io_error()
                        .is_some_and(|error| error.kind() == io::ErrorKind::NotFound) =>
                {
                    continue;
                }
                Err(error) => {
                    let path = error.path().unwrap_or(&self.root).to_owned();
                    return Err(Error::Read {
                        path,
                        source: error.into(),
                    });
                }
            };
            let below = entry
                .path()
                .strip_prefix(&self.root)
                .unwrap_or(entry.path());
            let path = below
                .iter()
                .map(|part| part.to_string_lossy())
                .collect::<Vec<_>>()
                .join("/");
            let kind = entry.file_type();
            if kind.is_file() {
                self.files.insert(path);
            } else if kind.is_dir() {
                self.folders.insert(path);
            } else {
                self.others.insert(path, what(kind));
            }
        }
        Ok(())
    }

    /// The output folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file below the generator's folders, sorted.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// Whether there is a file, empty or not.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    /// The text of a file; `None` where it is absent or empty. What is not UTF-8 is nothing the generator wrote.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, path: &str) -> Result<Option<String>> {
        if !self.has(path) {
            return Ok(None);
        }
        let path = self.root.join(path);
        match fs::read(&path) {
            Ok(bytes) if bytes.is_empty() => Ok(None),
            Ok(bytes) => {
                let text = String::from_utf8(bytes);
                Ok(Some(text.unwrap_or_else(|error| {
                    String::from_utf8_lossy(error.as_bytes()).into_owned()
                })))
            }
            // Somebody removed it since the walk.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// Checks that a file could be written.
    ///
    /// # Errors
    /// When a folder, a link or anything else lies in its place, or a file where its folder belongs.
    pub fn check_writable(&self, path: &str) -> Result<()> {
        if self.folders.contains(path) {
            return Err(self.obstacle(path, "a folder", "a file"));
        }
        if let Some(found) = self.others.get(path) {
            return Err(self.obstacle(path, found, "a file"));
        }
        for (end, _) in path.match_indices('/') {
            let folder = path.get(..end).unwrap_or_default();
            if self.files.contains(folder) {
                return Err(self.obstacle(folder, "a file", "a folder"));
            }
            if let Some(found) = self.others.get(folder) {
                return Err(self.obstacle(folder, found, "a folder"));
            }
        }
        Ok(())
    }

    fn obstacle(&self, path: &str, found: &'static str, expected: &'static str) -> Error {
        let path = if path.is_empty() {
            self.root.clone()
        } else {
            self.root.join(path)
        };
        Error::Obstacle {
            path,
            found,
            expected,
        }
    }
}

fn what(kind: fs::FileType) -> &'static str {
    if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_dir() {
        "a folder"
    } else if kind.is_file() {
        "a file"
    } else {
        "a device, pipe or socket"
    }
}
