//! `reference.json`, and the files it vouches for.

use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::ReferenceError;
use crate::sha256;

const FILE: &str = "reference.json";

/// A parsed `reference.json` and the folder it stands in.
#[derive(Debug)]
pub(super) struct Document {
    dir: PathBuf,
    root: Value,
}

impl Document {
    /// Reads the file.
    pub(super) fn load(dir: &Path) -> Result<Self, ReferenceError> {
        let path = dir.join(FILE);
        let bytes = fs::read(&path).map_err(|source| ReferenceError::Read {
            path: path.clone(),
            source,
        })?;
        let root = serde_json::from_slice(&bytes)
            .map_err(|source| ReferenceError::Json { path, source })?;
        Ok(Self {
            dir: dir.to_owned(),
            root,
        })
    }

    /// The folder.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The whole content.
    pub(super) fn root(&self) -> &Value {
        &self.root
    }

    /// A text at the top level.
    pub(super) fn text(&self, key: &str) -> Result<&str, ReferenceError> {
        self.root
            .get(key)
            .and_then(Value::as_str)
            .ok_or_else(|| self.wrong(key, "a text"))
    }

    /// An object at the top level, as its entries.
    pub(super) fn entries(
        &self,
        key: &str,
    ) -> Result<&serde_json::Map<String, Value>, ReferenceError> {
        self.root
            .get(key)
            .and_then(Value::as_object)
            .ok_or_else(|| self.wrong(key, "an object"))
    }

    /// The files that the document vouches for.
    pub(super) fn files(&self) -> Result<impl Iterator<Item = String>, ReferenceError> {
        Ok(self.entries("files")?.keys().cloned())
    }

    /// The path of a file of the folder.
    pub(super) fn path(&self, file: &str) -> Result<PathBuf, ReferenceError> {
        if Path::new(file)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            Ok(self.dir.join(file))
        } else {
            Err(self.wrong(file, "a path inside the folder"))
        }
    }

    /// The content of a file, checked against its hash.
    pub(super) fn read(&self, file: &str) -> Result<Vec<u8>, ReferenceError> {
        let path = self.path(file)?;
        let listed = self
            .entries("files")?
            .get(file)
            .and_then(|entry| entry.get("sha256")?.as_str());
        let expected =
            listed.ok_or_else(|| self.wrong(&format!("files.{file}.sha256"), "a text"))?;
        let bytes = fs::read(&path).map_err(|source| ReferenceError::Read {
            path: path.clone(),
            source,
        })?;
        let found = sha256::of(&bytes);
        if found == expected {
            Ok(bytes)
        } else {
            Err(ReferenceError::Changed {
                path,
                expected: expected.to_owned(),
                found,
            })
        }
    }

    /// A JSON file of the folder, checked against its hash.
    pub(super) fn json<T: serde::de::DeserializeOwned>(
        &self,
        file: &str,
    ) -> Result<T, ReferenceError> {
        let bytes = self.read(file)?;
        serde_json::from_slice(&bytes).map_err(|source| ReferenceError::Json {
            path: self.dir.join(file),
            source,
        })
    }

    /// The error for a key that does not hold what it should.
    pub(super) fn wrong(&self, key: &str, expected: &'static str) -> ReferenceError {
        ReferenceError::Key {
            path: self.dir.join(FILE),
            key: key.to_owned(),
            expected,
        }
    }
}
