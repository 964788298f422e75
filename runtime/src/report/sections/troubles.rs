//! What failed, and what was not tried, each with its reason.

use super::super::document::{Block, Cell, Mark, Section, Table};
use super::super::figures;
use super::super::model::{MachineReport, Trouble};

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    let mut section = Section::new("troubles", "Failed and skipped");
    let failed = table("Cases that failed.", &report.failed, Mark::Failed);
    let skipped = table("Cases that were not tried.", &report.skipped, Mark::Absent);
    for table in [failed, skipped].into_iter().flatten() {
        section = section.with(Block::Table(table));
    }
    (!section.blocks.is_empty()).then_some(section)
}

fn table(caption: &str, troubles: &[Trouble<'_>], mark: Mark) -> Option<Table> {
    let mut table = Table::new(caption, &["Model", "Platform", "Work", "How", "Why"]);
    for one in troubles {
        let case = &one.row.case;
        table.add([
            Cell::of(one.row.subject.title.clone()).proved_by(case.model.clone()),
            Cell::of(figures::series(case)),
            Cell::of(figures::workload(case)),
            Cell::of(one.kind).marked(mark),
            Cell::of(one.reason),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}
