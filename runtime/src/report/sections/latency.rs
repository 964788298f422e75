//! How long queries take: every sample, the percentiles that they carry, and what came before the steady state.

use super::super::chart::{Chart, Look, Scale, Shape};
use super::super::document::{Block, Cell, Figure, Section, Table};
use super::super::figures::{self, number, span};
use super::super::model::{MachineReport, Measured};
use super::identity;

/// The most samples that a strip shows, evenly chosen by rank.
const DOTS: usize = 150;

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    if report.measured.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Time of a query in the steady state, in milliseconds: percentiles with their distribution-free 95 % intervals, each \
         only where there are samples enough for it.",
        &[
            "Model",
            "Platform",
            "Work",
            "#Samples",
            "#p50",
            "#p90",
            "#p95",
            "#p99",
            "#Least to most",
        ],
    );
    let mut before = Table::new(
        "Before the steady state, and memory.",
        &[
            "Model",
            "Platform",
            "Work",
            "#Load, ms",
            "#First run, ms",
            "#Settled after",
            "#Peak RSS, MiB",
            "#On device, MiB",
        ],
    );
    for measured in &report.measured {
        table.add(times(measured));
        before.add(beginnings(measured));
    }
    let models = report.models();
    let figures = models.iter().filter_map(|model| figure(report, model));
    Some(
        Section::new("latency", "Latency")
            .showing(figures.collect())
            .with(Block::Table(table))
            .with(Block::Table(before)),
    )
}

fn times(measured: &Measured<'_>) -> Vec<Cell> {
    let timing = &measured.timing;
    let mut row: Vec<Cell> = identity(measured).into();
    row.push(Cell::of(timing.samples.to_string()));
    for name in ["p50", "p90", "p95", "p99"] {
        row.push(match timing.percentiles_ms.get(name) {
            Some(found) => Cell::of(figures::estimate(found)),
            None => Cell::absent(timing.absent.get(name).map_or("", String::as_str)),
        });
    }
    row.push(match timing.range_ms {
        Some((low, high)) => Cell::of(span(low, high)),
        None => Cell::absent("no sample was taken"),
    });
    row
}

fn beginnings(measured: &Measured<'_>) -> Vec<Cell> {
    let found = measured.measurement;
    let settling = &found.settling;
    let settled = if settling.is_steady {
        Cell::of(figures::count(settling.runs as usize, "run"))
    } else {
        Cell::of(format!(
            "not in {}",
            figures::count(settling.runs as usize, "run")
        ))
    };
    let bytes = |quantity: &metrics::Quantity<u64>| match (quantity.value(), quantity.reason()) {
        (Some(bytes), _) => Cell::of(figures::mib(*bytes)),
        (None, reason) => Cell::absent(reason.unwrap_or_default()),
    };
    let mut row: Vec<Cell> = identity(measured).into();
    row.extend([
        Cell::of(number(found.load_ms)),
        Cell::of(number(found.first_run_ms)),
        settled,
        bytes(&found.peak_rss_bytes),
        bytes(&found.device_peak_bytes),
    ]);
    row
}

/// A strip of samples for each case of a model.
fn figure(report: &MachineReport<'_>, model: &str) -> Option<Figure> {
    let cases: Vec<_> = report
        .of_model(model)
        .filter(|measured| measured.timing.samples > 0)
        .collect();
    let first = cases.first()?;
    let title = first.title();
    // What all have in common stands in the title alone.
    let is_same =
        |one: &&Measured<'_>| figures::lengths(one.case()) == figures::lengths(first.case());
    let has_same_lengths = cases.iter().all(is_same);
    let name = |one: &&Measured<'_>| {
        let case = one.case();
        let lengths = if has_same_lengths {
            String::new()
        } else {
            format!(", {}", figures::lengths(case).join(", "))
        };
        format!("{}, batch {}{lengths}", figures::series(case), case.batch)
    };
    let names: Vec<_> = cases.iter().map(name).collect();
    let samples = cases
        .iter()
        .flat_map(|one| one.measurement.series("latency_ms").iter().copied());
    let mut chart = Chart::listing(&names, Scale::log("milliseconds a query", samples));
    for (place, one) in cases.iter().enumerate() {
        let look = Look::of(one.case().platform);
        let line = place as f64;
        let mut sorted = one.measurement.series("latency_ms").to_vec();
        sorted.sort_by(f64::total_cmp);
        for (rank, sample) in thinned(&sorted) {
            // Neighbouring ranks lie apart, so that dots do not hide each other (golden ratio, Weyl sequence).
            let offset = (rank as f64 * 0.618_033_988_75).fract() * 0.7 - 0.35;
            chart.add("", look, Shape::Dot((sample, line + offset)));
        }
        let name = figures::platform(one.case().platform);
        if let Some(p50) = one.p50_ms() {
            let interval = Shape::Interval((p50.low, line), (p50.high, line));
            chart.add(name, look, interval);
            chart.add(name, look, Shape::Point((p50.value, line)));
        }
    }
    let common = if has_same_lengths {
        figures::lengths(first.case()).join(", ")
    } else {
        String::new()
    };
    let work = [title, common, figures::manner(first.case())];
    let work: Vec<_> = work.into_iter().filter(|text| !text.is_empty()).collect();
    Some(Figure {
        title: format!("Latency of {}", work.join(", ")),
        caption: "Each dot is a query. The large mark is the median, its line the 95 % interval; without one there are fewer \
                  than 11 samples."
            .to_owned(),
        chart,
    })
}

/// Samples evenly chosen by rank, with their ranks.
fn thinned(sorted: &[f64]) -> Vec<(usize, f64)> {
    let count = sorted.len();
    if count <= DOTS {
        return sorted.iter().copied().enumerate().collect();
    }
    let rank = |dot: usize| dot * (count - 1) / (DOTS - 1);
    (0..DOTS)
        .map(|dot| (rank(dot), sorted[rank(dot)]))
        .collect()
}
