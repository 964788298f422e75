//! Rankings and trends for terminals.

use std::collections::BTreeSet;

use super::document::{Cell, Mark, Table};
use super::figures::{self, date, interval, number, shortened};
use super::format::{text_table, wrapped};
use super::ranking::{Metric, Place, Ranking};
use super::trend::{Best, Point, Trend};

/// The beginning of a fingerprint, which tells machines apart well enough for people.
const SHOWN: usize = 12;

/// Rankings as tables: what was measured, and below what was predicted.
#[must_use]
pub fn ranking_text(rankings: &[Ranking]) -> String {
    let parts = rankings.iter().map(ranking).collect::<Vec<_>>();
    parts.join("\n")
}

fn ranking(ranking: &Ranking) -> String {
    let first = ranking.measured.iter().chain(&ranking.predicted).next();
    let work = first.map_or_else(String::new, |place| {
        format!(", {}", figures::workload(&place.row.case))
    });
    let mut text = format!(
        "{} by {}{work}\nmachine {}\n",
        super::format::plain(&ranking.title),
        ranking.metric,
        shortened(&ranking.machine, SHOWN)
    );
    if !ranking.measured.is_empty() {
        text += &format!("\n{}", text_table(&measured(ranking)));
    }
    if !ranking.predicted.is_empty() {
        text += "\nPredicted, not measured:\n";
        text += &text_table(&predicted(ranking));
    }
    for (platform, reason) in &ranking.absent {
        text += &wrapped(&format!("{platform}: {reason}"), "  ");
    }
    text
}

fn measured(ranking: &Ranking) -> Table {
    let value = format!("#{}, {}", ranking.metric, ranking.unit);
    let mut table = Table::new(
        "",
        &[
            "#",
            "Platform",
            &value,
            "#95 % interval",
            "#Beside best",
            "Next",
            "Device",
        ],
    );
    let best = ranking.measured.first().map_or(1.0, |place| place.value);
    for (number_of, place) in ranking.measured.iter().enumerate() {
        let found = place
            .interval
            .map_or_else(|| "none".to_owned(), |(low, high)| interval(low, high));
        let next = match place.is_told_from_next {
            Some(true) => "told apart",
            Some(false) => "not told apart",
            None => "",
        };
        let device = place.row.device.clone().unwrap_or_default();
        table.add([
            Cell::of((number_of + 1).to_string()),
            Cell::of(series(place)),
            Cell::of(number(place.value)),
            Cell::of(found),
            Cell::of(format!("{}×", number(place.value / best))),
            Cell::of(next),
            Cell::of(device),
        ]);
    }
    table
}

fn predicted(ranking: &Ranking) -> Table {
    let mut table = Table::new("", &["Platform", "#Predicted, ms"]);
    for place in &ranking.predicted {
        table.add([
            Cell::of(format!("{} (simulated)", series(place))),
            Cell::of(number(place.value)).marked(Mark::Simulated),
        ]);
    }
    table
}

fn series(place: &Place) -> String {
    let synthetic = if place.row.is_synthetic {
        ", synthetic weights"
    } else {
        ""
    };
    format!("{}{synthetic}", figures::series(&place.row.case))
}

/// Trends with their changes, and the best platforms of today, machine by machine.
#[must_use]
pub fn trend_text(trends: &[Trend], best: &[Best]) -> String {
    let machines: BTreeSet<_> = trends.iter().map(|trend| &trend.machine).collect();
    let part = |machine: &String| {
        let trends: Vec<_> = trends
            .iter()
            .filter(|trend| trend.machine == *machine)
            .collect();
        let best: Vec<_> = best
            .iter()
            .filter(|best| best.machine == *machine)
            .collect();
        let metric = trends.first().map_or(Metric::Latency, |trend| trend.metric);
        let mut text = format!("machine {}\n\n", shortened(machine, SHOWN));
        text += &format!(
            "Trend of {metric} in {}\n\n{}",
            metric.unit(),
            text_table(&over_time(&trends))
        );
        let changes = changes(&trends);
        if !changes.rows.is_empty() {
            text += &format!("\nChanges\n\n{}", text_table(&changes));
        }
        if !best.is_empty() {
            text += &format!(
                "\nBest platform of each model, measured\n\n{}",
                text_table(&best_table(&best))
            );
        }
        text
    };
    machines
        .into_iter()
        .map(part)
        .collect::<Vec<_>>()
        .join("\n")
}

fn over_time(trends: &[&Trend]) -> Table {
    let titles = [
        "Model", "Platform", "Work", "#Rows", "#First", "#Newest", "#Changes",
    ];
    let mut table = Table::new("", &titles);
    for trend in trends {
        let (first, newest) = (trend.points.first(), trend.points.last());
        let value = |point: Option<&Point>| {
            Cell::of(point.map_or_else(String::new, |point| number(point.value)))
        };
        table.add([
            Cell::of(trend.title.clone()),
            Cell::of(figures::series(&trend.case)),
            Cell::of(figures::workload(&trend.case)),
            Cell::of(trend.points.len().to_string()),
            value(first),
            value(newest),
            Cell::of(trend.changes.len().to_string()),
        ]);
    }
    table
}

fn changes(trends: &[&Trend]) -> Table {
    let titles = [
        "Model",
        "Platform",
        "Work",
        "#Since",
        "#Before",
        "#After",
        "#Change, %",
        "#p",
        "Library",
        "Version",
    ];
    let mut table = Table::new("", &titles);
    for trend in trends {
        for change in &trend.changes {
            let Some(point) = trend.points.get(change.at) else {
                continue;
            };
            table.add([
                Cell::of(trend.title.clone()),
                Cell::of(figures::series(&trend.case)),
                Cell::of(figures::workload(&trend.case)),
                Cell::of(date(point.started_ms)),
                Cell::of(number(change.before)),
                Cell::of(number(change.after)),
                Cell::of(format!("{:+.1}", change.percent)),
                Cell::of(number(change.p)),
                Cell::of(point.library.clone().unwrap_or_default()),
                Cell::of(point.version.clone()),
            ]);
        }
    }
    table
}

fn best_table(best: &[&Best]) -> Table {
    let mut table = Table::new(
        "",
        &["Model", "By", "Platform", "Work", "#Value", "Next best"],
    );
    for one in best {
        let next = match (one.best.is_told_from_next, one.others) {
            (_, 0) => "none measured",
            (Some(true), _) => "told apart",
            (Some(false), _) => "not told apart",
            (None, _) => "no interval",
        };
        table.add([
            Cell::of(one.title.clone()),
            Cell::of(one.metric.name()),
            Cell::of(series(&one.best)),
            Cell::of(figures::workload(&one.best.row.case)),
            Cell::of(format!("{} {}", number(one.best.value), one.metric.unit())),
            Cell::of(next),
        ]);
    }
    table
}
