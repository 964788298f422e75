//! The support matrix: what the registry declares of every model or family on every platform, and the grades.

use serde_json::{Map, Value, json};

use super::table::Table;
use crate::matrix::{Cell, Placement, Row};
use crate::registry::{Claim, Group, Platform, Registry};

/// What a row of the support matrix stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// A model.
    Model,
    /// A family; where its models differ, a cell names each claim.
    Family,
}

/// The support matrix of these rows as a table with a column per platform.
#[must_use]
pub fn support(rows: &[&Row<'_>], grouping: Grouping) -> Table {
    let name = match grouping {
        Grouping::Model => "model",
        Grouping::Family => "family",
    };
    let headers: Vec<&str> = [name]
        .into_iter()
        .chain(Platform::NAMES.iter().copied())
        .collect();
    let mut table = Table::new(&headers);
    let is_same = |a: &&Row<'_>, b: &&Row<'_>| match grouping {
        Grouping::Model => a.model.id == b.model.id,
        Grouping::Family => a.family.content.id == b.family.content.id,
    };
    for rows in rows.chunk_by(is_same) {
        let Some(first) = rows.first() else { continue };
        let name = match grouping {
            Grouping::Model => &first.model.id,
            Grouping::Family => &first.family.content.title,
        };
        let cells = Platform::ALL.iter().map(|platform| claims(rows, *platform));
        table.push([json!(name)].into_iter().chain(cells).collect());
    }
    table
}

/// The claims of several models on a platform, each once; a dash stands for unsupported.
fn claims(rows: &[&Row<'_>], platform: Platform) -> Value {
    let claimed = |claim: &&Claim| {
        rows.iter()
            .filter_map(|row| row.cell(platform))
            .any(|cell| cell.support.value.claim() == **claim)
    };
    let names: Vec<&str> = Claim::ALL
        .iter()
        .filter(claimed)
        .map(|claim| match claim {
            Claim::Unsupported => "–",
            other => other.name(),
        })
        .collect();
    json!(names.join(" / "))
}

/// Everything the registry declares of these rows, as JSON: an array of models, each with an object per platform.
#[must_use]
pub fn support_json(rows: &[&Row<'_>]) -> Value {
    let one = |row: &&Row<'_>| {
        let cells: Map<String, Value> = row
            .cells
            .iter()
            .map(|cell| {
                (
                    cell.platform.content.platform.name().to_owned(),
                    cell_json(cell),
                )
            })
            .collect();
        json!({ "model": row.model.id, "family": row.family.content.id, "task": row.task.name(), "platforms": cells })
    };
    rows.iter().map(one).collect()
}

pub(super) fn cell_json(cell: &Cell<'_>) -> Value {
    let placement = match cell.placement.value {
        Placement::Whole => json!("whole"),
        Placement::Partial { nodes, reason } => json!({ "nodes": nodes, "reason": reason }),
    };
    json!({
        "support": cell.support.value.claim().name(),
        "reason": cell.support.value.reason(),
        "grade": cell.grade.value.map(crate::registry::Grade::name),
        "precisions": cell.precisions.value.iter().map(|precision| precision.name()).collect::<Vec<_>>(),
        "placement": placement,
        "graph": cell.graph.value.to_string(),
    })
}

/// The grades of the platforms' files: a row per group, a column per platform.
#[must_use]
pub fn grades(registry: &Registry) -> Table {
    let headers: Vec<&str> = ["group"]
        .into_iter()
        .chain(Platform::NAMES.iter().copied())
        .collect();
    let mut table = Table::new(&headers);
    for group in Group::ALL {
        let of = |platform: &Platform| {
            let file = registry.platform(*platform)?;
            file.content.grades.get(group).map(|grade| grade.name())
        };
        let cells = Platform::ALL.iter().map(|platform| json!(of(platform)));
        table.push([json!(group.name())].into_iter().chain(cells).collect());
    }
    table
}
