//! Runs the generated tests of what was selected, through cargo.

use std::path::Path;
use std::process::{Command, ExitCode};

use super::terminal;
use crate::error::{Error, Result};
use crate::matrix::Matrix;
use crate::registry::module_name;
use crate::select::Selection;

/// Runs the tests of the selected cells; exits as the first run that fails.
pub(super) fn run(
    workspace: &Path,
    matrix: &Matrix<'_>,
    selection: &Selection,
) -> Result<ExitCode> {
    let mut failed = None;
    for filter in filters(matrix, selection) {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .current_dir(workspace)
            .args(["test", "--package", "generated", "--no-fail-fast"]);
        for platform in &selection.platforms {
            cargo.args(["--test", platform.name()]);
        }
        cargo.arg("--").args(&filter);
        terminal::note(&format!("running {}", in_words(&cargo)));
        let status = cargo.status().map_err(|source| Error::Start {
            program: in_words(&cargo),
            source,
        })?;
        if !status.success() {
            // A process that a signal ended has no code.
            failed = failed.or(Some(
                status
                    .code()
                    .and_then(|code| u8::try_from(code).ok())
                    .unwrap_or(1),
            ));
        }
    }
    Ok(failed.map_or(ExitCode::SUCCESS, ExitCode::from))
}

/// The arguments of one run per model; a single run without any where all models are meant.
fn filters(matrix: &Matrix<'_>, selection: &Selection) -> Vec<Vec<String>> {
    if selection.rows.iter().all(|is_meant| *is_meant) {
        return vec![Vec::new()];
    }
    let modules: Vec<String> = matrix
        .rows
        .iter()
        .map(|row| module_name(&row.model.id))
        .collect();
    let meant = selection.of(matrix).map(|row| module_name(&row.model.id));
    meant.map(|module| filter(&module, &modules)).collect()
}

/// A filter matches anywhere in a name: models whose name ends with another's have to be left out by name.
fn filter(module: &str, modules: &[String]) -> Vec<String> {
    let mut arguments = vec![format!("{module}::")];
    for longer in modules
        .iter()
        .filter(|other| *other != module && other.ends_with(module))
    {
        arguments.extend(["--skip".to_owned(), format!("{longer}::")]);
    }
    arguments
}

fn in_words(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_leaves_longer_names_out() {
        let modules = ["bert", "distilbert", "bert_large"].map(str::to_owned);
        assert_eq!(
            filter("bert", &modules),
            ["bert::", "--skip", "distilbert::"]
        );
        assert_eq!(filter("distilbert", &modules), ["distilbert::"]);
    }
}
