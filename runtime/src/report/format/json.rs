//! Reports for programs: the figures themselves.

use serde_json::{Value, json};

use super::Write;
use crate::report::insight::insights;
use crate::report::model::{MachineReport, Report};

pub(super) struct Json;

impl Write for Json {
    fn write(&self, report: &Report<'_>) -> String {
        let machines: Vec<Value> = report.machines.iter().map(machine).collect();
        let document =
            json!({ "rows": report.rows, "span_ms": report.span_ms, "machines": machines });
        format!("{document:#}\n")
    }
}

fn machine(report: &MachineReport<'_>) -> Value {
    let mut document = json!(report);
    document["insights"] = json!(insights(report));
    document["comparisons"] = json!(report.comparisons());
    document["growth"] = json!(report.growing());
    document
}
