//! Where rows of benchmarks are kept: behind an interface that another database could fill.

mod census;
mod check;
pub mod date;
mod error;
mod export;
mod figures;
mod headline;
mod insert;
mod merge;
mod open;
mod parts;
mod samples;
mod schema;
mod select;
mod sqlite;

use std::collections::BTreeMap;

use metrics::Environment;
use serde::{Deserialize, Serialize};

pub use self::census::Census;
pub use self::check::Checked;
pub use self::error::StoreError;
pub use self::export::{ExportFormat, Exported, json_rows};
pub use self::sqlite::{Added, SqliteStore};
use crate::bench::{Case, Row, Size, Subject};
use crate::catalog::Platform;

/// Which rows are wanted. What is empty or `None` selects nothing away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Model ids.
    pub models: Vec<String>,
    /// Families or groups of them, by id.
    pub families: Vec<String>,
    /// Platforms.
    pub platforms: Vec<Platform>,
    /// Sizes of models.
    pub sizes: Vec<Size>,
    /// States by name: `measured`, `simulated`, `failed`, `skipped`.
    pub states: Vec<String>,
    /// Cases by their id.
    pub cases: Vec<String>,
    /// Rows by their id.
    pub ids: Vec<String>,
    /// Fingerprint of a machine; see [`Store::machines`].
    pub machine: Option<String>,
    /// Rows that began at this time or later, in milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// Rows that began before this time, in milliseconds since 1970.
    pub until_ms: Option<i64>,
    /// Whether of each case on each machine the newest row alone is wanted.
    pub is_latest: bool,
    /// The most rows, newest first.
    pub limit: Option<usize>,
}

/// The figures of a row that lists, rankings and trends go by, without its samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// The row.
    pub id: String,
    /// Its case; see [`Case::id`].
    pub case_id: String,
    /// The case itself.
    pub case: Case,
    /// What it was measured of.
    pub subject: Subject,
    /// `measured`, `simulated`, `failed` or `skipped`.
    pub state: String,
    /// Fingerprint of the machine.
    pub machine: String,
    /// The device, as evidence names it.
    pub device: Option<String>,
    /// The library with its version, as evidence names it.
    pub library: Option<String>,
    /// Version of this project.
    pub version: String,
    /// When it began, in milliseconds since 1970-01-01 00:00 UTC.
    pub started_ms: i64,
    /// Whether its weights are made up.
    pub is_synthetic: bool,
    /// Number of samples of `latency_ms`.
    pub samples: u64,
    /// Median latency in milliseconds with its 95 % interval: value, low, high. `None` with too few samples.
    pub p50_ms: Option<(f64, f64, f64)>,
    /// Fastest and slowest query in milliseconds.
    pub range_ms: Option<(f64, f64)>,
    /// Items a second.
    pub throughput: Option<f64>,
    /// Joules for each item.
    pub joules_per_item: Option<f64>,
    /// Peak of the process's memory less what it had before loading, in bytes.
    pub peak_rss_bytes: Option<u64>,
    /// Predicted time of a simulated case in milliseconds. It never stands among what was measured.
    pub predicted_ms: Option<f64>,
    /// Why it failed or was skipped.
    pub reason: Option<String>,
}

/// A store of rows. Rows are only ever added; several processes may add and read at once.
pub trait Store: Send {
    /// Adds a row; one that is there already (by its id) is left as it is.
    ///
    /// # Errors
    /// A store that cannot be written.
    fn append(&self, row: &Row) -> Result<(), StoreError>;

    /// Rows with their samples, newest first.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn rows(&self, filter: &Filter) -> Result<Vec<Row>, StoreError>;

    /// The same without what lists do not show; fast for stores of a million rows.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn headlines(&self, filter: &Filter) -> Result<Vec<Headline>, StoreError>;

    /// The machines that rows come from, by fingerprint.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn machines(&self) -> Result<BTreeMap<String, Environment>, StoreError>;
}
