//! How cost grows with what goes in.

use super::super::chart::{Chart, Look, Scale, Shape};
use super::super::document::{Block, Cell, Figure, Section, Table};
use super::super::figures::{self, number};
use super::super::growth::LEAST_POINTS;
use super::super::model::{Growing, MachineReport, Varied, grouped};

/// Pieces of a curve that is drawn; pixels are whole numbers, so that more would make it uneven.
const PIECES: usize = 20;

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    if report.measured.is_empty() {
        return None;
    }
    let growing = report.growing();
    let section = Section::new("growth", "Cost against input");
    if growing.is_empty() {
        return Some(section.saying(format!(
            "No case was measured at {LEAST_POINTS} lengths or batches, which is what a line takes."
        )));
    }
    let mut table = Table::new(
        "Lines through measured costs, y = a + b·x + c·x² with as many terms as leaving out one point at a time supports.",
        &[
            "Model",
            "Platform",
            "Cost",
            "Over",
            "#Points",
            "Line",
            "#Left-out error",
            "#Largest residual, %",
        ],
    );
    for one in &growing {
        let [model, platform, _] = super::identity(&one.of);
        table.add([
            model,
            platform,
            Cell::of(one.cost),
            Cell::of(format!("{}{}", one.varied.label(), beside(one))),
            Cell::of(one.points.len().to_string()),
            Cell::of(one.fit.formula(number)),
            Cell::of(number(one.fit.left_out_error)),
            Cell::of(number(one.fit.residual_percent)),
        ]);
    }
    let charts = grouped(&growing, |one| {
        format!(
            "{}\n{}\n{}",
            one.of.case().model,
            one.varied.label(),
            one.cost
        )
    });
    let figures = charts.iter().map(|group| figure(group));
    Some(section.showing(figures.collect()).with(Block::Table(table)))
}

/// What else went in, which was the same for all.
fn beside(one: &Growing<'_>) -> String {
    let mut case = one.of.case().clone();
    let lengths = &mut case.lengths;
    let mut parts = Vec::new();
    match one.varied {
        Varied::Batch => {}
        varied => {
            parts.push(format!("batch {}", case.batch));
            match varied {
                Varied::Tokens => lengths.tokens = None,
                Varied::NewTokens => lengths.new_tokens = None,
                Varied::Pixels => lengths.image = None,
                _ => lengths.audio_ms = None,
            }
        }
    }
    parts.extend(figures::lengths(&case));
    if parts.is_empty() {
        return String::new();
    }
    format!(" ({})", parts.join(", "))
}

fn figure(group: &[&Growing<'_>]) -> Figure {
    let first = group[0];
    let points = || group.iter().flat_map(|one| one.points.iter());
    let x = Scale::from_zero(first.varied.label(), points().map(|point| point.0));
    let y = Scale::from_zero(first.cost, points().map(|point| point.1));
    let mut chart = Chart::plotting(x, y);
    // What is counted from the graph is the same on platforms with the same graph: it is drawn once.
    let same = grouped(group.iter().copied(), |one| {
        format!("{:?}{}", one.points, beside(one))
    });
    for alike in &same {
        let one = alike[0];
        let look = Look::of(one.of.case().platform);
        let names: Vec<_> = alike
            .iter()
            .map(|one| figures::series(one.of.case()))
            .collect();
        let name = format!("{}{}", names.join(" and "), beside(one));
        let least = one.points.first().map_or(0.0, |point| point.0);
        let most = one.points.last().map_or(0.0, |point| point.0);
        let pieces = if one.fit.terms < 3 { 1 } else { PIECES };
        let line = (0..=pieces).map(|place| {
            let x = least + (most - least) * place as f64 / pieces as f64;
            (x, one.fit.at(x))
        });
        chart.add(&name, look, Shape::Line(line.collect()));
        for point in &one.points {
            chart.add(&name, look, Shape::Point(*point));
        }
    }
    let cost = first.cost.split(',').next().unwrap_or_default();
    Figure {
        title: format!(
            "{} of {} over {}",
            capital(cost),
            first.of.title(),
            first.varied.label()
        ),
        caption: "Lines are fitted through the marks and end where these do.".to_owned(),
        chart,
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}
