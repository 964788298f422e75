//! `assay report`: what was measured, in words, tables and charts.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::output::{self, Failure};
use super::rows::RowArguments;
use crate::catalog::Catalog;
use crate::report::{Format, Report, render};
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
    write(path, &text)
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

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    readable(&file)?;
    file.persist(path)?;
    Ok(())
}

/// Temporary files are their maker's alone; a report is for others too.
#[cfg(unix)]
fn readable(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file()
        .set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &tempfile::NamedTempFile) -> std::io::Result<()> {
    Ok(())
}
