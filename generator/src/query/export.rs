//! The whole registry for other programs: every model with its resolved cells, as JSON or CSV.

use serde_json::{Map, Value, json};

use super::support::cell_json;
use super::table::{Format, Table};
use crate::matrix::Row;

/// These rows as JSON, everything resolved: no reader needs the registry's rules.
#[must_use]
pub fn registry_json(rows: &[&Row<'_>]) -> String {
    let models: Vec<Value> = rows.iter().map(|row| model_json(row)).collect();
    format!("{:#}\n", json!({ "models": models }))
}

fn model_json(row: &Row<'_>) -> Value {
    let (family, model) = (&row.family.content, row.model);
    let platforms: Map<String, Value> = row
        .cells
        .iter()
        .map(|cell| {
            (
                cell.platform.content.platform.name().to_owned(),
                cell_json(cell),
            )
        })
        .collect();
    json!({
        "model": model.id,
        "title": model.title,
        "hub_id": model.hub_id,
        "family": family.id,
        "group": family.group.name(),
        "modality": family.modality.name(),
        "task": row.task.name(),
        "architecture": family.architecture.name,
        "key": model.is_key,
        "default": model.is_default,
        "parameters": model.parameters,
        "min_memory_mib": model.memory.min_mib,
        "recommended_memory_mib": model.memory.recommended_mib,
        "disk_mib": model.disk_mib,
        "cpu_cores": model.cpu_cores,
        "batch": model.batch,
        "platforms": platforms,
    })
}

/// These rows as CSV, one line per cell.
#[must_use]
pub fn registry_csv(rows: &[&Row<'_>]) -> String {
    let mut table = Table::new(&[
        "model",
        "family",
        "group",
        "modality",
        "task",
        "key",
        "hub_id",
        "parameters",
        "min_memory_mib",
        "recommended_memory_mib",
        "disk_mib",
        "cpu_cores",
        "batch",
        "platform",
        "support",
        "grade",
        "precisions",
        "reason",
    ]);
    for row in rows {
        let (family, model) = (&row.family.content, row.model);
        for cell in &row.cells {
            let declared = cell_json(cell);
            table.push(vec![
                json!(model.id),
                json!(family.id),
                json!(family.group.name()),
                json!(family.modality.name()),
                json!(row.task.name()),
                json!(model.is_key),
                json!(model.hub_id),
                json!(model.parameters),
                json!(model.memory.min_mib),
                json!(model.memory.recommended_mib),
                json!(model.disk_mib),
                json!(model.cpu_cores),
                json!(model.batch),
                json!(cell.platform.content.platform.name()),
                declared["support"].clone(),
                declared["grade"].clone(),
                declared["precisions"].clone(),
                declared["reason"].clone(),
            ]);
        }
    }
    table.render(Format::Csv)
}
