//! Rows as an array of JSON objects.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::super::parts::Parts;
use super::super::{Added, Filter, SqliteStore, StoreError};
use super::{Draft, Exported};
use crate::bench::Row;

pub(super) fn write(
    store: &SqliteStore,
    filter: &Filter,
    output: &Path,
) -> Result<Exported, StoreError> {
    let mut draft = Draft::new(output)?;
    let mut rows = 0;
    let failed = draft.failed();
    store.each_row(filter, |row| {
        let between: &[u8] = if rows == 0 { b"[\n" } else { b",\n" };
        draft.file.write_all(between).map_err(&failed)?;
        serde_json::to_writer(&mut draft.file, &row).map_err(|error| failed(error.into()))?;
        rows += 1;
        Ok(())
    })?;
    let end: &[u8] = if rows == 0 { b"[]\n" } else { b"\n]\n" };
    draft.file.write_all(end).map_err(&failed)?;
    Ok(Exported {
        rows,
        files: vec![draft.finish()?],
    })
}

impl SqliteStore {
    /// Adds the rows of a JSON file, as [`SqliteStore::export`] writes it: all or none.
    ///
    /// # Errors
    /// A file that is no array of rows, or a store that cannot be written.
    pub fn import(&self, path: &Path) -> Result<Added, StoreError> {
        self.writing(|transaction| {
            let mut added = Added::default();
            each_of(path, |row| {
                self.add(transaction, row, &Parts::of(row)?, &mut added)
            })?;
            Ok(added)
        })
    }
}

/// The number of rows in a JSON file, as [`SqliteStore::export`] writes it.
///
/// # Errors
/// A file that is no array of rows, or one of a row that cannot be stored.
pub fn json_rows(path: &Path) -> Result<usize, StoreError> {
    let mut rows = 0;
    each_of(path, |row| {
        rows += 1;
        Parts::of(row).map(|_| ())
    })?;
    Ok(rows)
}

fn each_of(
    path: &Path,
    mut call: impl FnMut(&Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let failed = |reason: String| StoreError::Import {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut failure = None;
    let mut deserializer = serde_json::Deserializer::from_reader(BufReader::new(file));
    let each = Each(|row: &Row| call(row).map_err(|error| failure = Some(error)).is_ok());
    let read = each
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    if let Some(error) = failure {
        return Err(error);
    }
    read.map_err(|error| {
        failed(format!(
            "no array of rows as `assay db export` writes it: {error}"
        ))
    })
}

/// Calls a function for each row of an array, until it says `false`. Files may be larger than memory.
struct Each<F>(F);

impl<'de, F: FnMut(&Row) -> bool> DeserializeSeed<'de> for Each<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&Row) -> bool> Visitor<'de> for Each<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element()? {
            if !(self.0)(&row) {
                return Err(serde::de::Error::custom("a row was refused"));
            }
        }
        Ok(())
    }
}
