//! Filters as SQL. Values are always bound, never spelled into the text.

use rusqlite::types::Value;

use super::Filter;

/// A query for the numbers of rows, newest first, and the values of its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selection {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Selection {
    /// The rows that a filter selects: its columns are `number`, `started_ms` and `id`.
    pub(super) fn of(filter: &Filter) -> Self {
        let (conditions, mut values) = conditions(filter);
        let conditions = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        // The table of newest rows has the answer, unless what is newer than all that is wanted would hide it there.
        let is_kept = filter.is_latest && filter.until_ms.is_none() && filter.ids.is_empty();
        let table = if is_kept { "latest" } else { "rows" };
        let mut sql = if filter.is_latest {
            format!(
                "SELECT number, started_ms, id FROM (
                    SELECT number, started_ms, id, row_number() OVER (
                        PARTITION BY case_number, machine_number ORDER BY started_ms DESC, id DESC
                    ) AS place
                    FROM {table}{conditions}
                ) WHERE place = 1"
            )
        } else {
            format!("SELECT number, started_ms, id FROM {table}{conditions}")
        };
        sql.push_str(" ORDER BY started_ms DESC, id DESC");
        if let Some(limit) = filter.limit {
            sql.push_str(" LIMIT ?");
            values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        }
        Self { sql, values }
    }
}

fn conditions(filter: &Filter) -> (Vec<String>, Vec<Value>) {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut one_of = |condition: &str, names: Vec<&str>| {
        if !names.is_empty() {
            // A list of any length is one parameter: JSON.
            conditions.push(condition.replace('?', "(SELECT value FROM json_each(?))"));
            let list = serde_json::Value::from(names).to_string();
            let count = condition.matches('?').count();
            values.extend(std::iter::repeat_n(Value::Text(list), count));
        }
    };
    one_of(
        "case_number IN (SELECT number FROM cases WHERE model IN ?)",
        filter.models.iter().map(String::as_str).collect(),
    );
    one_of(
        "subject_number IN (SELECT number FROM subjects WHERE family IN ? OR family_group IN ?)",
        filter.families.iter().map(String::as_str).collect(),
    );
    one_of(
        "case_number IN (SELECT number FROM cases WHERE platform IN ?)",
        filter
            .platforms
            .iter()
            .map(|platform| platform.name())
            .collect(),
    );
    one_of(
        "case_number IN (SELECT number FROM cases WHERE size IN ?)",
        filter.sizes.iter().map(|size| size.name()).collect(),
    );
    one_of(
        "case_number IN (SELECT number FROM cases WHERE id IN ?)",
        filter.cases.iter().map(String::as_str).collect(),
    );
    one_of(
        "state IN ?",
        filter.states.iter().map(String::as_str).collect(),
    );
    one_of("id IN ?", filter.ids.iter().map(String::as_str).collect());
    one_of(
        "machine_number IN (SELECT number FROM machines WHERE fingerprint IN ?)",
        filter.machine.iter().map(String::as_str).collect(),
    );
    if let Some(since) = filter.since_ms {
        conditions.push("started_ms >= ?".to_owned());
        values.push(Value::Integer(since));
    }
    if let Some(until) = filter.until_ms {
        conditions.push("started_ms < ?".to_owned());
        values.push(Value::Integer(until));
    }
    (conditions, values)
}
