//! Where commands that read benchmarks get their rows from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use metrics::Environment;

use super::output::Failure;
use crate::bench::Row;
use crate::catalog::{Catalog, Platform};
use crate::report::GivenRows;
use crate::store::{Filter, Headline, Store};

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
    /// Database of rows, or a JSON file of rows that were exported from one.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
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
        let source = source(self.db.as_deref())?;
        let found = match &source {
            Source::File(rows) => (rows.rows(filter), rows.machines()),
            Source::Store(store) => (
                store.rows(filter).map_err(unread)?,
                store.machines().map_err(unread)?,
            ),
        };
        if found.0.is_empty() {
            return Err(nothing());
        }
        Ok(found)
    }

    /// The figures of rows.
    pub(super) fn headlines(&self, filter: &Filter) -> Result<Vec<Headline>, Failure> {
        let found = match source(self.db.as_deref())? {
            Source::File(rows) => rows.headlines(filter),
            Source::Store(store) => store.headlines(filter).map_err(unread)?,
        };
        if found.is_empty() {
            return Err(nothing());
        }
        Ok(found)
    }
}

enum Source {
    File(GivenRows),
    Store(Box<dyn Store>),
}

/// Opens what is named, or the store of this folder.
fn source(db: Option<&Path>) -> Result<Source, Failure> {
    let is_json = |path: &&Path| path.extension().is_some_and(|end| end == "json");
    let Some(path) = db.filter(is_json) else {
        return Ok(Source::Store(open(db)?));
    };
    let unreadable = |error: String| Failure::bad_input(format!("{}: {error}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let rows = GivenRows::of_json(&text)
        .map_err(|error| unreadable(format!("no rows of benchmarks: {error}")))?;
    Ok(Source::File(rows))
}

/// Opens the store of benchmarks.
fn open(db: Option<&Path>) -> Result<Box<dyn Store>, Failure> {
    Err(match db {
        Some(path) => Failure::bad_input(format!("{} is not a JSON file of rows", path.display())),
        None => Failure::bad_input("name a file of rows with --db"),
    })
}

fn unread(error: impl std::error::Error) -> Failure {
    Failure::failed(error.to_string())
}

fn nothing() -> Failure {
    Failure::failed(
        "no benchmark matches; `assay bench MODEL` measures one, and fewer filters find more",
    )
}
