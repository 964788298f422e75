//! The store in one SQLite file.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use metrics::Environment;
use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};
use tempfile::TempDir;

use super::insert::{insert, number_of};
use super::parts::Parts;
use super::schema::VERSION;
use super::select::Selection;
use super::{Filter, Headline, Store, StoreError, headline, open};
use crate::bench::Row;

/// A store of rows in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    /// Version of the file.
    pub(super) version: i64,
    /// Where the copy is that stands for a file of an older version.
    _copy: Option<TempDir>,
}

/// What became of rows that were added together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// Rows that were not there yet.
    pub added: usize,
    /// Rows that were there already, and the same.
    pub known: usize,
    /// Ids of rows that were there already with other content; what was there is kept.
    pub conflicts: Vec<String>,
}

impl SqliteStore {
    /// Opens a store to read and write. File and folder are made where they are missing; an older version is brought up to this
    /// one.
    ///
    /// # Errors
    /// A file that is no store or a newer one, which is left as it is; a file or folder that cannot be written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            connection: open::write(path)?,
            path: path.to_owned(),
            version: VERSION,
            _copy: None,
        })
    }

    /// Opens a store that is there, to read it: nothing is written to it. Of an older version, a copy is read.
    ///
    /// # Errors
    /// A file that is missing, no store, or a newer one.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let opened = open::read(path)?;
        Ok(Self {
            connection: opened.connection,
            path: path.to_owned(),
            version: opened.version,
            _copy: opened.copy,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds rows, all or none of them.
    ///
    /// # Errors
    /// A store that cannot be written, or a row that cannot be stored.
    pub fn append_all<'a>(
        &self,
        rows: impl IntoIterator<Item = &'a Row>,
    ) -> Result<Added, StoreError> {
        self.writing(|transaction| {
            let mut added = Added::default();
            for row in rows {
                self.add(transaction, row, &Parts::of(row)?, &mut added)?;
            }
            Ok(added)
        })
    }

    /// Adds a row within a transaction, unless it is there.
    pub(super) fn add(
        &self,
        transaction: &Connection,
        row: &Row,
        parts: &Parts,
        added: &mut Added,
    ) -> Result<(), StoreError> {
        let tell = |error| self.told(error);
        let Some(number) = number_of(transaction, &row.id).map_err(tell)? else {
            insert(transaction, row, parts).map_err(tell)?;
            added.added += 1;
            return Ok(());
        };
        match Parts::read(transaction, number).map_err(tell)? {
            Ok(there) if there.is_same(parts) => added.known += 1,
            _ => added.conflicts.push(row.id.clone()),
        }
        Ok(())
    }

    /// Does something while no other process can write, and keeps it if it succeeds.
    pub(super) fn writing<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let immediate = TransactionBehavior::Immediate;
        let transaction = Transaction::new_unchecked(&self.connection, immediate);
        let transaction = transaction.map_err(|error| self.told(error))?;
        let done = work(&transaction)?;
        transaction.commit().map_err(|error| self.told(error))?;
        Ok(done)
    }

    /// Does something while what is read does not change.
    pub(super) fn reading<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let deferred = TransactionBehavior::Deferred;
        let transaction = Transaction::new_unchecked(&self.connection, deferred);
        work(&*transaction.map_err(|error| self.told(error))?)
    }

    /// What SQLite said, as an error of this store.
    pub(super) fn told(&self, error: rusqlite::Error) -> StoreError {
        open::told(&self.path, error)
    }

    /// Calls something for each row that a filter selects, newest first, one at a time.
    ///
    /// # Errors
    /// A store that cannot be read, or what was called.
    pub fn each_row(
        &self,
        filter: &Filter,
        mut call: impl FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let tell = |error| self.told(error);
        self.reading(|connection| {
            let Selection { sql, values } = Selection::of(filter);
            let mut statement = connection.prepare(&sql).map_err(tell)?;
            let mut found = statement.query(params_from_iter(values)).map_err(tell)?;
            while let Some(found) = found.next().map_err(tell)? {
                let number = found.get(0).map_err(tell)?;
                let row = Parts::read(connection, number)
                    .map_err(tell)?
                    .and_then(|parts| parts.row());
                let id: String = found.get(2).map_err(tell)?;
                call(row.map_err(|reason| StoreError::unreadable(&id, reason))?)?;
            }
            Ok(())
        })
    }
}

impl Store for SqliteStore {
    fn append(&self, row: &Row) -> Result<(), StoreError> {
        let parts = Parts::of(row)?;
        self.writing(|transaction| {
            let number = number_of(transaction, &row.id).map_err(|error| self.told(error))?;
            if number.is_some() {
                return Ok(());
            }
            insert(transaction, row, &parts).map_err(|error| self.told(error))
        })
    }

    fn rows(&self, filter: &Filter) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.each_row(filter, |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    fn headlines(&self, filter: &Filter) -> Result<Vec<Headline>, StoreError> {
        self.reading(|connection| {
            headline::read(connection, filter).map_err(|error| self.told(error))?
        })
    }

    fn machines(&self) -> Result<BTreeMap<String, Environment>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT fingerprint, document FROM machines")
            .map_err(|error| self.told(error))?;
        let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let found: rusqlite::Result<HashMap<String, String>> = found.and_then(Iterator::collect);
        let found = found.map_err(|error| self.told(error))?;
        let parsed = found.into_iter().map(|(fingerprint, document)| {
            let machine = serde_json::from_str(&document);
            let machine = machine.map_err(|error| StoreError::Unreadable {
                id: format!("of machine {fingerprint}"),
                reason: error.to_string(),
            });
            Ok((fingerprint, machine?))
        });
        parsed.collect()
    }
}
