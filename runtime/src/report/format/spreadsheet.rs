//! Reports for spreadsheets: a line for each row, as RFC 4180 writes them.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};
use metrics::Quantity;

use super::Write;
use crate::bench::{Artifact, Row};
use crate::report::model::{MachineReport, Measured, Report};

pub(super) struct Spreadsheet;

const COLUMNS: [&str; 40] = [
    "row",
    "case",
    "machine",
    "started_ms",
    "version",
    "model",
    "family",
    "group",
    "task",
    "parameters",
    "platform",
    "options",
    "size",
    "state",
    "checkpoint",
    "is_synthetic",
    "graph",
    "precision",
    "batch",
    "tokens",
    "new_tokens",
    "image_width",
    "image_height",
    "audio_ms",
    "scenario",
    "threads",
    "samples",
    "p50_ms",
    "p50_low_ms",
    "p50_high_ms",
    "p90_ms",
    "p95_ms",
    "p99_ms",
    "throughput_items_per_second",
    "joules_per_item",
    "peak_rss_bytes",
    "device_peak_bytes",
    "flops",
    "simulated_predicted_ms",
    "reason",
];

impl Write for Spreadsheet {
    fn write(&self, report: &Report<'_>) -> String {
        let mut text = line(&COLUMNS.map(str::to_owned));
        for machine in &report.machines {
            for row in rows(machine) {
                text += &line(&row);
            }
        }
        text
    }
}

fn rows(machine: &MachineReport<'_>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for one in machine.measured.iter().chain(&machine.smoke) {
        rows.push(whole(
            machine,
            one.row,
            "measured",
            Some(&one.measurement.artifact),
            measured(one),
        ));
    }
    for one in &machine.simulated {
        let figures = vec![
            (38, number(&one.simulation.predicted_ms)),
            (37, number(&one.simulation.work.flops)),
            (
                39,
                one.simulation
                    .predicted_ms
                    .reason()
                    .unwrap_or_default()
                    .to_owned(),
            ),
        ];
        rows.push(whole(
            machine,
            one.row,
            "simulated",
            Some(&one.simulation.artifact),
            figures,
        ));
    }
    for (state, troubles) in [("failed", &machine.failed), ("skipped", &machine.skipped)] {
        for one in troubles {
            let reason = format!("{}: {}", one.kind, one.reason);
            rows.push(whole(machine, one.row, state, None, vec![(39, reason)]));
        }
    }
    rows
}

/// The columns of every row, with those that its state adds by their places.
fn whole(
    machine: &MachineReport<'_>,
    row: &Row,
    state: &str,
    artifact: Option<&Artifact>,
    figures: Vec<(usize, String)>,
) -> Vec<String> {
    let (case, subject) = (&row.case, &row.subject);
    let lengths = &case.lengths;
    let or_nothing = |value: Option<u32>| value.map_or_else(String::new, |value| value.to_string());
    let mut cells = vec![
        row.id.clone(),
        case.id(),
        machine.fingerprint.clone(),
        row.started_ms.to_string(),
        row.version.clone(),
        case.model.clone(),
        subject.family.clone(),
        subject.group.clone(),
        subject.task.clone(),
        subject.parameters.to_string(),
        case.platform.to_string(),
        case.options.join(" "),
        case.size.to_string(),
        state.to_owned(),
        case.checkpoint.clone(),
        artifact.map_or_else(String::new, |artifact| artifact.is_synthetic.to_string()),
        case.graph.clone(),
        case.precision.to_string(),
        case.batch.to_string(),
        or_nothing(lengths.tokens),
        or_nothing(lengths.new_tokens),
        or_nothing(lengths.image.map(|image| image.0)),
        or_nothing(lengths.image.map(|image| image.1)),
        or_nothing(lengths.audio_ms),
        case.scenario.to_string(),
        case.settings.threads.to_string(),
    ];
    cells.resize(COLUMNS.len(), String::new());
    for (place, value) in figures {
        cells[place] = value;
    }
    cells
}

fn measured(one: &Measured<'_>) -> Vec<(usize, String)> {
    let percentile = |name: &str| one.timing.percentiles_ms.get(name);
    let or_nothing = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let found = one.measurement;
    vec![
        (26, one.timing.samples.to_string()),
        (27, or_nothing(percentile("p50").map(|found| found.value))),
        (28, or_nothing(percentile("p50").map(|found| found.low))),
        (29, or_nothing(percentile("p50").map(|found| found.high))),
        (30, or_nothing(percentile("p90").map(|found| found.value))),
        (31, or_nothing(percentile("p95").map(|found| found.value))),
        (32, or_nothing(percentile("p99").map(|found| found.value))),
        (33, number(&found.throughput_items_per_second)),
        (34, number(&one.joules_per_item())),
        (35, number(&found.peak_rss_bytes)),
        (36, number(&found.device_peak_bytes)),
        (37, number(&found.work.flops)),
    ]
}

fn number<T: ToString>(quantity: &Quantity<T>) -> String {
    quantity
        .value()
        .map_or_else(String::new, ToString::to_string)
}

/// A line with fields in quotes where they need them. What spreadsheets would take for a formula is made text.
fn line(cells: &[String]) -> String {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory does not fail.
    let written = writer.write_record(cells.iter().map(|cell| harmless(cell).into_owned()));
    let bytes = written.ok().and_then(|()| writer.into_inner().ok());
    String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
}

/// Text with an apostrophe before what spreadsheets take for the beginning of a formula (OWASP, CSV Injection). Numbers below
/// zero stay numbers.
fn harmless(text: &str) -> Cow<'_, str> {
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if begins && text.parse::<f64>().is_err() {
        return format!("'{text}").into();
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_formulas_are_made_harmless() {
        for (text, field_text) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("@sum(a)", "'@sum(a)"),
            ("+cmd|x", "'+cmd|x"),
            ("-cmd", "'-cmd"),
            ("-1.5", "-1.5"),
            ("\t=1", "'\t=1"),
            ("=a,b", "\"'=a,b\""),
        ] {
            assert_eq!(
                line(&[text.to_owned(), "next".to_owned()]),
                format!("{field_text},next\r\n")
            );
        }
    }
}
