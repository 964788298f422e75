//! Puts a platform's defaults, a family's exceptions and a model's exceptions together.

use super::{Cell, Decided, Layer, Matrix, Placement, Row, Support};
use crate::registry::{
    Document, Exception, FamilyFile, GraphForm, ModelEntry, PlatformFile, Precision, Registry,
};

/// Resolves every model on every platform.
#[must_use]
pub fn resolve(registry: &Registry) -> Matrix<'_> {
    let mut rows = Vec::with_capacity(registry.models().count());
    for family in &registry.families {
        for (index, model) in family.content.models.iter().enumerate() {
            rows.push(Row {
                family,
                model,
                index,
                task: model.task.unwrap_or(family.content.task),
                cells: registry
                    .platforms
                    .iter()
                    .map(|platform| cell(platform, &family.content, model))
                    .collect(),
            });
        }
    }
    Matrix { rows }
}

fn cell<'a>(
    file: &'a Document<PlatformFile>,
    family: &'a FamilyFile,
    model: &'a ModelEntry,
) -> Cell<'a> {
    let platform = &file.content;
    let inherited = platform.support.reason.as_deref().unwrap_or_default();
    let mut cell = Cell {
        platform: file,
        support: decided(
            Support::new(platform.support.default, inherited),
            Layer::Platform,
        ),
        grade: decided(platform.grades.get(&family.group).copied(), Layer::Platform),
        precisions: decided(platform.precisions.default.clone(), Layer::Platform),
        placement: decided(Placement::Whole, Layer::BuiltIn),
        graph: match platform.graph {
            Some(form) => decided(form, Layer::Platform),
            None => decided(GraphForm::default(), Layer::BuiltIn),
        },
    };
    if let Some(exception) = family.platforms.get(&platform.platform)
        && exception
            .above_parameters
            .is_none_or(|limit| model.parameters > limit)
    {
        apply(&mut cell, exception, Layer::Family);
    }
    if let Some(exception) = model.platforms.get(&platform.platform) {
        apply(&mut cell, exception, Layer::ModelException);
    }
    if let Some(only) = &model.precisions {
        restrict(&mut cell.precisions, only, &platform.precisions.allowed);
    }
    cell
}

fn apply<'a>(cell: &mut Cell<'a>, exception: &'a Exception, by: Layer) {
    if let Some(claim) = exception.support {
        cell.support = decided(Support::new(claim, &exception.reason), by);
    }
    if let Some(grade) = exception.grade {
        cell.grade = decided(Some(grade), by);
    }
    if let Some(precisions) = &exception.precisions {
        cell.precisions = decided(precisions.clone(), by);
    }
    if let Some(form) = exception.graph {
        cell.graph = decided(form, by);
    }
    if let Some(demand) = &exception.placement {
        cell.placement = decided(
            Placement::Partial {
                nodes: demand.nodes,
                reason: &exception.reason,
            },
            by,
        );
    }
}

/// Keeps the precisions a model is restricted to; where that leaves none of a platform's defaults, it runs in what the
/// platform allows of them. The model decided only where it changes something.
fn restrict(precisions: &mut Decided<Vec<Precision>>, only: &[Precision], allowed: &[Precision]) {
    let before = precisions.value.len();
    precisions
        .value
        .retain(|precision| only.contains(precision));
    if precisions.value.is_empty() && precisions.by == Layer::Platform {
        precisions.value = only
            .iter()
            .copied()
            .filter(|precision| allowed.contains(precision))
            .collect();
        precisions.by = Layer::Model;
    } else if precisions.value.len() != before {
        precisions.by = Layer::Model;
    }
}

fn decided<T>(value: T, by: Layer) -> Decided<T> {
    Decided { value, by }
}
