//! Lists of models, families and tasks.

use std::collections::BTreeMap;

use serde_json::json;

use super::table::Table;
use crate::matrix::Row;
use crate::registry::Platform;

/// The models of these rows with what they need.
#[must_use]
pub fn models(rows: &[&Row<'_>]) -> Table {
    let headers = [
        "model",
        "family",
        "task",
        "key",
        "parameters",
        "memory_mib",
        "hub_id",
    ];
    let mut table = Table::new(&headers);
    for row in rows {
        let model = row.model;
        table.push(vec![
            json!(model.id),
            json!(row.family.content.id),
            json!(row.task.name()),
            json!(model.is_key),
            json!(model.parameters),
            json!(model.memory.min_mib),
            json!(model.hub_id),
        ]);
    }
    table
}

/// The families of these rows with the number of their models.
#[must_use]
pub fn families(rows: &[&Row<'_>]) -> Table {
    let mut by_family: BTreeMap<&str, Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows {
        by_family
            .entry(&row.family.content.id)
            .or_default()
            .push(row);
    }
    let mut table = Table::new(&[
        "family", "title", "group", "modality", "models", "default", "builder",
    ]);
    for (id, rows) in by_family {
        let Some(family) = rows.first().map(|row| &row.family.content) else {
            continue;
        };
        let architecture = &family.architecture;
        let builder = architecture.recipe().map(|recipe| recipe.section());
        table.push(vec![
            json!(id),
            json!(family.title),
            json!(family.group.name()),
            json!(family.modality.name()),
            json!(rows.len()),
            json!(family.default_model().map(|model| &model.id)),
            json!(builder),
        ]);
    }
    table
}

/// The tasks of these rows with the number of models, and of cells that run for real.
#[must_use]
pub fn tasks(rows: &[&Row<'_>]) -> Table {
    let mut by_task: BTreeMap<_, Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows {
        by_task.entry(row.task).or_default().push(row);
    }
    let mut table = Table::new(&["task", "models", "native_cells", "cells", "families"]);
    for (task, rows) in by_task {
        let native = rows
            .iter()
            .flat_map(|row| &row.cells)
            .filter(|cell| cell.support.value.is_native())
            .count();
        let mut families: Vec<&str> = rows
            .iter()
            .map(|row| row.family.content.id.as_str())
            .collect();
        families.dedup();
        let cells = rows.len() * Platform::ALL.len();
        table.push(vec![
            json!(task.name()),
            json!(rows.len()),
            json!(native),
            json!(cells),
            json!(families),
        ]);
    }
    table
}
