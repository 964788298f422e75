//! `assay report`: what was measured, in words, tables and charts.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output::{self, Failure};
use super::rows::RowArguments;
use crate::catalog::Catalog;
use crate::report::{Format, Report, render, write_whole};
use crate::store::Filter;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    rows: RowArguments,
    /// Form: `text`, `html`, `markdown`, `json` or `csv`; by default that of the output file's name, else `text`.
    #[arg(long)]
    format: Option<Format>,
    /// File to write, which replaces one that is there; standard output by default.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(catalog: &Catalog, arguments: &Arguments) -> Result<(), Failure> {
    let filter = Filter {
        is_latest: true,
        ..arguments.rows.filter(catalog)?
    };
    let (rows, machines) = arguments.rows.rows(&filter)?;
    let report = Report::of(&rows, &machines);
    if report.is_empty() {
        return Err(Failure::failed(
            "the rows that match hold nothing to report: simulations at the size of tests; `assay bench MODEL` measures one",
        ));
    }
    let format = arguments
        .format
        .unwrap_or_else(|| of_name(arguments.output.as_deref()));
    let text = render(&report, format);
    let Some(path) = &arguments.output else {
        return output::print(&text);
    };
    write_whole(path, &text)
        .map_err(|error| Failure::bad_input(format!("cannot write {}: {error}", path.display())))?;
    output::remark(&format!("wrote {}", path.display()));
    Ok(())
}

/// The format that a file's name stands for.
fn of_name(path: Option<&Path>) -> Format {
    let ending = path
        .and_then(Path::extension)
        .and_then(|ending| ending.to_str());
    match ending {
        Some("html" | "htm") => Format::Html,
        Some("md" | "markdown") => Format::Markdown,
        Some("json") => Format::Json,
        Some("csv") => Format::Csv,
        _ => Format::Text,
    }
}
