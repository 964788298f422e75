//! The parts of models that run several graphs, or one in several ways, side by side.

use super::super::chart::{Chart, Look, Scale, Shape};
use super::super::document::{Block, Cell, Figure, Section, Table};
use super::super::figures::{self, number};
use super::super::model::{MachineReport, Measured};
use super::identity;
use crate::bench::Component;

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    let all = report.usual();
    let parted: Vec<_> = all
        .into_iter()
        .filter(|one| !one.measurement.components.is_empty())
        .collect();
    if parted.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Parts of models: how often each runs in a query, how long one run takes, and its share of all parts.",
        &[
            "Model",
            "Platform",
            "Work",
            "Part",
            "#Runs a query",
            "#Median run, ms",
            "#In a query, ms",
            "#Share, %",
            "#GFLOPs a run",
        ],
    );
    for measured in &parted {
        let whole: f64 = measured
            .measurement
            .components
            .iter()
            .filter_map(|part| in_query(measured, part))
            .sum();
        for part in &measured.measurement.components {
            let mut row: Vec<Cell> = identity(measured).into();
            row.push(Cell::of(part.name.clone()).proved_by(format!("graph {}", part.graph)));
            row.push(Cell::of(number(part.runs_per_query)));
            row.push(match median(measured, part) {
                Ok(p50) => Cell::of(figures::estimate(&p50)),
                Err(reason) => Cell::absent(reason),
            });
            row.push(told(in_query(measured, part)));
            row.push(told(in_query(measured, part).map(|ms| ms / whole * 100.0)));
            row.push(match (part.work.flops.value(), part.work.flops.reason()) {
                (Some(flops), _) => Cell::of(number(*flops as f64 / 1e9)),
                (None, reason) => Cell::absent(reason.unwrap_or_default()),
            });
            table.add(row);
        }
    }
    let models = super::super::model::grouped(parted, |one| one.case().model.clone());
    let figures = models.iter().filter_map(|group| figure(group));
    Some(
        Section::new("components", "Parts of models")
            .showing(figures.collect())
            .with(Block::Table(table)),
    )
}

fn told(value: Option<f64>) -> Cell {
    value.map_or_else(
        || Cell::absent("a part has too few samples"),
        |value| Cell::of(number(value)),
    )
}

/// Median time of a run of the part, or why there is none.
fn median(measured: &Measured<'_>, part: &Component) -> Result<metrics::Estimate, String> {
    let mut samples = measured
        .measurement
        .series(&format!("{}_ms", part.name))
        .to_vec();
    samples.sort_by(f64::total_cmp);
    metrics::estimate(&samples, 0.5).map_err(|reason| reason.to_string())
}

fn in_query(measured: &Measured<'_>, part: &Component) -> Option<f64> {
    let p50 = median(measured, part).ok()?;
    Some(p50.value * part.runs_per_query)
}

/// The parts of a model on each platform, one after the other.
fn figure(group: &[&Measured<'_>]) -> Option<Figure> {
    let whole = |one: &&&Measured<'_>| {
        let parts = one
            .measurement
            .components
            .iter()
            .map(|part| in_query(one, part));
        parts.sum::<Option<f64>>()
    };
    let known: Vec<_> = group
        .iter()
        .filter_map(|one| Some((one, whole(&one)?)))
        .collect();
    let (first, _) = known.first()?;
    let name = |(one, _): &(&&Measured<'_>, f64)| {
        let case = one.case();
        format!("{}, batch {}", figures::series(case), case.batch)
    };
    let names: Vec<_> = known.iter().map(name).collect();
    let x = Scale::from_zero("milliseconds a query", known.iter().map(|one| one.1));
    let mut chart = Chart::listing(&names, x);
    let mut order: Vec<&str> = Vec::new();
    for (line, (one, _)) in known.iter().enumerate() {
        let mut from = 0.0;
        for part in &one.measurement.components {
            let place = order
                .iter()
                .position(|name| *name == part.name)
                .unwrap_or_else(|| {
                    order.push(&part.name);
                    order.len() - 1
                });
            let to = from + in_query(one, part)?;
            let line = line as f64;
            let bar = Shape::Bar((from, line - 0.28), (to, line + 0.28));
            chart.add(&part.name, Look::part(place), bar);
            from = to;
        }
    }
    Some(Figure {
        title: format!("Parts of {}, {}", first.title(), figures::workload(first.case())),
        caption: "Median time of a run of each part, times its runs in a query, in the order of the legend. Medians do not add \
                  up to the median of the whole exactly."
            .to_owned(),
        chart,
    })
}
