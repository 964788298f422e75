//! Headlines as the tables hold them.

use std::collections::HashMap;

use rusqlite::{Connection, params_from_iter};
use serde::de::DeserializeOwned;

use super::select::Selection;
use super::{Filter, Headline, StoreError};

/// The headlines that a filter selects, newest first.
pub(super) fn read(
    connection: &Connection,
    filter: &Filter,
) -> rusqlite::Result<Result<Vec<Headline>, StoreError>> {
    let Selection { sql, values } = Selection::of(filter);
    let sql = format!(
        "SELECT rows.id, case_number, subject_number, machine_number, state, rows.started_ms, version, device, library,
            is_synthetic, samples, p50_ms, p50_low_ms, p50_high_ms, fastest_ms, slowest_ms, throughput, joules_per_item,
            peak_rss_bytes, predicted_ms, reason
         FROM ({sql}) AS chosen CROSS JOIN rows USING (number)
         ORDER BY rows.started_ms DESC, rows.id DESC"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut found = statement.query(params_from_iter(values))?;
    let mut cases = Known::new(
        connection,
        "SELECT id, document FROM cases WHERE number = ?",
    );
    let mut subjects = Known::new(
        connection,
        "SELECT '', document FROM subjects WHERE number = ?",
    );
    let mut machines = Known::new(
        connection,
        "SELECT fingerprint, 'null' FROM machines WHERE number = ?",
    );
    let mut headlines = Vec::new();
    while let Some(row) = found.next()? {
        let id: String = row.get(0)?;
        let case = cases.named(row.get(1)?)?;
        let subject = subjects.named(row.get(2)?)?;
        let machine: Result<(String, ()), String> = machines.named(row.get(3)?)?;
        let ((case_id, case), (_, subject), (machine, ())) = match (case, subject, machine) {
            (Ok(case), Ok(subject), Ok(machine)) => (case, subject, machine),
            (Err(reason), ..) | (_, Err(reason), _) | (.., Err(reason)) => {
                return Ok(Err(StoreError::unreadable(&id, reason)));
            }
        };
        let count = |column: usize| -> rusqlite::Result<Option<u64>> {
            let count: Option<i64> = row.get(column)?;
            Ok(count.and_then(|count| u64::try_from(count).ok()))
        };
        let pair: (Option<f64>, Option<f64>) = (row.get(14)?, row.get(15)?);
        let p50: (Option<f64>, Option<f64>, Option<f64>) =
            (row.get(11)?, row.get(12)?, row.get(13)?);
        headlines.push(Headline {
            id,
            case_id,
            case,
            subject,
            state: row.get(4)?,
            machine,
            device: row.get(7)?,
            library: row.get(8)?,
            version: row.get(6)?,
            started_ms: row.get(5)?,
            is_synthetic: row.get(9)?,
            samples: count(10)?.unwrap_or_default(),
            p50_ms: match p50 {
                (Some(p50), Some(low), Some(high)) => Some((p50, low, high)),
                _ => None,
            },
            range_ms: pair.0.zip(pair.1),
            throughput: row.get(16)?,
            joules_per_item: row.get(17)?,
            peak_rss_bytes: count(18)?,
            predicted_ms: row.get(19)?,
            reason: row.get(20)?,
        });
    }
    Ok(Ok(headlines))
}

/// Documents that many rows share, each parsed once.
struct Known<'a, T> {
    connection: &'a Connection,
    select: &'static str,
    parsed: HashMap<i64, (String, T)>,
}

impl<'a, T: DeserializeOwned + Clone> Known<'a, T> {
    fn new(connection: &'a Connection, select: &'static str) -> Self {
        Self {
            connection,
            select,
            parsed: HashMap::new(),
        }
    }

    /// The name and the document of that number, or what is wrong with it.
    fn named(&mut self, number: i64) -> rusqlite::Result<Result<(String, T), String>> {
        if let Some(known) = self.parsed.get(&number) {
            return Ok(Ok(known.clone()));
        }
        let mut statement = self.connection.prepare_cached(self.select)?;
        let (name, document): (String, String) =
            statement.query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
        match serde_json::from_str(&document) {
            Ok(document) => {
                self.parsed.insert(number, (name, document));
                let known = &self.parsed[&number];
                Ok(Ok(known.clone()))
            }
            Err(error) => Ok(Err(error.to_string())),
        }
    }
}
