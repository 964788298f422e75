//! What is in a store, counted.

use std::collections::BTreeMap;
use std::fs;

use serde::Serialize;

use super::{SqliteStore, StoreError, open};

/// What is in a store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Census {
    /// Version of the format.
    pub version: i64,
    /// Size of the file with what is still to be moved into it, in bytes.
    pub bytes: u64,
    /// Number of rows by state.
    pub rows: BTreeMap<String, u64>,
    /// Number of rows by model.
    pub models: BTreeMap<String, u64>,
    /// Number of rows by fingerprint of the machine.
    pub machines: BTreeMap<String, u64>,
    /// Number of different cases.
    pub cases: u64,
    /// Samples of all kinds and rows, and the bytes that they take.
    pub samples: u64,
    /// Bytes that samples take.
    pub sample_bytes: u64,
    /// When the first row began and the last one, in milliseconds since 1970-01-01 00:00 UTC.
    pub span_ms: Option<(i64, i64)>,
}

impl SqliteStore {
    /// Counts what is in the store.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn census(&self) -> Result<Census, StoreError> {
        self.reading(|connection| {
            let tell = |error| self.told(error);
            let counts = |sql: &str| -> rusqlite::Result<BTreeMap<String, u64>> {
                let mut statement = connection.prepare(sql)?;
                let counts = statement.query_map([], |row| Ok((row.get(0)?, count(row, 1)?)))?;
                counts.collect()
            };
            let totals = |sql: &str| {
                connection.query_row(sql, [], |row| Ok((count(row, 0)?, count(row, 1)?)))
            };
            let by = |table: &str, name: &str, column: &str| {
                counts(&format!(
                    "SELECT {name}, sum(found) FROM
                        (SELECT {column} AS number, count(*) AS found FROM rows GROUP BY {column}) JOIN {table} USING (number)
                     GROUP BY {name}"
                ))
            };
            let span = connection
                .query_row("SELECT min(started_ms), max(started_ms) FROM rows", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .map_err(tell)?;
            let (first, last): (Option<i64>, Option<i64>) = span;
            let (samples, sample_bytes) =
                totals("SELECT total(count), total(length(content)) FROM samples").map_err(tell)?;
            Ok(Census {
                version: self.version,
                bytes: self.bytes(),
                rows: counts("SELECT state, count(*) FROM rows GROUP BY state").map_err(tell)?,
                models: by("cases", "model", "case_number").map_err(tell)?,
                machines: by("machines", "fingerprint", "machine_number").map_err(tell)?,
                cases: totals("SELECT count(*), 0 FROM cases").map_err(tell)?.0,
                samples,
                sample_bytes,
                span_ms: first.zip(last),
            })
        })
    }

    fn bytes(&self) -> u64 {
        let files = [self.path.clone(), open::beside(&self.path, "-wal")];
        let sizes = files.iter().filter_map(|file| fs::metadata(file).ok());
        sizes.map(|found| found.len()).sum()
    }
}

/// A count of SQLite's, which is an integer or, of `total`, a number.
fn count(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, f64>(column).map(|count| count as u64)
}
