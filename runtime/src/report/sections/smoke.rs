//! What was measured at the size of tests, where there is nothing else.

use super::super::document::{Block, Cell, Section, Table};
use super::super::figures;
use super::super::model::MachineReport;

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    if report.smoke.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Smoke test: not to be compared. Models of the size of tests, which say that cases run and nothing of how fast.",
        &[
            "Model (tiny)",
            "Platform",
            "Work",
            "#Samples",
            "#Least to most, ms",
        ],
    );
    for measured in &report.smoke {
        let mut row: Vec<Cell> = super::identity(measured).into();
        row.push(Cell::of(measured.timing.samples.to_string()));
        row.push(match measured.timing.range_ms {
            Some((low, high)) => Cell::of(figures::span(low, high)),
            None => Cell::absent("no sample was taken"),
        });
        table.add(row);
    }
    Some(
        Section::new("smoke", "Smoke test: not to be compared")
            .saying(
                "There are no rows of models at their published size. `assay bench` makes them.",
            )
            .with(Block::Table(table)),
    )
}
