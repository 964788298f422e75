//! What was predicted of platforms that cases did not run on. It stands beside nothing that was measured.

use super::super::chart::{Chart, Look, Scale, Shape};
use super::super::document::{Block, Cell, Figure, Mark, Section, Table};
use super::super::figures;
use super::super::model::{MachineReport, Simulated};

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    if report.simulated.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Simulated: predicted times of cases that did not run on their platform. Nothing here was measured there.",
        &[
            "Model",
            "Platform (simulated)",
            "Work",
            "#Predicted, ms",
            "#Nine of ten, ms",
            "Calibration",
            "What ran instead",
        ],
    );
    table.is_simulated = true;
    for one in &report.simulated {
        table.add(row(one));
    }
    Some(
        Section::new("simulated", "Simulated, not measured")
            .saying(
                "These platforms were not there, or did not take the graph. The outputs were computed elsewhere, and the times \
                 are those that a calibrated model of the device predicts.",
            )
            .showing(figure(&report.simulated).into_iter().collect())
            .with(Block::Table(table)),
    )
}

fn row(one: &Simulated<'_>) -> Vec<Cell> {
    let (case, found) = (&one.row.case, one.simulation);
    let mut title = one.row.subject.title.clone();
    if found.artifact.is_synthetic {
        title += " (synthetic weights)";
    }
    vec![
        Cell::of(title).proved_by(case.model.clone()),
        Cell::of(figures::series(case)).marked(Mark::Simulated),
        Cell::of(figures::workload(case)),
        super::quantity(&found.predicted_ms).marked(Mark::Simulated),
        match found.interval_ms {
            Some((low, high)) => Cell::of(figures::span(low, high)).marked(Mark::Simulated),
            None => Cell::absent("how far predictions are off is not known"),
        },
        match &found.profile {
            Some(profile) => Cell::of(profile.clone()),
            None => Cell::absent("the device was not calibrated"),
        },
        Cell::of(found.placement.clone()),
    ]
}

fn figure(all: &[Simulated<'_>]) -> Option<Figure> {
    let known = all
        .iter()
        .filter_map(|one| Some((one, *one.simulation.predicted_ms.value()?)));
    let known: Vec<_> = known.collect();
    if known.is_empty() {
        return None;
    }
    let name = |(one, _): &(&Simulated<'_>, f64)| {
        let case = &one.row.case;
        format!(
            "{}, {}, batch {}",
            one.row.subject.title,
            figures::series(case),
            case.batch
        )
    };
    let names: Vec<_> = known.iter().map(name).collect();
    let ends = known.iter().flat_map(|(one, ms)| {
        let (low, high) = one.simulation.interval_ms.unwrap_or((*ms, *ms));
        [low, high, *ms]
    });
    let x = Scale::log("milliseconds a query, predicted", ends);
    let mut chart = Chart::listing(&names, x);
    for (place, (one, ms)) in known.iter().enumerate() {
        let line = place as f64;
        if let Some((low, high)) = one.simulation.interval_ms {
            let bar = Shape::Bar((low, line - 0.28), (high, line + 0.28));
            chart.add("simulated: nine of ten times", Look::simulated(), bar);
        }
        chart.add(
            "simulated: predicted time",
            Look::guide(),
            Shape::Point((*ms, line)),
        );
    }
    Some(Figure {
        title: "Simulated: predicted times".to_owned(),
        caption:
            "Hatched: the interval that holds nine of ten times. Predicted from the graph's work \
                  and the device's calibration, measured nowhere."
                .to_owned(),
        chart,
    })
}
