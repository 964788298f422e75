//! Where models stand below the measured roof of the device.

use metrics::RooflineFigures;

use super::super::chart::{Chart, Dash, Look, Scale, Shape};
use super::super::document::{Block, Cell, Figure, Section, Table};
use super::super::figures::{self, number};
use super::super::model::{MachineReport, Measured, grouped};
use super::reasons;
use crate::bench::{Component, WorkFigures};

/// How far a dashed stub reaches where an interval has one end only, as a factor.
const STUB: f64 = 1.6;

/// A model, or a part of one, below the roof.
struct Standing<'r, 'a> {
    measured: &'r Measured<'a>,
    part: Option<&'r Component>,
    low: Option<f64>,
    high: Option<f64>,
    gflops: f64,
}

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    let all = report.usual();
    if all.is_empty() {
        return None;
    }
    let mut section = Section::new("roofline", "Roofline").saying(
        "The slope is the measured bandwidth, the flat part the measured peak of arithmetic. Points stand at the operations a \
         second that were reached, over the operations for each byte: an interval, because what caches save is not known. \
         Of each model and platform the smallest batch at its usual lengths is shown, each of its parts where it has several.",
    );
    let (mut standing, mut missing) = (Vec::new(), Vec::new());
    for one in &all {
        for (part, work, roofline) in parts(one) {
            match stands(one, part, roofline) {
                Ok(found) => standing.push(found),
                // A part that computes nothing stands nowhere.
                Err(_) if part.is_some() && work.flops.value() == Some(&0) => {}
                Err(reason) => missing.push(unplaced(one, part, roofline, reason)),
            }
        }
    }
    let missing = reasons(missing.iter().map(String::as_str));
    let devices = grouped(standing, |one| {
        let device = &one.measured.measurement.roof.device;
        format!("{device}\n{}", one.measured.case().precision)
    });
    let mut figures = Vec::new();
    let mut tables = Vec::new();
    for group in &devices {
        figures.extend(figure(group));
        tables.push(Block::Table(table(group)));
    }
    section = section.showing(figures);
    section.blocks.extend(tables);
    if !missing.is_empty() {
        section = section
            .saying("Without a point:")
            .with(Block::List(missing));
    }
    Some(section)
}

/// A part of a model where it has several, what it has to do, and where it stands.
type Part<'r> = (Option<&'r Component>, &'r WorkFigures, &'r RooflineFigures);

/// The parts of a model; itself where it has none.
fn parts<'r>(measured: &'r Measured<'_>) -> Vec<Part<'r>> {
    let measurement = measured.measurement;
    if measurement.components.is_empty() {
        return vec![(None, &measurement.work, &measurement.roofline)];
    }
    let parts = measurement.components.iter();
    parts
        .map(|part| (Some(part), &part.work, &part.roofline))
        .collect()
}

/// Why something has no point; what was measured wrongly is named, for it can be measured again.
fn unplaced(
    measured: &Measured<'_>,
    part: Option<&Component>,
    roofline: &RooflineFigures,
    reason: &str,
) -> String {
    if !roofline.is_above() {
        return reason.to_owned();
    }
    let part = part.map_or_else(String::new, |part| format!(", {}", part.name));
    let platform = figures::platform(measured.case().platform);
    format!("{} on {platform}{part}: {reason}", measured.title())
}

fn stands<'r, 'a>(
    measured: &'r Measured<'a>,
    part: Option<&'r Component>,
    roofline: &'r RooflineFigures,
) -> Result<Standing<'r, 'a>, &'r str> {
    let intensity = &roofline.arithmetic_intensity_flops_per_byte;
    let interval = intensity
        .value()
        .ok_or_else(|| intensity.reason().unwrap_or_default())?;
    let percent = &roofline.compute_utilization_percent;
    let roof = &measured.measurement.roof.gflops;
    let reached = percent.value().zip(roof.value());
    let gflops = reached.map(|(percent, roof)| percent / 100.0 * roof);
    let gflops = gflops.ok_or_else(|| {
        percent
            .reason()
            .or_else(|| roof.reason())
            .unwrap_or_default()
    })?;
    if interval.low.or(interval.high).is_none() || gflops <= 0.0 {
        return Err("nothing is known of the operations for each byte");
    }
    Ok(Standing {
        measured,
        part,
        low: interval.low,
        high: interval.high,
        gflops,
    })
}

fn roof(group: &[Standing<'_, '_>]) -> Option<(f64, f64)> {
    // The newest probe of the device stands for all.
    let newest = group.iter().max_by_key(|one| one.measured.row.started_ms)?;
    let roof = &newest.measured.measurement.roof;
    roof.gflops.value().copied().zip(roof.gbps.value().copied())
}

fn figure(group: &[Standing<'_, '_>]) -> Option<Figure> {
    let (gflops, gbps) = roof(group)?;
    let first = group.first()?.measured;
    let ridge = gflops / gbps;
    let ends = group.iter().flat_map(|one| [one.low, one.high]).flatten();
    let x = Scale::log(
        "operations for each byte",
        ends.clone()
            .flat_map(|x| [x / STUB, x * STUB])
            .chain([ridge / 4.0, ridge * 4.0]),
    );
    let reached = group.iter().map(|one| one.gflops / 1.5);
    let y = Scale::log("10⁹ operations a second", reached.chain([gflops * 1.3]));
    let (left, right) = x.ends();
    let below = y.ends().0;
    let mut chart = Chart::plotting(x, y).whole();
    let slope_from = left.max(below / gbps);
    let roof = vec![
        (slope_from, slope_from * gbps),
        (ridge, gflops),
        (right, gflops),
    ];
    chart.add("measured roof", Look::guide(), Shape::Line(roof));
    for (place, one) in group.iter().enumerate() {
        let look = Look::of(one.measured.case().platform);
        let name = figures::platform(one.measured.case().platform);
        let at = |x: f64| (x, one.gflops);
        let solid = look.dashed(Dash::Solid);
        let stub = look.dashed(Dash::Broken(3, 3));
        let middle = match (one.low, one.high) {
            (Some(low), Some(high)) if high > low => {
                chart.add("", solid, Shape::Interval(at(low), at(high)));
                (low * high).sqrt()
            }
            (None, Some(high)) => {
                chart.add("", stub, Shape::Line(vec![at(high / STUB), at(high)]));
                high
            }
            (Some(low), None) => {
                chart.add("", stub, Shape::Line(vec![at(low), at(low * STUB)]));
                low
            }
            (low, high) => low.or(high)?,
        };
        chart.add(name, solid, Shape::Point(at(middle)));
        chart.add("", solid, Shape::Label(at(middle), (place + 1).to_string()));
    }
    let device = &first.measurement.roof.device;
    Some(Figure {
        title: format!("Roofline of {device}, {}", first.case().precision),
        caption: format!(
            "Measured peaks: {} × 10⁹ operations and {} × 10⁹ bytes a second; they meet at {} operations a byte. Numbers are \
             those of the table. A dashed end is not known.",
            number(gflops),
            number(gbps),
            number(ridge)
        ),
        chart,
    })
}

fn table(group: &[Standing<'_, '_>]) -> Table {
    let first = group[0].measured;
    let mut table = Table::new(
        format!(
            "Models below the roof of {}, {}.",
            first.measurement.roof.device,
            first.case().precision
        ),
        &[
            "#No.",
            "Model",
            "Platform",
            "Work",
            "Part",
            "#FLOPs/byte",
            "#GFLOP/s",
            "#Of peak, %",
            "Limited by",
        ],
    );
    for (place, one) in group.iter().enumerate() {
        let mut row = vec![Cell::of((place + 1).to_string())];
        row.extend(super::identity(one.measured));
        row.push(Cell::of(
            one.part.map_or("whole", |part| part.name.as_str()),
        ));
        row.push(Cell::of(match (one.low, one.high) {
            (Some(low), Some(high)) => figures::span(low, high),
            (None, Some(high)) => format!("≤ {}", number(high)),
            (Some(low), None) => format!("≥ {}", number(low)),
            (None, None) => String::new(),
        }));
        row.push(Cell::of(number(one.gflops)));
        let whole = &one.measured.measurement.roofline;
        let roofline = one.part.map_or(whole, |part| &part.roofline);
        row.push(super::quantity(&roofline.compute_utilization_percent));
        row.push(match roofline.memory_bound.value() {
            Some(true) => Cell::of("memory"),
            Some(false) => Cell::of("arithmetic"),
            None => Cell::absent(roofline.memory_bound.reason().unwrap_or_default()),
        });
        table.add(row);
    }
    table
}
