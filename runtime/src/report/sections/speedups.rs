//! How much faster platforms are than the CPU provider.

use std::collections::BTreeSet;

use super::super::chart::{Chart, Dash, Look, Scale, Shape};
use super::super::document::{Block, Cell, Figure, Section, Table};
use super::super::figures::{self, interval, number};
use super::super::model::{Comparison, MachineReport};

/// The most lines of the chart; the table has all.
const LINES: usize = 30;

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    let mut comparisons = report.comparisons();
    if comparisons.is_empty() {
        return None;
    }
    let mut table = Table::new(
        "Median time on the CPU provider over that of the platform, at the same work. The interval is the widest that both \
         medians' 95 % intervals allow.",
        &[
            "Model",
            "Platform",
            "Work",
            "#CPU, ms",
            "#Platform, ms",
            "#Speed-up",
            "#Interval",
            "Told apart",
        ],
    );
    for one in &comparisons {
        let medians = [one.baseline.p50_ms(), one.candidate.p50_ms()];
        let told = if one.ratio.is_told() {
            "yes"
        } else {
            "no: intervals overlap"
        };
        let mut row: Vec<Cell> = super::identity(&one.candidate).into();
        row.extend(medians.map(|median| {
            Cell::of(median.map_or_else(String::new, |median| number(median.value)))
        }));
        row.push(Cell::of(format!("{}×", number(one.ratio.value))));
        row.push(Cell::of(format!(
            "{}×",
            interval(one.ratio.low, one.ratio.high)
        )));
        row.push(Cell::of(told));
        table.add(row);
    }
    comparisons.sort_by(|one, two| two.ratio.value.total_cmp(&one.ratio.value));
    let all = comparisons.len();
    comparisons.truncate(LINES);
    Some(
        Section::new("speedups", "Speed-up over the CPU provider")
            .showing(vec![figure(&comparisons, all)])
            .with(Block::Table(table)),
    )
}

fn figure(comparisons: &[Comparison<'_>], all: usize) -> Figure {
    let of_model = |model: &str| {
        let same = comparisons
            .iter()
            .filter(|one| one.candidate.case().model == model);
        same.map(|one| figures::lengths(one.candidate.case()).join(", "))
            .collect::<BTreeSet<_>>()
    };
    let name = |one: &Comparison<'_>| {
        let case = one.candidate.case();
        let title = &one.candidate.row.subject.title;
        // Lengths are named where a model was measured at several.
        if of_model(&case.model).len() < 2 {
            return format!("{title}, batch {}", case.batch);
        }
        format!(
            "{title}, batch {}, {}",
            case.batch,
            figures::lengths(case).join(", ")
        )
    };
    let names: Vec<_> = comparisons.iter().map(name).collect();
    let ends = comparisons
        .iter()
        .flat_map(|one| [one.ratio.low, one.ratio.high]);
    let mut chart = Chart::listing(
        &names,
        Scale::log("times as fast as the CPU provider", ends.chain([1.0])),
    );
    let guide = Look::guide().dashed(Dash::Broken(4, 4));
    let height = comparisons.len() as f64;
    chart.add(
        "as fast as the CPU provider",
        guide,
        Shape::Line(vec![(1.0, -0.5), (1.0, height - 0.5)]),
    );
    for (place, one) in comparisons.iter().enumerate() {
        let look = Look::of(one.candidate.case().platform);
        let line = place as f64;
        let name = figures::platform(one.candidate.case().platform);
        let look = look.dashed(Dash::Solid);
        chart.add(
            name,
            look,
            Shape::Interval((one.ratio.low, line), (one.ratio.high, line)),
        );
        chart.add(name, look, Shape::Point((one.ratio.value, line)));
    }
    let left_out = if all > comparisons.len() {
        format!(" The {} largest of {all} are drawn.", comparisons.len())
    } else {
        String::new()
    };
    Figure {
        title: "Speed-up over the CPU provider".to_owned(),
        caption: format!(
            "Ratio of median times at the same work, with the widest interval that both medians allow. Where the line \
             crosses 1, the two are not told apart.{left_out}"
        ),
        chart,
    }
}
