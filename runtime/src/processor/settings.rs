//! Reads the small JSON files of a checkpoint, and names file and key in everything it refuses.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::ProcessorError;

/// The most a settings file may have: real ones have a few kilobytes, chat templates and token lists some hundred.
const MAX_BYTES: u64 = 16 << 20;

/// One JSON object from a file.
#[derive(Debug)]
pub(super) struct Settings {
    path: PathBuf,
    value: Value,
}

impl Settings {
    /// The object in `dir/name`; `None` where the file does not exist.
    pub(super) fn load(dir: &Path, name: &str) -> Result<Option<Self>, ProcessorError> {
        let path = dir.join(name);
        let Some(bytes) = read(&path, MAX_BYTES)? else {
            return Ok(None);
        };
        let value = serde_json::from_slice(&bytes).map_err(|source| ProcessorError::Json {
            path: path.clone(),
            source,
        })?;
        Ok(Some(Self { path, value }))
    }

    /// The object in `dir/name`, or where the file does not exist what `absent` says.
    ///
    /// # Errors
    /// A file that cannot be read or is no JSON, or none where nothing is said of its absence.
    pub(super) fn load_or(
        dir: &Path,
        name: &str,
        absent: Option<&str>,
    ) -> Result<Self, ProcessorError> {
        if let Some(settings) = Self::load(dir, name)? {
            return Ok(settings);
        }
        let path = dir.join(name);
        let Some(absent) = absent else {
            return Err(ProcessorError::Read {
                path,
                source: io::ErrorKind::NotFound.into(),
            });
        };
        match serde_json::from_str(absent) {
            Ok(value) => Ok(Self { path, value }),
            Err(source) => Err(ProcessorError::Json { path, source }),
        }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The whole content.
    pub(super) fn root(&self) -> &Value {
        &self.value
    }

    /// The value of `key`; `None` where it is missing or null.
    pub(super) fn find(&self, key: &str) -> Option<&Value> {
        self.value.get(key).filter(|value| !value.is_null())
    }

    /// A true or false; `None` where the key is missing, false where it is null, as transformers has it.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, ProcessorError> {
        match self.value.get(key) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(false)),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.refuse(key, other, "true or false")),
        }
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, ProcessorError> {
        self.find(key)
            .map(|value| {
                value
                    .as_str()
                    .ok_or_else(|| self.refuse(key, value, "a text"))
            })
            .transpose()
    }

    /// A finite number.
    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, ProcessorError> {
        self.find(key)
            .map(|value| {
                value
                    .as_f64()
                    .ok_or_else(|| self.refuse(key, value, "a number"))
            })
            .transpose()
    }

    /// A whole number of at least 1.
    pub(super) fn count(&self, key: &str) -> Result<Option<usize>, ProcessorError> {
        self.find(key)
            .map(|value| {
                let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
                count
                    .filter(|&count| count > 0)
                    .ok_or_else(|| self.refuse(key, value, "a whole number of at least 1"))
            })
            .transpose()
    }

    /// The error for a value that is not what it should be.
    pub(super) fn refuse(&self, key: &str, found: &Value, expected: &str) -> ProcessorError {
        const SHOWN: usize = 120;
        let mut found = found.to_string();
        if found.chars().count() > SHOWN {
            found = found.chars().take(SHOWN).chain(['…']).collect();
        }
        ProcessorError::Value {
            path: self.path.clone(),
            key: key.to_owned(),
            found,
            expected: expected.to_owned(),
        }
    }
}

/// The content of a file of at most `limit` bytes; `None` where it does not exist.
pub(super) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, ProcessorError> {
    let failed = |source| ProcessorError::Read {
        path: path.to_owned(),
        source,
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if metadata.len() > limit => {
            return Err(ProcessorError::FileTooLarge {
                path: path.to_owned(),
                bytes: metadata.len(),
                limit,
            });
        }
        Ok(_) => {}
    }
    fs::read(path).map(Some).map_err(failed)
}
