//! The machine, and what ran on it.

use std::collections::{BTreeMap, BTreeSet};

use metrics::Quantity;

use super::super::document::{Block, Cell, Section, Table};
use super::super::figures::{self, number};
use super::super::model::{MachineReport, Measured};
use crate::bench::Conditions;

/// The beginning of a fingerprint, which tells machines apart well enough for people.
const SHOWN: usize = 12;

/// Name of a machine: its processor and the beginning of its fingerprint.
pub(super) fn title(report: &MachineReport<'_>) -> String {
    let environment = report.environment;
    let processor = environment
        .cpu_model
        .as_deref()
        .unwrap_or("unknown processor");
    format!(
        "{processor}, {} ({})",
        figures::count(environment.usable_cpus, "CPU"),
        figures::shortened(&report.fingerprint, SHOWN)
    )
}

pub(super) fn section(report: &MachineReport<'_>) -> Section {
    let section =
        Section::new("environment", "Machine and environment").with(Block::Table(machine(report)));
    let all = || report.measured.iter().chain(&report.smoke);
    if all().next().is_none() {
        return section;
    }
    section
        .with(Block::Table(software(all())))
        .with(Block::Table(conditions(all())))
}

fn machine(report: &MachineReport<'_>) -> Table {
    let found = report.environment;
    let unknown = || "not told by the system".to_owned();
    let gib = |bytes: Option<u64>| {
        bytes.map_or_else(unknown, |bytes| {
            format!("{} GiB", number(bytes as f64 / 1_073_741_824.0))
        })
    };
    let is_virtual = found.is_virtual.map_or_else(unknown, |is_virtual| {
        if is_virtual { "yes" } else { "no" }.to_owned()
    });
    let lines = [
        ("Processor", found.cpu_model.clone().unwrap_or_else(unknown)),
        ("CPUs", format!("{} of {}", found.usable_cpus, found.cpus)),
        ("Instructions", found.instructions.join(" ")),
        (
            "Last-level caches",
            found
                .cache_bytes
                .map_or_else(unknown, |bytes| format!("{} MiB", figures::mib(bytes))),
        ),
        ("Memory", gib(found.memory_bytes)),
        (
            "Governors",
            if found.governors.is_empty() {
                unknown()
            } else {
                found.governors.join(", ")
            },
        ),
        ("Run by a hypervisor", is_virtual),
        (
            "Huge pages",
            found.huge_pages.clone().unwrap_or_else(unknown),
        ),
        ("System", found.system.clone()),
        ("Kernel", found.kernel.clone().unwrap_or_else(unknown)),
        ("Fingerprint", report.fingerprint.clone()),
    ];
    let mut table = Table::new("The machine.", &["What", "Value"]);
    for (name, value) in lines {
        table.add([Cell::of(name), Cell::of(value)]);
    }
    table
}

/// Devices and libraries of each platform.
fn software<'r, 'a: 'r>(all: impl Iterator<Item = &'r Measured<'a>>) -> Table {
    let mut found: BTreeMap<_, [BTreeSet<String>; 3]> = BTreeMap::new();
    for one in all {
        let [devices, libraries, versions] = found.entry(one.case().platform).or_default();
        devices.extend(one.device().map(str::to_owned));
        libraries.extend(one.library().map(str::to_owned));
        versions.insert(one.row.version.clone());
    }
    let mut table = Table::new(
        "What ran, by the evidence of the rows.",
        &["Platform", "Device", "Library", "Version of this program"],
    );
    for (platform, parts) in found {
        let mut row = vec![Cell::of(figures::platform(platform))];
        let joined = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join("; ");
        row.extend(parts.map(|names| Cell::of(joined(names))));
        table.add(row);
    }
    table
}

/// A condition with its name.
type Condition = (&'static str, fn(&Conditions) -> &Quantity);

/// What else went on, from the least to the most of all rows.
fn conditions<'r, 'a: 'r>(all: impl Iterator<Item = &'r Measured<'a>>) -> Table {
    let all: Vec<_> = all.map(|one| &one.measurement.conditions).collect();
    let figures: [Condition; 5] = [
        ("Load of the machine", |found| &found.activity.load),
        ("CPUs busy, %", |found| &found.activity.busy_percent),
        ("Taken by the hypervisor, %", |found| {
            &found.activity.steal_percent
        }),
        ("Highest temperature, °C", |found| &found.celsius),
        ("Clock of the fastest CPU, MHz", |found| &found.clock_mhz),
    ];
    let mut table = Table::new(
        "What else went on while it was measured, over all rows.",
        &["What", "#Least to most"],
    );
    for (name, figure) in figures {
        let values: Vec<f64> = all
            .iter()
            .filter_map(|found| figure(found).value().copied())
            .collect();
        let low = values.iter().copied().min_by(f64::total_cmp);
        let high = values.iter().copied().max_by(f64::total_cmp);
        let cell = match low.zip(high) {
            Some((low, high)) => Cell::of(super::figures::span(low, high)),
            None => Cell::absent(
                all.first()
                    .and_then(|found| figure(found).reason())
                    .unwrap_or_default(),
            ),
        };
        table.add([Cell::of(name), cell]);
    }
    let throttled: u64 = all.iter().filter_map(|found| found.throttled.value()).sum();
    let is_known = all.iter().any(|found| found.throttled.value().is_some());
    table.add([
        Cell::of("Slowed down for their temperature"),
        if is_known {
            Cell::of(super::figures::count(throttled as usize, "time"))
        } else {
            Cell::absent(
                all.first()
                    .and_then(|found| found.throttled.reason())
                    .unwrap_or_default(),
            )
        },
    ]);
    table
}
