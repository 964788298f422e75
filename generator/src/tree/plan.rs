//! What a run would do: every generated file in question with its state and what becomes of it.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::classify::{State, classify};
use super::disk::Disk;
use super::{aggregate, orphan, row};
use crate::error::Result;
use crate::matrix::Matrix;
use crate::registry::Registry;
use crate::render::{Provenance, Rendered, Renderer, Subject, check, provenance};
use crate::select::Selection;

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// For which cells.
    pub selection: Selection,
    /// For which states.
    pub mode: Mode,
    /// For which kinds of file.
    pub kinds: Kinds,
    /// Whether files that were changed by hand are written over.
    pub overwrites_edited: bool,
}

impl Request {
    /// Whether the run is about everything, so that what nobody asked for can go.
    #[must_use]
    pub fn is_unrestricted(&self) -> bool {
        self.mode == Mode::Current && self.kinds == Kinds::Both && !self.selection.is_restricted
    }
}

/// Which states a run writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Missing and stale files.
    Current,
    /// Missing files.
    Missing,
}

/// Which files of a cell a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// Skills and tests.
    Both,
    /// Skills.
    Skills,
    /// Tests.
    Tests,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is written.
    Write,
    /// It stays, and what would be written goes beside it as `.rej`.
    Reject,
    /// It stays, and somebody has to look at it.
    Refuse,
    /// It stays, as asked.
    Leave,
    /// It is removed.
    Remove,
}

/// A file that is not fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path below the output folder.
    pub path: String,
    /// Its state.
    pub state: State,
    /// What becomes of it.
    pub action: Action,
    /// What it would be; `None` where it would not be.
    pub fresh: Option<Rendered>,
    /// What it is; `None` where it is not.
    pub found: Option<String>,
}

/// Everything a run would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files that are not fresh, in the order in which they are written: what is listed before what lists it.
    pub entries: Vec<Entry>,
    /// Number of files that are.
    pub fresh: usize,
    /// Left-over `.rej` files of files that are in order again.
    pub settled: Vec<String>,
}

impl Plan {
    /// Compares one file; returns what it will hold.
    pub(super) fn compare(
        &mut self,
        disk: &Disk,
        rendered: Rendered,
        decide: impl FnOnce(State, Option<&str>, &str) -> Action,
    ) -> Result<Option<String>> {
        let found = disk.read(&rendered.path)?;
        let state = classify(found.as_deref(), &rendered.text);
        if state == State::Fresh {
            self.fresh += 1;
            return Ok(found);
        }
        let action = decide(state, found.as_deref(), &rendered.text);
        let after = if action == Action::Write {
            Some(rendered.text.clone())
        } else {
            found.clone()
        };
        self.entries.push(Entry {
            path: rendered.path.clone(),
            state,
            action,
            fresh: Some(rendered),
            found,
        });
        Ok(after)
    }

    pub(super) fn append(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.fresh += other.fresh;
    }

    /// Whether a file of one of a model's cells is missing.
    #[must_use]
    pub fn lacks_cell_of(&self, model: &str) -> bool {
        let is_of = |subject: &Subject| matches!(subject, Subject::Cell(id, _) if id == model);
        let mut missing = self
            .entries
            .iter()
            .filter(|entry| entry.state == State::Missing);
        missing.any(|entry| {
            entry
                .fresh
                .as_ref()
                .is_some_and(|fresh| is_of(&fresh.subject))
        })
    }

    /// The files something becomes of.
    pub fn with(&self, action: Action) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.action == action)
    }
}

/// What becomes of a file in a state.
pub(super) fn decide(state: State, mode: Mode, overwrites_edited: bool) -> Action {
    match state {
        State::Missing => Action::Write,
        State::Edited if overwrites_edited => Action::Write,
        State::Foreign => Action::Refuse,
        State::Orphaned => Action::Remove,
        State::Stale if mode == Mode::Current => Action::Write,
        State::Edited if mode == Mode::Current => Action::Reject,
        State::Fresh | State::Stale | State::Edited => Action::Leave,
    }
}

/// Plans a run: renders, compares, checks. Nothing is written.
///
/// # Errors
/// When a template fails, what it renders is no Rust, or the output folder is not as it has to be.
pub fn plan(
    disk: &Disk,
    registry: &Registry,
    matrix: &Matrix<'_>,
    renderer: Renderer<'_>,
    request: &Request,
) -> Result<Plan> {
    let rows = matrix.rows.par_iter().zip(&request.selection.rows);
    let rows: Vec<row::RowPlan<'_, '_>> = rows
        .map(|(row, is_meant)| row::plan(disk, row, *is_meant, renderer, request))
        .collect::<Result<_>>()?;
    let mut plan = Plan::default();
    let mut present = Vec::with_capacity(rows.len());
    for row in rows {
        plan.append(row.plan);
        present.push(row.present);
    }
    aggregate::plan(disk, registry, &present, renderer, request, &mut plan)?;
    if request.is_unrestricted() {
        orphan::plan(disk, matrix, registry, request.overwrites_edited, &mut plan)?;
    }
    settle(disk, request, &mut plan)?;
    let written = |entry: &&Entry| matches!(entry.action, Action::Write | Action::Reject);
    for entry in plan.entries.iter().filter(written) {
        disk.check_writable(&entry.path)?;
    }
    let rendered: Vec<&Rendered> = plan
        .entries
        .iter()
        .filter(written)
        .filter_map(|entry| entry.fresh.as_ref())
        .collect();
    // The first fault in the order of files, whichever thread finds its own first.
    let faults: Vec<_> = rendered
        .par_iter()
        .filter_map(|rendered| check(rendered, renderer.templates).err())
        .collect();
    faults.into_iter().next().map_or(Ok(plan), Err)
}

/// Finds the `.rej` files of this generator whose reason is gone; patch leaves files of that name too.
fn settle(disk: &Disk, request: &Request, plan: &mut Plan) -> Result<()> {
    let of = |action| {
        plan.with(action)
            .map(|entry| entry.path.as_str())
            .collect::<BTreeSet<_>>()
    };
    let (rejected, written) = (of(Action::Reject), of(Action::Write));
    let mut settled = Vec::new();
    for path in disk.files() {
        let Some(file) = path.strip_suffix(".rej") else {
            continue;
        };
        let is_settled =
            written.contains(file) || (request.is_unrestricted() && !rejected.contains(file));
        let is_own = |text: String| provenance(&text) != Provenance::Foreign;
        if is_settled && disk.read(path)?.is_some_and(is_own) {
            settled.push(path.to_owned());
        }
    }
    plan.settled = settled;
    Ok(())
}
