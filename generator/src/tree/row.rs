//! Plans the files of one model's cells.

use super::disk::Disk;
use super::plan::{Kinds, Plan, Request, decide};
use super::presence::{declares_cell, declares_skill, takes_skill};
use crate::error::Result;
use crate::matrix::Row;
use crate::registry::{Platform, module_name};
use crate::render::{Renderer, paths};

/// What is planned for a model's cells, and what of them there is afterwards.
pub(super) struct RowPlan<'r, 'a> {
    /// The cells' files.
    pub(super) plan: Plan,
    /// What there is afterwards.
    pub(super) present: Present<'r, 'a>,
}

/// A model with what there is of its cells after the run.
pub(super) struct Present<'r, 'a> {
    /// The model.
    pub(super) row: &'r Row<'a>,
    /// Its module.
    pub(super) module: String,
    /// Whether the run is about it.
    pub(super) is_meant: bool,
    /// Platforms whose cell exists, each with whether it has a skill.
    pub(super) cells: Vec<(Platform, bool)>,
    /// Platforms whose test exists and compiles.
    pub(super) tests: Vec<Platform>,
}

/// Plans one model.
pub(super) fn plan<'r, 'a>(
    disk: &Disk,
    row: &'r Row<'a>,
    is_meant: bool,
    renderer: Renderer<'_>,
    request: &Request,
) -> Result<RowPlan<'r, 'a>> {
    let mut plan = Plan::default();
    let module = module_name(&row.model.id);
    let mut present = Present {
        row,
        module,
        is_meant,
        cells: Vec::new(),
        tests: Vec::new(),
    };
    for cell in &row.cells {
        let platform = cell.platform.content.platform;
        let is_meant = is_meant && request.selection.platforms.contains(&platform);
        let skill = if is_meant && request.kinds != Kinds::Tests {
            let rendered = renderer.skill(&present.module, row, cell)?;
            plan.compare(disk, rendered, |state, _, _| {
                decide(state, request.mode, request.overwrites_edited)
            })?
        } else {
            disk.read(&paths::skill(&present.module, platform))?
        };
        let test = if is_meant && request.kinds != Kinds::Skills {
            let rendered = renderer.test(&present.module, row, cell)?;
            plan.compare(disk, rendered, |state, _, _| {
                decide(state, request.mode, request.overwrites_edited)
            })?
        } else {
            disk.read(&paths::test(&present.module, platform))?
        };
        let Some(has_skill) = skill
            .as_deref()
            .filter(|text| declares_cell(text))
            .map(declares_skill)
        else {
            continue;
        };
        present.cells.push((platform, has_skill));
        if test.is_some_and(|test| has_skill || !takes_skill(&test)) {
            present.tests.push(platform);
        }
    }
    Ok(RowPlan { plan, present })
}
