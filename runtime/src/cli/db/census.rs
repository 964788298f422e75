//! What is in a store, for people and for programs.

use std::collections::BTreeMap;
use std::path::Path;

use metrics::Environment;
use serde_json::Value;

use crate::store::{Census, date};

/// The census with the machines, for programs.
pub(super) fn json(
    path: &Path,
    census: &Census,
    machines: &BTreeMap<String, Environment>,
) -> Value {
    serde_json::json!({
        "file": path,
        "census": census,
        "machines": machines,
    })
}

/// The same for people.
pub(super) fn text(
    path: &Path,
    census: &Census,
    machines: &BTreeMap<String, Environment>,
) -> String {
    let mut text = String::new();
    let mut say = |name: &str, value: String| text.push_str(&format!("{name:<14}{value}\n"));
    say("store", path.display().to_string());
    say("version", census.version.to_string());
    say("size", format!("{:.1} MB", census.bytes as f64 / 1e6));
    let rows: u64 = census.rows.values().sum();
    let states: Vec<_> = census
        .rows
        .iter()
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    say(
        "rows",
        if rows == 0 {
            "none".to_owned()
        } else {
            format!("{rows}: {}", states.join(", "))
        },
    );
    say("cases", census.cases.to_string());
    if let Some((first, last)) = census.span_ms {
        say(
            "measured",
            format!("{} to {} UTC", date::utc(first), date::utc(last)),
        );
    }
    if census.samples > 0 {
        let each = census.sample_bytes as f64 / census.samples as f64;
        say(
            "samples",
            format!("{}, {each:.1} bytes each", census.samples),
        );
    }
    let width = census
        .models
        .keys()
        .map(|model| model.chars().count())
        .max()
        .unwrap_or(0);
    for (model, count) in &census.models {
        say("model", format!("{model:<width$}  {count} rows"));
    }
    for (fingerprint, count) in &census.machines {
        let machine = machines.get(fingerprint).map(named).unwrap_or_default();
        let short: String = fingerprint.chars().take(12).collect();
        say("machine", format!("{short}  {count} rows  {machine}"));
    }
    text
}

fn named(machine: &Environment) -> String {
    let cpu = machine.cpu_model.as_deref().unwrap_or("unknown processor");
    format!("{cpu}, {} CPUs, {}", machine.usable_cpus, machine.system)
}
