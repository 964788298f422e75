//! What commands share that read or write the store of benchmark rows: where it is, and which rows are meant.

use std::path::PathBuf;

use clap::Args;

use super::output::Failure;
use crate::bench::Size;
use crate::catalog::Platform;
use crate::error::Error;
use crate::store::{Filter, SqliteStore, Store, StoreError, date};

/// The states of rows.
const STATES: [&str; 4] = ["measured", "simulated", "failed", "skipped"];

/// Where the store is.
#[derive(Debug, Clone, Args)]
pub(super) struct StoreArguments {
    /// The store of benchmark rows.
    #[arg(
        id = "db",
        long = "db",
        value_name = "FILE",
        env = "ASSAY_DB",
        hide_env_values = true,
        default_value = "benchmark_results/assay.db"
    )]
    pub(super) file: PathBuf,
}

impl StoreArguments {
    /// The store, to add rows; it is made where it is not there.
    pub(super) fn open(&self) -> Result<SqliteStore, Failure> {
        Ok(SqliteStore::open(&self.file)?)
    }

    /// The store, to read rows.
    pub(super) fn open_read_only(&self) -> Result<SqliteStore, Failure> {
        Ok(SqliteStore::open_read_only(&self.file)?)
    }
}

/// Which rows are meant.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct FilterArguments {
    /// Models, by their ids.
    #[arg(long = "model", value_name = "MODEL,…", value_delimiter = ',')]
    models: Vec<String>,
    /// Families or groups of them.
    #[arg(long = "family", value_name = "FAMILY,…", value_delimiter = ',')]
    families: Vec<String>,
    /// Platforms.
    #[arg(long = "platform", value_name = "PLATFORM,…", value_delimiter = ',')]
    platforms: Vec<Platform>,
    /// Sizes of models: `tiny` or `full`.
    #[arg(long = "size", value_name = "SIZE,…", value_delimiter = ',')]
    sizes: Vec<Size>,
    /// What became of the case.
    #[arg(long = "state", value_name = "STATE,…", value_delimiter = ',', value_parser = STATES)]
    states: Vec<String>,
    /// Cases, by their ids.
    #[arg(long = "case", value_name = "CASE,…", value_delimiter = ',')]
    cases: Vec<String>,
    /// Rows, by their ids.
    #[arg(long = "row", value_name = "ROW,…", value_delimiter = ',')]
    rows: Vec<String>,
    /// A machine, by how its fingerprint begins.
    #[arg(long, value_name = "FINGERPRINT")]
    machine: Option<String>,
    /// Rows from then on, in UTC: `2026-11-20`, or `2026-11-20T14:30:00`.
    #[arg(long, value_name = "DATE", value_parser = begin_ms)]
    since: Option<i64>,
    /// Rows before then, in UTC.
    #[arg(long, value_name = "DATE", value_parser = begin_ms)]
    until: Option<i64>,
    /// Of each case on each machine only the newest row.
    #[arg(long)]
    latest: bool,
    /// The most rows, newest first.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl FilterArguments {
    /// The filter that they say.
    pub(super) fn filter(&self, store: &SqliteStore) -> Result<Filter, Failure> {
        let machine = self.machine.as_deref();
        Ok(Filter {
            models: self.models.clone(),
            families: self.families.clone(),
            platforms: self.platforms.clone(),
            sizes: self.sizes.clone(),
            states: self.states.clone(),
            cases: self.cases.clone(),
            ids: self.rows.clone(),
            machine: machine.map(|start| fingerprint(store, start)).transpose()?,
            since_ms: self.since,
            until_ms: self.until,
            is_latest: self.latest,
            limit: self.limit,
        })
    }
}

/// The one fingerprint that begins so.
fn fingerprint(store: &SqliteStore, start: &str) -> Result<String, Failure> {
    let machines = store.machines()?;
    let mut found = machines.keys().filter(|known| known.starts_with(start));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.clone()),
        (None, _) => Err(Failure::bad_input(format!(
            "no machine's fingerprint begins with `{start}`; `assay db info` lists them"
        ))),
        (Some(_), Some(_)) => Err(Failure::bad_input(format!(
            "fingerprints of several machines begin with `{start}`; give more of it"
        ))),
    }
}

fn begin_ms(text: &str) -> Result<i64, String> {
    date::begin_ms(text)
        .ok_or_else(|| "expected a date such as 2026-11-20 or 2026-11-20T14:30:00".to_owned())
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}
