//! Temperatures of the machine, and whether its processors were slowed down for them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::provenance::Quantity;
use crate::tree::{Tree, number};

const ZONES: &str = "sys/class/thermal";
const CPUS: &str = "sys/devices/system/cpu";

/// One place whose temperature is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// What it is, as the kernel calls it: `x86_pkg_temp`.
    pub name: String,
    /// Temperature now, in degrees Celsius.
    pub celsius: Quantity,
}

/// All zones with a temperature; empty where the system shows none. The format is that of the kernel's
/// `Documentation/driver-api/thermal/sysfs-api.rst`: thousandths of a degree.
pub fn zones(tree: &dyn Tree) -> Vec<Zone> {
    let folders = tree.list(ZONES).unwrap_or_default().into_iter();
    let zones = folders.filter(|folder| folder.starts_with("thermal_zone"));
    zones
        .map(|folder| {
            let file = format!("{ZONES}/{folder}/temp");
            let name = tree.read(&format!("{ZONES}/{folder}/type"));
            let celsius = match tree.read(&file).map(|text| text.parse::<i64>()) {
                Ok(Ok(thousandths)) => {
                    Quantity::sampled(thousandths as f64 / 1e3, format!("/{file}"), Duration::ZERO)
                }
                Ok(Err(_)) => Quantity::unavailable(format!("/{file} is no number")),
                // A zone whose sensor sleeps answers with an error.
                Err(error) => Quantity::unavailable(format!("/{file}: {error}")),
            };
            Zone {
                name: name.unwrap_or(folder),
                celsius,
            }
        })
        .collect()
}

/// How often processors were slowed down for their temperature, since the system started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttling {
    before: Option<u64>,
}

impl Throttling {
    /// Begins a window.
    pub fn begin(tree: &dyn Tree) -> Self {
        Self {
            before: throttled(tree),
        }
    }

    /// How often it happened since: anything but 0 spoils a measurement.
    pub fn end(&self, tree: &dyn Tree) -> Quantity<u64> {
        match (self.before, throttled(tree)) {
            (Some(before), Some(after)) if after >= before => {
                Quantity::measured(after - before, "core_throttle_count", Duration::ZERO)
            }
            (Some(_), Some(_)) => Quantity::unavailable("core_throttle_count restarted"),
            _ => Quantity::unavailable("the system does not count when processors are slowed down"),
        }
    }
}

/// The counts of all cores, which only Intel's processors have.
fn throttled(tree: &dyn Tree) -> Option<u64> {
    let cpus = tree.list(CPUS).ok()?.into_iter();
    let counts = cpus.filter_map(|cpu| {
        let file = format!("{CPUS}/{cpu}/thermal_throttle/core_throttle_count");
        number::<u64>(tree, &file)
    });
    counts.reduce(|sum, count| sum + count)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::tree::fake::FakeTree;

    #[test]
    fn zones_are_told_with_their_names() {
        let tree = FakeTree::of([
            ("sys/class/thermal/cooling_device0/type", "fan"),
            ("sys/class/thermal/thermal_zone0/type", "x86_pkg_temp"),
            ("sys/class/thermal/thermal_zone0/temp", "45500"),
            ("sys/class/thermal/thermal_zone1/type", "iwlwifi_1"),
        ]);
        tree.fail(
            "sys/class/thermal/thermal_zone1/temp",
            io::ErrorKind::ResourceBusy,
        );
        let found = zones(&tree);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].name, "x86_pkg_temp");
        assert_eq!(found[0].celsius.value(), Some(&45.5));
        assert!(found[1].celsius.reason().is_some());
        assert!(zones(&FakeTree::default()).is_empty());
    }

    #[test]
    fn slowing_down_is_counted_over_all_cores() {
        let file = |cpu: usize| format!("{CPUS}/cpu{cpu}/thermal_throttle/core_throttle_count");
        let tree = FakeTree::default();
        assert!(Throttling::begin(&tree).end(&tree).reason().is_some());
        tree.set(file(0), 3);
        tree.set(file(1), 4);
        let window = Throttling::begin(&tree);
        assert_eq!(window.end(&tree).value(), Some(&0));
        tree.set(file(1), 9);
        assert_eq!(window.end(&tree).value(), Some(&5));
        tree.set(file(1), 0);
        assert!(window.end(&tree).reason().is_some());
    }
}
