//! Facade of the resolved matrix: every model on every platform, and which file decided what.

mod cell;
mod resolve;

pub use cell::{Cell, Decided, Layer, Placement, Support};
pub use resolve::resolve;

use crate::registry::{Document, FamilyFile, ModelEntry, Platform, TaskName};

/// Every model of the registry on every platform.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix<'a> {
    /// One row per model, sorted by family and in the file's order within one.
    pub rows: Vec<Row<'a>>,
}

impl<'a> Matrix<'a> {
    /// The row of a model.
    #[must_use]
    pub fn row(&self, model: &str) -> Option<&Row<'a>> {
        self.rows.iter().find(|row| row.model.id == model)
    }
}

/// A model with its cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'a> {
    /// The family's file.
    pub family: &'a Document<FamilyFile>,
    /// The model.
    pub model: &'a ModelEntry,
    /// Its place among the models of the file, from 0.
    pub index: usize,
    /// The task its skills perform.
    pub task: TaskName,
    /// One cell per platform, in the order of [`Platform::ALL`].
    pub cells: Vec<Cell<'a>>,
}

impl<'a> Row<'a> {
    /// The cell on a platform.
    #[must_use]
    pub fn cell(&self, platform: Platform) -> Option<&Cell<'a>> {
        self.cells
            .iter()
            .find(|cell| cell.platform.content.platform == platform)
    }
}
