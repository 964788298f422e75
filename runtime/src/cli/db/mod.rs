//! `assay db`: what is in the store of benchmark rows, whether it is whole, and how rows get in and out.

mod census;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::output::{self, Failure, Format};
use super::store::{FilterArguments, StoreArguments};
use crate::store::{Added, ExportFormat, SqliteStore, Store, json_rows};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what is in a store: rows by state, model and machine, when they were measured, its size.
    Info {
        /// The store; by default that of `--db`.
        file: Option<PathBuf>,
        #[command(flatten)]
        store: StoreArguments,
        /// Form of the output.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Read everything in a store, and tell what of it is damaged.
    Check {
        /// The store; by default that of `--db`.
        file: Option<PathBuf>,
        #[command(flatten)]
        store: StoreArguments,
        /// Form of the output.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Copy the rows of another store into one; doing it again changes nothing.
    Merge {
        /// The other store, which is not changed.
        other: PathBuf,
        /// The store that rows are added to; it is made where it is not there. By default that of `--db`.
        #[arg(long, value_name = "FILE")]
        into: Option<PathBuf>,
        #[command(flatten)]
        store: StoreArguments,
    },
    /// Add the rows of a JSON file that was exported.
    Import {
        /// The file.
        rows: PathBuf,
        #[command(flatten)]
        store: StoreArguments,
    },
    /// Write rows to a file.
    Export(Box<Export>),
}

#[derive(Debug, Args)]
struct Export {
    /// Format of the file: `csv` for tables, with samples in a second file, or `json` with all there is.
    #[arg(long)]
    format: ExportFormat,
    /// The file; it is replaced where it is there.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    store: StoreArguments,
    #[command(flatten)]
    filter: FilterArguments,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Info {
            file,
            store,
            format,
        } => {
            let store = read(file.as_ref(), store)?;
            let (census, machines) = (store.census()?, store.machines()?);
            match format {
                Format::Text => output::print(&census::text(store.path(), &census, &machines)),
                Format::Json => output::print_json(&census::json(store.path(), &census, &machines)),
            }
        }
        Command::Check {
            file,
            store,
            format,
        } => check(&read(file.as_ref(), store)?, *format),
        Command::Merge { other, into, store } => {
            let into = into.as_ref().unwrap_or(&store.file);
            // What cannot be read must not leave a new store behind.
            SqliteStore::open_read_only(other)?;
            if is_same_file(other, into) {
                return Err(Failure::bad_input("a store cannot be merged into itself"));
            }
            told(&SqliteStore::open(into)?.merge(other)?)
        }
        Command::Import { rows, store } => {
            // What cannot be read must not leave a new store behind.
            if !store.file.exists() {
                json_rows(rows)?;
            }
            let into = store.open()?;
            told(&into.import(rows)?)
        }
        Command::Export(arguments) => export(arguments),
    }
}

fn read(file: Option<&PathBuf>, store: &StoreArguments) -> Result<SqliteStore, Failure> {
    match file {
        Some(file) => Ok(SqliteStore::open_read_only(file)?),
        None => store.open_read_only(),
    }
}

fn is_same_file(one: &PathBuf, two: &PathBuf) -> bool {
    let place = |path: &PathBuf| path.canonicalize().ok();
    place(one).is_some() && place(one) == place(two)
}

fn check(store: &SqliteStore, format: Format) -> Result<(), Failure> {
    let checked = store.check()?;
    match format {
        Format::Text => {
            let mut text: String = checked.faults.iter().map(|f| format!("{f}\n")).collect();
            text.push_str(&format!("{} read\n", rows(checked.rows)));
            output::print(&text)?;
        }
        Format::Json => output::print_json(&serde_json::json!({
            "file": store.path(),
            "rows": checked.rows,
            "faults": checked.faults,
        }))?,
    }
    match checked.faults.len() {
        0 => Ok(()),
        _ => Err(Failure::failed(format!(
            "{} is damaged; merge what can be read of it into a new store, or bring it back from a copy",
            store.path().display()
        ))),
    }
}

/// The most ids of conflicts that are named.
const SHOWN: usize = 10;

/// Says what became of rows that were added; those that differ from what was there are a failure.
fn told(added: &Added) -> Result<(), Failure> {
    output::print(&format!(
        "{} added, {} there already\n",
        rows(added.added),
        added.known
    ))?;
    if added.conflicts.is_empty() {
        return Ok(());
    }
    let shown = &added.conflicts[..added.conflicts.len().min(SHOWN)];
    Err(Failure::failed(format!(
        "{} there already with other content, which is kept: {}{}",
        rows(added.conflicts.len()),
        shown.join(", "),
        if added.conflicts.len() > SHOWN {
            ", …"
        } else {
            ""
        }
    )))
}

fn export(arguments: &Export) -> Result<(), Failure> {
    let store = arguments.store.open_read_only()?;
    let filter = arguments.filter.filter(&store)?;
    let exported = store.export(&filter, arguments.format, &arguments.output)?;
    let files: Vec<_> = exported
        .files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    output::print(&format!(
        "{} in {}\n",
        rows(exported.rows),
        files.join(", ")
    ))
}

fn rows(count: usize) -> String {
    match count {
        1 => "1 row".to_owned(),
        _ => format!("{count} rows"),
    }
}
