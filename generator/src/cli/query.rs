//! Answers questions about the registry: lists, the support matrix, explanations, proposals, schemas.

use std::process::ExitCode;

use super::flags::{
    By, ExplainFlags, ExportFormat, Format, GenerateFlags, MatrixFlags, NewFlags, SourceFlags,
    TableFormat,
};
use super::generate::model_filter;
use super::terminal;
use crate::error::{Error, Result};
use crate::matrix::{self, Matrix, Row};
use crate::query::{self, Grouping};
use crate::registry;
use crate::source::Source;
use crate::write::write_atomically;

/// The source around the current folder.
pub(super) fn locate(flags: &SourceFlags) -> Result<Source> {
    let start = std::env::current_dir().map_err(|source| Error::Read {
        path: ".".into(),
        source,
    })?;
    Source::locate(
        flags.registry.as_deref(),
        flags.templates.as_deref(),
        &start,
    )
}

/// Prints the list that the flags ask for, of these rows.
pub(super) fn list(flags: &GenerateFlags, rows: &[&Row<'_>]) -> Result<()> {
    let table = match flags.export_registry {
        Some(ExportFormat::Json) => return terminal::print(&query::registry_json(rows)),
        Some(ExportFormat::Csv) => return terminal::print(&query::registry_csv(rows)),
        None if flags.list_families => query::families(rows),
        None if flags.list_tasks => query::tasks(rows),
        None => query::models(rows),
    };
    let format = if flags.format == Format::Json {
        query::Format::Json
    } else {
        query::Format::Text
    };
    terminal::print(&table.render(format))
}

/// Prints the support matrix or the grades.
pub(super) fn print_matrix(flags: &MatrixFlags) -> Result<ExitCode> {
    let registry = locate(&flags.source)?.load_registry()?;
    let matrix = matrix::resolve(&registry);
    let selection = model_filter(&flags.models).select(&matrix)?;
    let rows: Vec<&Row<'_>> = selection.of(&matrix).collect();
    let grouping = match flags.by {
        By::Family => Grouping::Family,
        By::Model => Grouping::Model,
    };
    let table = if flags.grades {
        query::grades(&registry)
    } else {
        query::support(&rows, grouping)
    };
    let text = match flags.format {
        // Scripts get what a table cannot hold: reasons, grades and precisions.
        TableFormat::Json if !flags.grades => format!("{:#}\n", query::support_json(&rows)),
        TableFormat::Json => table.render(query::Format::Json),
        TableFormat::Text => table.render(query::Format::Text),
        TableFormat::Markdown => table.render(query::Format::Markdown),
        TableFormat::Csv => table.render(query::Format::Csv),
    };
    terminal::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Explains one cell.
pub(super) fn explain(flags: &ExplainFlags) -> Result<ExitCode> {
    let registry = locate(&flags.source)?.load_registry()?;
    let matrix: Matrix<'_> = matrix::resolve(&registry);
    let explanation = query::explain(&matrix, &flags.model, &flags.platform)?;
    let text = if flags.format == Format::Json {
        explanation.json()
    } else {
        explanation.to_string()
    };
    terminal::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Proposes an entry for a model.
pub(super) fn propose(flags: &NewFlags) -> Result<ExitCode> {
    let registry = locate(&flags.source)?.load_registry()?;
    let path = &flags.from_config;
    let config = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.clone(),
        source,
    })?;
    let proposal = query::propose(&registry, &config, flags.hub_id.as_deref())?;
    terminal::print(&proposal.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the JSON Schemas of the registry for editors.
pub(super) fn write_schema(flags: &SourceFlags) -> Result<ExitCode> {
    let source = locate(flags)?;
    let folder = source.registry_folder().ok_or(Error::EmbeddedSchema)?;
    for (path, text) in registry::schema_files() {
        let path = folder.join(path);
        let is_fresh = std::fs::read_to_string(&path).is_ok_and(|found| found == text);
        if !is_fresh {
            let parent = path.parent().unwrap_or(folder);
            let written =
                std::fs::create_dir_all(parent).and_then(|()| write_atomically(&path, &text));
            written.map_err(|source| Error::Write {
                path: path.clone(),
                source,
            })?;
        }
        terminal::print(&format!(
            "{} {}\n",
            if is_fresh { "fresh" } else { "wrote" },
            path.display()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
