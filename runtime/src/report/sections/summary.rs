//! What the figures say in words.

use super::super::document::{Block, Section};
use super::super::figures::count;
use super::super::insight::insights;
use super::super::model::MachineReport;

pub(super) fn section(report: &MachineReport<'_>) -> Option<Section> {
    if report.measured.is_empty() && !report.smoke.is_empty() {
        return None;
    }
    let synthetic = report
        .measured
        .iter()
        .filter(|one| one.measurement.artifact.is_synthetic);
    let mut section = Section::new("summary", "Summary").saying(format!(
        "{} measured, {} simulated, {} failed, {} skipped.",
        count(report.measured.len(), "case"),
        report.simulated.len(),
        report.failed.len(),
        report.skipped.len(),
    ));
    let synthetic = synthetic.count();
    if synthetic > 0 {
        section = section.saying(format!(
            "{} with synthetic weights: configuration and size are those of the published model, the numbers in it are made \
             up. Work and memory do not depend on them, and times hardly; how good the outputs are is not told.",
            count(synthetic, "measured case")
        ));
    }
    let found = insights(report);
    if found.is_empty() {
        return Some(section.saying(
            "Nothing can be compared yet: that takes a platform and the CPU provider at the same work, with 11 samples each \
             and medians whose intervals lie apart.",
        ));
    }
    Some(section.with(Block::List(found)))
}
