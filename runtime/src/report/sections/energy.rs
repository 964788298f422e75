//! Energy: what items cost, or why nobody knows.

use super::super::chart::{Chart, Look, Scale, Shape};
use super::super::document::{Block, Cell, Figure, Section, Table};
use super::super::figures;
use super::super::model::{MachineReport, Measured};
use super::{identity, quantity, reasons};

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    if report.measured.is_empty() {
        return None;
    }
    let section = Section::new("energy", "Power and energy");
    let is_known = |one: &&Measured<'_>| one.measurement.energy.energy_joules.value().is_some();
    let known: Vec<_> = report.measured.iter().filter(is_known).collect();
    let unknown = report.measured.iter();
    let unknown = reasons(unknown.filter_map(|one| one.measurement.energy.energy_joules.reason()));
    if known.is_empty() {
        return Some(
            section
                .saying("No energy was measured, so there is nothing to show: an absent figure is not zero. The reasons:")
                .with(Block::List(unknown)),
        );
    }
    let mut table = Table::new(
        "Energy of the steady state: gross, and net of what the machine uses doing nothing.",
        &[
            "Model", "Platform", "Work", "#Mean, W", "#Most, W", "#J/item", "#Net, J", "#Items/J",
            "#GFLOP/J",
        ],
    );
    for measured in &known {
        let energy = &measured.measurement.energy;
        let mut row: Vec<Cell> = identity(measured).into();
        row.push(quantity(&energy.power_avg_watts));
        row.push(quantity(&energy.power_max_watts));
        row.push(quantity(&measured.joules_per_item()));
        row.push(quantity(&energy.energy_net_joules));
        row.push(quantity(&energy.throughput_per_watt));
        row.push(quantity(&energy.gflops_per_watt));
        table.add(row);
    }
    let section = section
        .showing(figure(&known).into_iter().collect())
        .with(Block::Table(table));
    if unknown.is_empty() {
        return Some(section);
    }
    Some(section.saying("Without energy:").with(Block::List(unknown)))
}

fn figure(known: &[&Measured<'_>]) -> Option<Figure> {
    let costs = known
        .iter()
        .filter_map(|one| Some((one, *one.joules_per_item().value()?)));
    let costs: Vec<_> = costs.collect();
    if costs.is_empty() {
        return None;
    }
    let name = |(one, _): &(&&Measured<'_>, f64)| {
        let case = one.case();
        format!("{}, batch {}", one.row.subject.title, case.batch)
    };
    let names: Vec<_> = costs.iter().map(name).collect();
    let mut chart = Chart::listing(
        &names,
        Scale::log("joules an item", costs.iter().map(|cost| cost.1)),
    );
    for (place, (one, joules)) in costs.iter().enumerate() {
        let platform = one.case().platform;
        let point = Shape::Point((*joules, place as f64));
        chart.add(figures::platform(platform), Look::of(platform), point);
    }
    Some(Figure {
        title: "Joules an item".to_owned(),
        caption: "Gross energy of the window over the items that were done in it.".to_owned(),
        chart,
    })
}
