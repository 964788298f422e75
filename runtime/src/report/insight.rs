//! What the figures say in words: only what was measured at full size, of the same work on the same machine, and only where
//! intervals lie apart.

use std::collections::{BTreeMap, BTreeSet};

use super::figures::{self, interval, number};
use super::model::{Comparison, MachineReport, Measured, Ratio};

/// The most sentences of one kind.
const MOST: usize = 12;

/// Sentences about a machine's figures.
pub(super) fn insights(report: &MachineReport<'_>) -> Vec<String> {
    let mut found = platforms(report);
    found.extend(models(report));
    found.extend(batches(report));
    found
}

/// How each platform compares with the CPU provider over all models.
fn platforms(report: &MachineReport<'_>) -> Vec<String> {
    let comparisons = report.comparisons();
    let mut by_platform: BTreeMap<_, Vec<&Comparison<'_>>> = BTreeMap::new();
    for comparison in &comparisons {
        let name = figures::series(comparison.candidate.case());
        by_platform.entry(name).or_default().push(comparison);
    }
    let sentence = |(name, all): (String, Vec<&Comparison<'_>>)| {
        let faster = all.iter().filter(|one| one.ratio.low > 1.0).count();
        let slower = all.iter().filter(|one| one.ratio.high < 1.0).count();
        let alike = all.len() - faster - slower;
        format!(
            "{name} beside the CPU provider, in {}: faster in {faster}, slower in {slower}, not to be told apart in {alike}.",
            figures::count(all.len(), "comparison")
        )
    };
    by_platform.into_iter().map(sentence).collect()
}

/// Of each model the comparison at its usual lengths and the smallest batch, the clearest first.
fn models(report: &MachineReport<'_>) -> Vec<String> {
    let comparisons = report.comparisons();
    let usual: BTreeSet<_> = report.usual().into_iter().map(|one| &one.row.id).collect();
    let is_usual = |one: &&Comparison<'_>| usual.contains(&one.candidate.row.id);
    let mut told: Vec<_> = comparisons
        .iter()
        .filter(|one| is_usual(one) && one.ratio.is_told())
        .collect();
    told.sort_by(|one, two| {
        two.ratio
            .value
            .ln()
            .abs()
            .total_cmp(&one.ratio.value.ln().abs())
    });
    let sentence = |one: &&Comparison<'_>| {
        let case = one.candidate.case();
        let bound = one
            .candidate
            .bound()
            .map_or_else(String::new, |bound| format!("; {bound}"));
        format!(
            "{}: {} is {} at {}{bound}.",
            one.candidate.title(),
            figures::series(case),
            times(&one.ratio),
            figures::workload(case),
        )
    };
    let mut found: Vec<_> = told.iter().take(MOST).map(sentence).collect();
    if told.len() > MOST {
        let left_out = told.len() - MOST;
        found.push(format!("{left_out} more are in the table of speed-ups."));
    }
    found
}

/// A ratio in words, with its interval.
fn times(ratio: &Ratio) -> String {
    if ratio.value >= 1.0 {
        let found = interval(ratio.low, ratio.high);
        return format!(
            "{}× as fast as the CPU provider ({found}×)",
            number(ratio.value)
        );
    }
    let found = interval(1.0 / ratio.high, 1.0 / ratio.low);
    format!(
        "{}× slower than the CPU provider ({found}×)",
        number(1.0 / ratio.value)
    )
}

/// The batch that gives most items a second, where it is one.
fn batches(report: &MachineReport<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for group in report.batches() {
        let Some(best) = best_batch(&group) else {
            continue;
        };
        let (Some(rate), Some(first)) = (
            best.found.rate(),
            group.iter().min_by_key(|one| one.case().batch),
        ) else {
            continue;
        };
        if first.row.id == best.found.row.id {
            continue;
        }
        let (Some(least), case) = (first.rate(), best.found.case()) else {
            continue;
        };
        if rate.low <= least.high {
            continue;
        }
        found.push(format!(
            "{} on {}: batch {} gives {}× the items a second of batch {} ({}×).",
            best.found.title(),
            figures::series(case),
            case.batch,
            number(rate.value / least.value),
            first.case().batch,
            interval(rate.low / least.high, rate.high / least.low),
        ));
    }
    found.truncate(MOST);
    found
}

/// The best of several batches.
pub(super) struct BestBatch<'r, 'a> {
    /// What was measured at it.
    pub(super) found: &'r Measured<'a>,
    /// Batches whose intervals overlap with its own.
    pub(super) alike: Vec<u32>,
}

/// The smallest batch that gives as many items a second as any; `None` where medians are missing.
pub(super) fn best_batch<'r, 'a>(group: &[&'r Measured<'a>]) -> Option<BestBatch<'r, 'a>> {
    let rated = group.iter().filter_map(|one| Some((*one, one.rate()?)));
    let mut rated: Vec<_> = rated.collect();
    rated.sort_by_key(|(one, _)| one.case().batch);
    let fastest = rated
        .iter()
        .max_by(|one, two| one.1.value.total_cmp(&two.1.value))?;
    let mut alike = rated.iter().filter(|one| one.1.high >= fastest.1.low);
    let best = alike.next()?;
    Some(BestBatch {
        found: best.0,
        alike: alike.map(|one| one.0.case().batch).collect(),
    })
}
