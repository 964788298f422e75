//! Where commands that read benchmarks get their rows from.

use std::collections::BTreeMap;
use std::fs;

use clap::Args;
use metrics::Environment;

use super::output::Failure;
use super::store::StoreArguments;
use crate::bench::Row;
use crate::catalog::{Catalog, Platform};
use crate::report::GivenRows;
use crate::store::{Filter, Headline, SqliteStore, Store};

/// Which rows a command reads.
#[derive(Debug, Args)]
pub(super) struct RowArguments {
    /// Families or groups of them, such as `embedding`.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    family: Vec<String>,
    /// Platforms, or `all`.
    #[arg(
        long,
        value_name = "PLATFORM,…",
        value_delimiter = ',',
        default_value = "all"
    )]
    hardware: Vec<String>,
    /// Models.
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    model: Vec<String>,
    /// The store, or a JSON file of rows that were exported from one.
    #[command(flatten)]
    store: StoreArguments,
}

impl RowArguments {
    /// The rows that are wanted, with the catalogue to tell a wrong name from one without rows.
    pub(super) fn filter(&self, catalog: &Catalog) -> Result<Filter, Failure> {
        for name in &self.model {
            catalog
                .find(name)
                .map_err(|error| Failure::bad_input(error.to_string()))?;
        }
        let models = self.model.iter().filter_map(|name| catalog.find(name).ok());
        for name in &self.family {
            let is_known = catalog
                .families
                .iter()
                .any(|family| family.id == name || family.group.name() == name);
            if !is_known {
                let groups = crate::catalog::Group::ALL.iter().map(|group| group.name());
                return Err(Failure::bad_input(format!(
                    "no family or group is called `{name}`; groups: {}; `cargo gen --list-only` lists the families",
                    groups.collect::<Vec<_>>().join(", ")
                )));
            }
        }
        Ok(Filter {
            models: models.map(|entry| entry.model.id.to_owned()).collect(),
            families: self.family.clone(),
            platforms: self.platforms()?,
            ..Filter::default()
        })
    }

    fn platforms(&self) -> Result<Vec<Platform>, Failure> {
        if self.hardware.iter().any(|name| name == "all") {
            return Ok(Vec::new());
        }
        let platforms = self.hardware.iter().map(|name| name.parse());
        let platforms = platforms.collect::<Result<_, crate::catalog::UnknownName>>();
        platforms.map_err(|error| Failure::bad_input(format!("{error}, all")))
    }

    /// Rows with their samples.
    pub(super) fn rows(
        &self,
        filter: &Filter,
    ) -> Result<(Vec<Row>, BTreeMap<String, Environment>), Failure> {
        let source = source(&self.store)?;
        let found = match &source {
            Source::File(rows) => (rows.rows(filter), rows.machines()),
            Source::Store(store) => (store.rows(filter)?, store.machines()?),
        };
        if found.0.is_empty() {
            return Err(nothing());
        }
        Ok(found)
    }

    /// The figures of rows.
    pub(super) fn headlines(&self, filter: &Filter) -> Result<Vec<Headline>, Failure> {
        let found = match source(&self.store)? {
            Source::File(rows) => rows.headlines(filter),
            Source::Store(store) => store.headlines(filter)?,
        };
        if found.is_empty() {
            return Err(nothing());
        }
        Ok(found)
    }
}

pub(super) enum Source {
    File(GivenRows),
    Store(SqliteStore),
}

/// Opens what is named: a file of rows, where its name ends so, or a store.
pub(super) fn source(store: &StoreArguments) -> Result<Source, Failure> {
    let path = &store.file;
    if path.extension().is_none_or(|ending| ending != "json") {
        return Ok(Source::Store(store.open_read_only()?));
    }
    let unreadable = |error: String| Failure::bad_input(format!("{}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let rows = GivenRows::of_json(&text)
        .map_err(|error| unreadable(format!("no rows of benchmarks: {error}")))?;
    Ok(Source::File(rows))
}

fn nothing() -> Failure {
    Failure::failed(
        "no benchmark matches; `assay bench MODEL` measures one, and fewer filters find more",
    )
}
