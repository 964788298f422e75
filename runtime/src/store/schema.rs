//! The tables of a store, and the steps that lead there from every earlier version.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// `application_id` of a store: `ASSY` (<https://www.sqlite.org/fileformat2.html#application_id>).
pub(super) const APPLICATION: i64 = 0x4153_5359;

/// The version that the steps lead to.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// Each leads from the version of its position to the next. Steps that were published are never edited.
const STEPS: [&str; 2] = [
    include_str!("steps/1_rows.sql"),
    include_str!("steps/2_latest.sql"),
];

/// What a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing is in it.
    Empty,
    /// It is a store of this version.
    Store(i64),
    /// It is another application's.
    Foreign,
}

/// Says what a database is.
pub(super) fn found(connection: &Connection) -> rusqlite::Result<Found> {
    let application: i64 = pragma(connection, "application_id")?;
    if application == APPLICATION {
        return pragma(connection, "user_version").map(Found::Store);
    }
    let count = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = connection.query_row(count, [], |row| row.get(0))?;
    let is_empty = application == 0 && tables == 0;
    Ok(if is_empty {
        Found::Empty
    } else {
        Found::Foreign
    })
}

/// Brings a database to [`VERSION`], each step in a transaction of its own, and tells what it was before. Only what is empty or
/// an older store is changed.
pub(super) fn migrate(connection: &Connection) -> rusqlite::Result<Found> {
    let before = found(connection)?;
    loop {
        // Another process may be doing the same: the version is read again once nobody else can write.
        let step = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let version = match found(&step)? {
            Found::Empty => 0,
            Found::Store(version) => version,
            Found::Foreign => return Ok(Found::Foreign),
        };
        let Some(statements) = usize::try_from(version).ok().and_then(|at| STEPS.get(at)) else {
            return Ok(before);
        };
        step.execute_batch(statements)?;
        step.pragma_update(None, "application_id", APPLICATION)?;
        step.pragma_update(None, "user_version", version + 1)?;
        step.commit()?;
    }
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
