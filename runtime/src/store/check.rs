//! Whether all that is in a store can be read.

use rusqlite::Connection;

use super::figures::Figures;
use super::parts::Parts;
use super::{Filter, SqliteStore, StoreError, headline};

/// The most faults that are told.
const TOLD: usize = 100;

/// What a check of a store found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows that were read.
    pub rows: usize,
    /// What is wrong, a line each; at most a hundred.
    pub faults: Vec<String>,
}

impl SqliteStore {
    /// Reads everything: the pages and their order, what refers to what, each row's document and samples, and whether the figures
    /// in columns are those that follow from the samples.
    ///
    /// # Errors
    /// A store so damaged that it cannot be read at all.
    pub fn check(&self) -> Result<Checked, StoreError> {
        self.reading(|connection| {
            let mut checked = Checked::default();
            // The pages tell more than what fails to be read of them.
            let of_pages = pages(connection);
            checked.faults = of_pages.map_err(|error| self.told(error))?;
            let of_rows = rows(connection, &mut checked);
            match of_rows.map_err(|error| self.told(error)) {
                Err(error) if checked.faults.is_empty() => Err(error),
                Err(error) => {
                    checked.faults.push(error.to_string());
                    Ok(checked)
                }
                Ok(()) => Ok(checked),
            }
        })
    }
}

fn rows(connection: &Connection, checked: &mut Checked) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT number, id FROM rows ORDER BY number")?;
    let mut found = statement.query([])?;
    while let Some(found) = found.next()? {
        if checked.faults.len() >= TOLD {
            return Ok(());
        }
        checked.rows += 1;
        let (number, id): (i64, String) = (found.get(0)?, found.get(1)?);
        if let Err(reason) = whole(connection, number, &id)? {
            checked.faults.push(format!("row {id}: {reason}"));
        }
    }
    if connection.query_row(PASSED_OVER, [], |row| row.get(0))? {
        let fault = "the table of newest rows is not what follows from the rows";
        checked.faults.push(fault.to_owned());
    }
    Ok(())
}

/// Whether a row is newer than what is said to be the newest of its case, machine and state, or that is not what it says.
const PASSED_OVER: &str = "SELECT EXISTS (
    SELECT 1 FROM rows LEFT JOIN latest USING (case_number, machine_number, state)
    WHERE latest.id IS NULL OR (rows.started_ms, rows.id) > (latest.started_ms, latest.id)
) OR EXISTS (
    SELECT 1 FROM latest LEFT JOIN rows USING (number, id, case_number, machine_number, subject_number, state, started_ms)
    WHERE rows.version IS NULL
)";

/// Reads a row, and compares its columns with what follows from it.
fn whole(connection: &Connection, number: i64, id: &str) -> rusqlite::Result<Result<(), String>> {
    let row = Parts::read(connection, number)?.and_then(|parts| parts.row());
    let row = match row {
        Ok(row) => row,
        Err(reason) => return Ok(Err(reason)),
    };
    let filter = Filter {
        ids: vec![id.to_owned()],
        ..Filter::default()
    };
    let headline = match headline::read(connection, &filter)? {
        Ok(mut headlines) => headlines.pop(),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let expected = Figures::of(&row);
    let is_same = headline.is_some_and(|headline| {
        let is_row = row.id == id
            && row.version == headline.version
            && row.started_ms == headline.started_ms
            && (&row.case, &row.subject) == (&headline.case, &headline.subject);
        is_row && expected.are_of(&headline)
    });
    Ok(is_same
        .then_some(())
        .ok_or_else(|| "its columns are not those that follow from it".to_owned()))
}

fn pages(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut faults = Vec::new();
    connection.pragma_query(None, "integrity_check", |row| {
        let told: String = row.get(0)?;
        if told != "ok" {
            faults.push(told);
        }
        Ok(())
    })?;
    connection.pragma_query(None, "foreign_key_check", |row| {
        let (table, other): (String, String) = (row.get(0)?, row.get(2)?);
        faults.push(format!("`{table}` refers to what is not in `{other}`"));
        Ok(())
    })?;
    Ok(faults)
}
