//! Items a second by batch, and which batch is best for what.

use super::super::chart::{Chart, Look, Scale, Shape};
use super::super::document::{Block, Cell, Figure, Section, Table};
use super::super::figures::{self, number};
use super::super::insight::best_batch;
use super::super::model::{MachineReport, Measured, grouped};

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    if report.measured.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Items a second over the whole loop, and tokens a second of models that generate.",
        &[
            "Model",
            "Platform",
            "Work",
            "#Items/s",
            "#Decoded tokens/s",
            "#Prompt tokens/s",
        ],
    );
    let is_generative =
        |one: &Measured<'_>| one.measurement.decode_tokens_per_second.value().is_some();
    let has_tokens = report.measured.iter().any(is_generative);
    if !has_tokens {
        "Items a second over the whole loop.".clone_into(&mut table.caption);
        table.columns.truncate(4);
    }
    for measured in &report.measured {
        let found = measured.measurement;
        let mut row: Vec<Cell> = super::identity(measured).into();
        row.push(super::quantity(&found.throughput_items_per_second));
        if has_tokens {
            row.push(super::quantity(&found.decode_tokens_per_second));
            row.push(super::quantity(&found.prefill_tokens_per_second));
        }
        table.add(row);
    }
    let batches = report.batches();
    let by_model = grouped(&batches, |group| group[0].case().model.clone());
    let figures = by_model.iter().filter_map(|groups| figure(groups));
    let mut section =
        Section::new("throughput", "Throughput and batches").showing(figures.collect());
    if let Some(best) = best_table(&batches) {
        section = section.with(Block::Table(best));
    }
    Some(section.with(Block::Table(table)))
}

/// Throughput over batch, a line for each platform.
fn figure(groups: &[&Vec<&Measured<'_>>]) -> Option<Figure> {
    let all = || groups.iter().flat_map(|group| group.iter());
    let title = all().next()?.title();
    let batches = Scale::steps(
        "items of a query (batch)",
        all().map(|one| f64::from(one.case().batch)),
    );
    let rates = Scale::from_zero("items a second", all().filter_map(|one| one.throughput()));
    let mut chart = Chart::plotting(batches, rates);
    let has_several = |group: &&&Vec<&Measured<'_>>| {
        let case = group[0].case();
        let same = groups
            .iter()
            .filter(|other| figures::series(other[0].case()) == figures::series(case));
        same.count() > 1
    };
    for group in groups {
        let case = group[0].case();
        let look = Look::of(case.platform);
        let mut name = figures::series(case);
        if has_several(&group) {
            let lengths = figures::lengths(case);
            name += &format!(
                ", {}",
                [lengths.join(", "), figures::manner(case)].join(", ")
            );
        }
        let points = group
            .iter()
            .filter_map(|one| Some((f64::from(one.case().batch), one.throughput()?)));
        let mut points: Vec<_> = points.collect();
        points.sort_by(|one, two| one.0.total_cmp(&two.0));
        chart.add(&name, look, Shape::Line(points.clone()));
        for point in points {
            chart.add(&name, look, Shape::Point(point));
        }
    }
    Some(Figure {
        title: format!("Throughput of {title} by batch"),
        caption: "Items of all queries over the wall time of the whole loop. Measured at the marks; the lines only join them."
            .to_owned(),
        chart,
    })
}

fn best_table(batches: &[Vec<&Measured<'_>>]) -> Option<Table> {
    let mut table = Table::new(
        "The smallest batch with which no other tried one gives more items a second, and that with the fewest joules an item.",
        &[
            "Model",
            "Platform",
            "Work",
            "#Tried",
            "#Best for throughput",
            "Not told apart from",
            "#Best for energy",
        ],
    );
    for group in batches {
        let case = group[0].case();
        let mut tried: Vec<_> = group.iter().map(|one| one.case().batch).collect();
        tried.sort_unstable();
        let mut row: Vec<Cell> = super::identity(group[0]).into();
        let manner = [figures::lengths(case).join(", "), figures::manner(case)];
        let manner: Vec<_> = manner.into_iter().filter(|part| !part.is_empty()).collect();
        row[2] = Cell::of(manner.join(", "));
        row.push(Cell::of(listed(&tried)));
        match best_batch(group) {
            Some(best) => {
                row.push(Cell::of(best.found.case().batch.to_string()));
                row.push(Cell::of(listed(&best.alike)));
            }
            None => row.extend([Cell::absent("a median needs 11 samples"), Cell::of("")]),
        }
        row.push(by_energy(group));
        table.add(row);
    }
    (!table.rows.is_empty()).then_some(table)
}

fn by_energy(group: &[&Measured<'_>]) -> Cell {
    let costs = group
        .iter()
        .filter_map(|one| Some((one, *one.joules_per_item().value()?)));
    let Some((one, joules)) = costs.min_by(|one, two| one.1.total_cmp(&two.1)) else {
        let joules = group[0].joules_per_item();
        return Cell::absent(joules.reason().unwrap_or_default());
    };
    Cell::of(format!("{} ({} J/item)", one.case().batch, number(joules)))
}

fn listed(batches: &[u32]) -> String {
    let batches: Vec<_> = batches.iter().map(ToString::to_string).collect();
    batches.join(", ")
}
