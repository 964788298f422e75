//! Rows on their way into the tables.

use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::figures::Figures;
use super::parts::Parts;
use super::samples::pack;
use crate::bench::Row;
use crate::sha256;

/// The number of the row of that id.
pub(super) fn number_of(connection: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT number FROM rows WHERE id = ?")?;
    statement.query_row([id], |row| row.get(0)).optional()
}

/// Adds a row that is not there yet. The caller holds the transaction.
pub(super) fn insert(connection: &Connection, row: &Row, parts: &Parts) -> rusqlite::Result<()> {
    let case = case(connection, row, &parts.case)?;
    let subject = subject(connection, row, &parts.subject)?;
    let machine = machine(connection, &parts.machine)?;
    let figures = Figures::of(row);
    let (p50, low, high) = match figures.p50_ms {
        Some((p50, low, high)) => (Some(p50), Some(low), Some(high)),
        None => (None, None, None),
    };
    let (fastest, slowest) = figures.range_ms.unzip();
    let count = |number: u64| i64::try_from(number).ok();
    let mut statement = connection.prepare_cached(
        "INSERT INTO rows (id, case_number, subject_number, machine_number, state, started_ms, version, device, library,
            is_synthetic, samples, p50_ms, p50_low_ms, p50_high_ms, fastest_ms, slowest_ms, throughput, joules_per_item,
            peak_rss_bytes, predicted_ms, reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let number = statement.insert(params![
        row.id,
        case,
        subject,
        machine,
        figures.state,
        row.started_ms,
        row.version,
        figures.device,
        figures.library,
        figures.is_synthetic,
        count(figures.samples),
        p50,
        low,
        high,
        fastest,
        slowest,
        figures.throughput,
        figures.joules_per_item,
        figures.peak_rss_bytes.and_then(count),
        figures.predicted_ms,
        figures.reason,
    ])?;
    let (content, digest) = parts.sealed().map_err(unwritable)?;
    let mut statement = connection
        .prepare_cached("INSERT INTO documents (row_number, content, digest) VALUES (?, ?, ?)")?;
    statement.execute(params![number, content, digest])?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO samples (row_number, name, count, content) VALUES (?, ?, ?, ?)",
    )?;
    for (name, series) in &parts.samples {
        let content = pack(series).map_err(unwritable)?;
        statement.execute(params![number, name, series.len() as i64, content])?;
    }
    Ok(())
}

fn unwritable(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

fn case(connection: &Connection, row: &Row, document: &str) -> rusqlite::Result<i64> {
    const INSERT: &str =
        "INSERT INTO cases (id, model, platform, size, document) VALUES (?, ?, ?, ?, ?)";
    // As `Case::id` has it; of what a newer version wrote, no field is left out.
    let id = sha256::name_of(document, 32);
    let case = &row.case;
    let values = params![
        id,
        case.model,
        case.platform.name(),
        case.size.name(),
        document
    ];
    once(
        connection,
        "SELECT number FROM cases WHERE id = ?",
        &id,
        INSERT,
        values,
    )
}

fn subject(connection: &Connection, row: &Row, document: &str) -> rusqlite::Result<i64> {
    const INSERT: &str = "INSERT INTO subjects (document, family, family_group) VALUES (?, ?, ?)";
    once(
        connection,
        "SELECT number FROM subjects WHERE document = ?",
        document,
        INSERT,
        params![document, row.subject.family, row.subject.group],
    )
}

fn machine(connection: &Connection, document: &str) -> rusqlite::Result<i64> {
    let fingerprint = sha256::of(document.as_bytes());
    once(
        connection,
        "SELECT number FROM machines WHERE fingerprint = ?",
        &fingerprint,
        "INSERT INTO machines (fingerprint, document) VALUES (?, ?)",
        params![fingerprint, document],
    )
}

/// The number of what goes by that key; it is inserted where it is not there yet.
fn once(
    connection: &Connection,
    select: &str,
    key: &str,
    insert: &str,
    values: &[&dyn ToSql],
) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(select)?;
    match statement.query_row([key], |row| row.get(0)).optional()? {
        Some(number) => Ok(number),
        None => connection.prepare_cached(insert)?.insert(values),
    }
}
