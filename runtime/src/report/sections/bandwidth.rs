//! How much of the measured bandwidth models use.

use super::super::chart::{Chart, Look, Scale, Shape};
use super::super::document::{Block, Cell, Figure, Section, Table};
use super::super::figures;
use super::super::model::{MachineReport, Measured};
use super::{identity, quantity};

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    let all = report.usual();
    if all.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Bytes that must move at least (weights once, inputs and outputs) over time, beside the measured peak of the device \
         and that of its own description.",
        &[
            "Model",
            "Platform",
            "Work",
            "#Moved, GB",
            "#GB/s",
            "#Peak, GB/s",
            "#Described, GB/s",
            "#Used, %",
        ],
    );
    for measured in &all {
        let roofline = &measured.measurement.roofline;
        let mut row: Vec<Cell> = identity(measured).into();
        row.extend(
            [
                &roofline.memory_transfers_gb,
                &roofline.avg_bandwidth_gbps,
                &roofline.peak_bandwidth_gbps,
                &roofline.peak_theoretical_bandwidth_gbps,
                &roofline.bandwidth_utilization_percent,
            ]
            .map(quantity),
        );
        table.add(row);
    }
    Some(
        Section::new("bandwidth", "Bandwidth")
            .showing(figure(&all).into_iter().collect())
            .with(Block::Table(table)),
    )
}

fn figure(all: &[&Measured<'_>]) -> Option<Figure> {
    let used = |one: &Measured<'_>| {
        one.measurement
            .roofline
            .bandwidth_utilization_percent
            .value()
            .copied()
    };
    let known: Vec<_> = all
        .iter()
        .filter_map(|one| Some((one, used(one)?)))
        .collect();
    if known.is_empty() {
        return None;
    }
    let name = |(one, _): &(&&Measured<'_>, f64)| {
        let case = one.case();
        format!("{}, {}", one.row.subject.title, figures::series(case))
    };
    let names: Vec<_> = known.iter().map(name).collect();
    let mut chart = Chart::listing(
        &names,
        Scale::from_zero("percent of the measured bandwidth", [100.0]),
    );
    for (place, (one, percent)) in known.iter().enumerate() {
        let platform = one.case().platform;
        let line = place as f64;
        let bar = Shape::Bar((0.0, line - 0.28), (*percent, line + 0.28));
        chart.add(figures::platform(platform), Look::of(platform), bar);
    }
    Some(Figure {
        title: "Bandwidth that is used".to_owned(),
        caption: "Least traffic over time, in percent of the measured peak: modelled from the graph, so what moves besides is \
                  not in it. Of each model and platform the smallest batch at its usual lengths."
            .to_owned(),
        chart,
    })
}
