//! Which models ran on which platforms, with the evidence.

use std::collections::BTreeMap;

use super::super::document::{Block, Cell, Mark, Section, Table};
use super::super::figures;
use super::super::model::MachineReport;
use crate::bench::Row;
use crate::catalog::Platform;

/// What became of a model on a platform, the best first.
struct Found {
    rank: u8,
    word: &'static str,
    mark: Mark,
    told: String,
}

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    let mut cells: BTreeMap<&str, BTreeMap<Platform, Vec<Found>>> = BTreeMap::new();
    let mut titles = BTreeMap::new();
    let mut add = |row: &_, rank, word, mark, told: String| {
        let row: &Row = row;
        let told = format!("{}: {told}", figures::workload(&row.case));
        titles.insert(row.case.model.clone(), row.subject.title.clone());
        (
            row.case.model.clone(),
            row.case.platform,
            Found {
                rank,
                word,
                mark,
                told,
            },
        )
    };
    let mut all = Vec::new();
    for one in &report.measured {
        let told = one.measurement.placement.clone();
        all.push(add(one.row, 0, "✓ native", Mark::Measured, told));
    }
    for one in &report.simulated {
        let told = one.simulation.placement.clone();
        all.push(add(one.row, 1, "◌ simulated", Mark::Simulated, told));
    }
    for one in &report.failed {
        let told = format!("{}: {}", one.kind, one.reason);
        all.push(add(one.row, 2, "✗ failed", Mark::Failed, told));
    }
    for one in &report.skipped {
        let told = format!("{}: {}", one.kind, one.reason);
        all.push(add(one.row, 3, "– skipped", Mark::Absent, told));
    }
    if all.is_empty() || !report.smoke.is_empty() {
        return None;
    }
    for (model, platform, found) in all {
        let model = titles
            .get_key_value(&model)
            .map_or("", |(id, _)| id.as_str());
        cells
            .entry(model)
            .or_default()
            .entry(platform)
            .or_default()
            .push(found);
    }
    let platforms: Vec<_> = Platform::ALL
        .iter()
        .filter(|platform| cells.values().any(|row| row.contains_key(platform)))
        .collect();
    let mut headings = vec!["Model"];
    headings.extend(
        platforms
            .iter()
            .map(|platform| figures::platform(**platform)),
    );
    let mut table = Table::new(
        "What became of each model on each platform. The words of a cell open on what proves it.",
        &headings,
    );
    for (model, row) in &cells {
        let title = titles.get(*model).map_or(*model, String::as_str);
        let mut line = vec![Cell::of(title).proved_by(*model)];
        line.extend(platforms.iter().map(|platform| cell(row.get(platform))));
        table.add(line);
    }
    Some(Section::new("support", "Support").with(Block::Table(table)))
}

fn cell(found: Option<&Vec<Found>>) -> Cell {
    let Some(best) = found.and_then(|found| found.iter().min_by_key(|one| one.rank)) else {
        return Cell::of("");
    };
    let found = found.map_or(&[][..], Vec::as_slice);
    let failed = found.iter().filter(|one| one.mark == Mark::Failed).count();
    let others = match (best.mark, failed) {
        (Mark::Failed, _) | (_, 0) => String::new(),
        (_, failed) => format!(", {failed} failed"),
    };
    let mut told: Vec<_> = found.iter().map(|one| one.told.as_str()).collect();
    told.dedup();
    Cell::of(format!("{}{others}", best.word))
        .marked(best.mark)
        .proved_by(told.join("\n"))
}
