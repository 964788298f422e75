//! What a model's template sees: the model, and the cells whose files exist.

use serde::Serialize;

use super::json;
use crate::matrix::Row;
use crate::registry::{Platform, Synthetic};
use crate::rust::constant_name;

/// A model with its cells.
#[derive(Debug, Serialize)]
pub struct ModelView<'a> {
    id: &'a str,
    title: &'a str,
    hub_id: &'a str,
    family: String,
    task: String,
    task_variant: &'static str,
    is_key: bool,
    is_default: bool,
    reference: Option<&'a str>,
    parameters: u64,
    min_memory_mib: u32,
    recommended_memory_mib: u32,
    disk_mib: u32,
    cpu_cores: u32,
    batch: u32,
    /// Its synthetic checkpoint of full size.
    full: Option<FullView>,
    /// Modules of the cells, sorted by name.
    modules: Vec<&'static str>,
    /// The same in the order of platforms.
    cells: Vec<CellName>,
}

/// The files of a synthetic checkpoint of full size.
#[derive(Debug, Serialize)]
struct FullView {
    /// JSON of its `config.json`.
    config: String,
    /// JSON of its `preprocessor_config.json`, where it is not the family's.
    preprocessor: Option<String>,
}

impl FullView {
    fn new(full: &Synthetic) -> Self {
        Self {
            config: json::pretty(&full.config),
            preprocessor: full.preprocessor.as_ref().map(json::pretty),
        }
    }
}

/// A cell's module, and whether there is a skill in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellName {
    module: &'static str,
    has_skill: bool,
}

impl CellName {
    /// The cell on a platform.
    #[must_use]
    pub fn new(platform: Platform, has_skill: bool) -> Self {
        Self {
            module: platform.name(),
            has_skill,
        }
    }
}

impl<'a> ModelView<'a> {
    /// The view of a model with the cells that exist, in the order of platforms.
    #[must_use]
    pub fn new(row: &Row<'a>, cells: Vec<CellName>) -> Self {
        let model = row.model;
        let mut modules: Vec<&'static str> = cells.iter().map(|cell| cell.module).collect();
        modules.sort_unstable();
        Self {
            id: &model.id,
            title: &model.title,
            hub_id: &model.hub_id,
            family: constant_name(&row.family.content.id),
            task: row.task.name().replace('-', " "),
            task_variant: row.task.variant(),
            is_key: model.is_key,
            is_default: model.is_default,
            reference: model.reference.as_deref(),
            parameters: model.parameters,
            min_memory_mib: model.memory.min_mib,
            recommended_memory_mib: model.memory.recommended_mib,
            disk_mib: model.disk_mib,
            cpu_cores: model.cpu_cores,
            batch: model.batch,
            full: model.full.as_ref().map(FullView::new),
            modules,
            cells,
        }
    }
}
