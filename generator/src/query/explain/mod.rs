//! Facade of `explain`: where each value of a cell comes from, what it overrides, and what would change it.

mod changes;
mod facts;
mod model;
mod render;

use serde::Serialize;

use super::QueryError;
use crate::matrix::{Matrix, Row};
use crate::registry::text::nearest_few;
use crate::registry::{Mark, Platform};

/// Most names suggested for an unknown one.
const SUGGESTED: usize = 3;

/// Why a cell is what it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The model.
    pub model: String,
    /// The platform.
    pub platform: String,
    /// Its values in the order of reading.
    pub facts: Vec<Fact>,
    /// What would change the cell.
    pub changes: Vec<Change>,
}

/// One value of a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// What it is, such as `support`.
    pub name: &'static str,
    /// The value in words.
    pub value: String,
    /// Where it comes from; `None` where no file says anything.
    pub origin: Option<Origin>,
    /// What it overrides, the strongest first.
    pub overrides: Vec<Overridden>,
    /// What else there is to know.
    pub note: Option<String>,
}

/// A value that another one overrides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overridden {
    /// The value in words.
    pub value: String,
    /// Where it stands.
    pub origin: Option<Origin>,
}

/// A place in the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The file, relative to the registry.
    pub file: String,
    /// Where in it.
    #[serde(flatten)]
    pub mark: Mark,
    /// The path of keys.
    pub path: String,
}

/// An edit that would change a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Which cells it reaches.
    pub reach: String,
    /// The edit.
    pub edit: String,
    /// Where.
    pub file: String,
    /// The line to look at.
    pub line: usize,
}

/// Explains the cell of a model, or of a family's default model, on a platform.
///
/// # Errors
/// An unknown model or platform, with the nearest known ones.
pub fn explain(
    matrix: &Matrix<'_>,
    model: &str,
    platform: &str,
) -> Result<Explanation, QueryError> {
    let row = row(matrix, model)?;
    let platform = Platform::named(platform).ok_or_else(|| QueryError::UnknownPlatform {
        found: platform.to_owned(),
        near: nearest_few(platform, Platform::NAMES.iter().copied(), 1),
    })?;
    let cell = row
        .cell(platform)
        .ok_or_else(|| QueryError::UnknownPlatform {
            found: platform.to_string(),
            near: Vec::new(),
        })?;
    Ok(Explanation {
        model: row.model.id.clone(),
        platform: platform.to_string(),
        facts: facts::of(row, cell),
        changes: changes::of(row, cell),
    })
}

fn row<'m, 'a>(matrix: &'m Matrix<'a>, id: &str) -> Result<&'m Row<'a>, QueryError> {
    let of_family = || {
        matrix
            .rows
            .iter()
            .find(|row| row.model.is_default && row.family.content.id == id)
    };
    matrix.row(id).or_else(of_family).ok_or_else(|| {
        let models = matrix.rows.iter().map(|row| row.model.id.as_str());
        let defaults = matrix.rows.iter().filter(|row| row.model.is_default);
        let families = defaults
            .map(|row| row.family.content.id.as_str())
            .filter(|id| matrix.row(id).is_none());
        QueryError::UnknownModel {
            found: id.to_owned(),
            near: nearest_few(id, models.chain(families), SUGGESTED),
        }
    })
}
