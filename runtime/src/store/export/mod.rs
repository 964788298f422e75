//! Rows as files that other programs read, and back.

mod csv;
mod json;

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

pub use self::json::json_rows;
use super::{Filter, SqliteStore, StoreError};
use crate::catalog::names;

names! {
    /// A format of exported rows.
    ExportFormat("format") {
        /// A line for each row with what its headline holds, and a second file with a line for each sample.
        Csv = "csv",
        /// The rows as they are, in an array; it can be imported.
        Json = "json",
    }
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Number of rows.
    pub rows: usize,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

impl SqliteStore {
    /// Writes the rows that a filter selects, newest first. Files are replaced when all of them are whole.
    ///
    /// # Errors
    /// A store that cannot be read, or a file that cannot be written.
    pub fn export(
        &self,
        filter: &Filter,
        format: ExportFormat,
        output: &Path,
    ) -> Result<Exported, StoreError> {
        match format {
            ExportFormat::Csv => csv::write(self, filter, output),
            ExportFormat::Json => json::write(self, filter, output),
        }
    }
}

/// A file that is written beside its place, and renamed once it is whole.
struct Draft {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl Draft {
    fn new(path: &Path) -> Result<Self, StoreError> {
        let failed = |error| StoreError::file("write", path, error);
        let folder = super::open::folder(path);
        fs::create_dir_all(folder).map_err(failed)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".export-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        Ok(Self {
            path: path.to_owned(),
            file: BufWriter::new(builder.tempfile_in(folder).map_err(failed)?),
        })
    }

    /// Says which file could not be written.
    fn failed<E>(&self) -> impl Fn(E) -> StoreError + use<E>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let path = self.path.clone();
        move |error| StoreError::file("write", &path, error)
    }

    /// Puts it into its place.
    fn finish(self) -> Result<PathBuf, StoreError> {
        let failed = |error: std::io::Error| StoreError::file("write", &self.path, error);
        let mut file = self.file;
        file.flush().map_err(failed)?;
        let file = file.into_inner().map_err(|error| failed(error.into()))?;
        file.persist(&self.path)
            .map_err(|error| failed(error.error))?;
        Ok(self.path)
    }
}
