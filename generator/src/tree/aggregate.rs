//! Plans the files that list others: they list what exists after the run, so that every partial run compiles.

use std::collections::BTreeSet;

use super::classify::State;
use super::disk::Disk;
use super::plan::{Action, Mode, Plan, Request, decide};
use super::presence::lists_same_cells;
use super::row::Present;
use crate::error::Result;
use crate::matrix::Row;
use crate::registry::{FamilyFile, Platform, Registry, module_name};
use crate::render::{Renderer, paths};
use crate::view::CellName;

/// Plans families and aggregates, in the order in which they are written.
pub(super) fn plan(
    disk: &Disk,
    registry: &Registry,
    present: &[Present<'_, '_>],
    renderer: Renderer<'_>,
    request: &Request,
    plan: &mut Plan,
) -> Result<()> {
    let existing: Vec<&Present<'_, '_>> =
        present.iter().filter(|one| !one.cells.is_empty()).collect();
    let families = plan_families(disk, registry, present, renderer, request, plan)?;
    for one in &existing {
        plan_model(disk, one, renderer, request, plan)?;
    }
    let always =
        |state, _: Option<&str>, _: &str| decide(state, Mode::Current, request.overwrites_edited);
    for platform in Platform::ALL {
        let tested = existing.iter().filter(|one| one.tests.contains(platform));
        let rows: Vec<&Row<'_>> = tested.map(|one| one.row).collect();
        plan.compare(disk, renderer.test_process(*platform, &rows)?, always)?;
    }
    let rows: Vec<&Row<'_>> = existing.iter().map(|one| one.row).collect();
    plan.compare(disk, renderer.families(&families)?, always)?;
    plan.compare(disk, renderer.catalog(&families, &rows)?, always)?;
    let runs_on_cpu = |one: &&&Present<'_, '_>| one.cells.contains(&(Platform::Cpu, true));
    let shown: Vec<&Row<'_>> = existing
        .iter()
        .filter(runs_on_cpu)
        .map(|one| one.row)
        .collect();
    plan.compare(disk, renderer.crate_root(&rows, &shown)?, always)?;
    Ok(())
}

/// Plans the families that the run is about or that a model needs; returns those that exist afterwards.
fn plan_families<'r>(
    disk: &Disk,
    registry: &'r Registry,
    present: &[Present<'_, '_>],
    renderer: Renderer<'_>,
    request: &Request,
    plan: &mut Plan,
) -> Result<Vec<&'r FamilyFile>> {
    let ids = |of: fn(&Present<'_, '_>) -> bool| -> BTreeSet<&str> {
        present
            .iter()
            .filter(|one| of(one))
            .map(|one| one.row.family.content.id.as_str())
            .collect()
    };
    let (meant, needed) = (ids(|one| one.is_meant), ids(|one| !one.cells.is_empty()));
    let mut families = Vec::with_capacity(registry.families.len());
    for family in &registry.families {
        let id = family.content.id.as_str();
        let path = paths::family(&module_name(id));
        let is_missing = needed.contains(id) && disk.read(&path)?.is_none();
        let exists = if meant.contains(id) || is_missing {
            let rendered = renderer.family(&module_name(id), family)?;
            let decide = |state, _: Option<&str>, _: &str| {
                decide(state, request.mode, request.overwrites_edited)
            };
            plan.compare(disk, rendered, decide)?.is_some()
        } else {
            disk.read(&path)?.is_some()
        };
        if exists {
            families.push(&family.content);
        }
    }
    Ok(families)
}

/// Plans a model's own file. It holds the model beside the list of its cells: what the run is not about stays as it is
/// unless the list is wrong.
fn plan_model(
    disk: &Disk,
    one: &Present<'_, '_>,
    renderer: Renderer<'_>,
    request: &Request,
    plan: &mut Plan,
) -> Result<()> {
    let cells = one
        .cells
        .iter()
        .map(|(platform, has_skill)| CellName::new(*platform, *has_skill));
    let rendered = renderer.model(&one.module, one.row, cells.collect())?;
    plan.compare(disk, rendered, |state, found, fresh| {
        let lists_same = found.is_some_and(|found| lists_same_cells(found, fresh));
        let is_needed = !lists_same || (one.is_meant && request.mode == Mode::Current);
        match decide(state, Mode::Current, request.overwrites_edited) {
            Action::Write | Action::Reject if !is_needed && state != State::Missing => {
                Action::Leave
            }
            action => action,
        }
    })?;
    Ok(())
}
