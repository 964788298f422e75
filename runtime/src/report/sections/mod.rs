//! The sections of a report, one a file, in the order in which they stand.

mod bandwidth;
mod components;
mod energy;
mod environment;
mod growth;
mod latency;
mod roofline;
mod simulated;
mod smoke;
mod speedups;
mod summary;
mod support;
mod throughput;
mod troubles;

use super::document::{Block, Cell, Document, Part, Section};
use super::figures;
use super::model::{MachineReport, Measured, Report};

/// What each section is made by; one that has nothing to say gives none. The machine stands behind them.
const SECTIONS: [fn(&MachineReport<'_>) -> Option<Section>; 13] = [
    summary::section,
    support::section,
    latency::section,
    speedups::section,
    throughput::section,
    roofline::section,
    bandwidth::section,
    energy::section,
    components::section,
    growth::section,
    simulated::section,
    smoke::section,
    troubles::section,
];

/// The document of a report.
pub(super) fn document(report: &Report<'_>) -> Document {
    let mut lead = Vec::new();
    if let Some((first, last)) = report.span_ms {
        let span = if figures::date(first) == figures::date(last) {
            format!("at {} UTC", figures::date(first))
        } else {
            format!(
                "from {} to {} UTC",
                figures::date(first),
                figures::date(last)
            )
        };
        lead.push(Block::Paragraph(format!(
            "{} on {}, begun {span}: of each case on each machine the newest.",
            figures::count(report.rows, "row"),
            figures::count(report.machines.len(), "machine"),
        )));
    }
    if report.machines.len() > 1 {
        lead.push(Block::Paragraph(
            "Each machine stands by itself; nothing is compared between machines.".to_owned(),
        ));
    }
    let part = |machine: &MachineReport<'_>| Part {
        title: environment::title(machine),
        sections: SECTIONS
            .iter()
            .filter_map(|section| section(machine))
            .chain([environment::section(machine)])
            .collect(),
    };
    Document {
        title: "Benchmark report".to_owned(),
        lead,
        parts: report.machines.iter().map(part).collect(),
    }
}

/// The cells that say which case a row of a table is of: model, platform, and what goes in.
fn identity(measured: &Measured<'_>) -> [Cell; 3] {
    let case = measured.case();
    [
        Cell::of(measured.title()).proved_by(case.model.clone()),
        Cell::of(figures::series(case)).proved_by(measured.measurement.placement.clone()),
        Cell::of(figures::workload(case)),
    ]
}

/// A number, or nothing with the reason.
fn quantity(found: &metrics::Quantity) -> Cell {
    match found {
        metrics::Quantity::Unavailable { reason } => Cell::absent(reason),
        metrics::Quantity::Modelled { value, method, .. } => {
            Cell::of(figures::number(*value)).proved_by(format!("modelled: {method}"))
        }
        metrics::Quantity::Measured { value, source, .. } => {
            Cell::of(figures::number(*value)).proved_by(format!("measured: {source}"))
        }
        metrics::Quantity::Sampled { value, source, .. } => {
            Cell::of(figures::number(*value)).proved_by(format!("sampled: {source}"))
        }
    }
}

/// Different reasons, each once with how often it was given.
fn reasons<'s>(all: impl IntoIterator<Item = &'s str>) -> Vec<String> {
    let all: Vec<_> = all.into_iter().collect();
    let groups = super::model::grouped(&all, |reason| (**reason).to_owned());
    let told = groups.iter().map(|group| {
        let reason = group[0];
        format!("{reason} ({})", figures::count(group.len(), "row"))
    });
    told.collect()
}
