//! Energy of processors and their memory from Linux's powercap tree, where RAPL's counters stand.
//!
//! The format is that of the kernel's `Documentation/power/powercap/powercap.rst`: a folder for each zone, in it `name`,
//! `energy_uj` and `max_energy_range_uj`.

use std::sync::Arc;
use std::time::Duration;

use super::counted::Counted;
use super::ledger::Domain;
use super::{Unavailable, ceiling};
use crate::moment::Clock;
use crate::tree::{Tree, number};

const SOURCE: &str = "powercap";
const FOLDER: &str = "sys/class/powercap";
/// RAPL's counters are updated about every millisecond (Intel 64 and IA-32 Architectures Software Developer's Manual,
/// volume 3B, 16.10).
const UPDATE_PERIOD: Duration = Duration::from_millis(1);

/// A zone whose energy belongs to the sum.
#[derive(Debug, Clone, PartialEq)]
struct Zone {
    /// Its folder: `intel-rapl:0:1`.
    folder: String,
    /// Its name below its parent's: `package-0/dram`.
    label: String,
}

impl Zone {
    fn package(&self) -> &str {
        self.label.split('/').next().unwrap_or_default()
    }

    fn ceiling_watts(&self) -> f64 {
        if self.label == "psys" {
            ceiling::PLATFORM_WATTS
        } else if self.label.ends_with("/dram") {
            ceiling::MEMORY_WATTS
        } else {
            ceiling::PACKAGE_WATTS
        }
    }
}

/// The reader of all packages with their memory, or of the whole platform where it has no packages; never both.
///
/// # Errors
/// No zone, one that may not be read, or one without a maximum.
pub fn powercap(tree: &dyn Tree, clock: Arc<dyn Clock>) -> Result<Counted, Unavailable> {
    let zones = counted(&named(tree)?);
    if zones.is_empty() {
        return Err(Unavailable::Absent {
            source_name: SOURCE,
            why: format!("no package and no platform in /{FOLDER}"),
        });
    }
    let mut domains = Vec::new();
    let mut packages: Vec<&str> = Vec::new();
    for zone in &zones {
        let file = |name: &str| format!("{FOLDER}/{}/{name}", zone.folder);
        let energy = file("energy_uj");
        let counter = tree
            .open(&energy)
            .map_err(|error| Unavailable::opening(SOURCE, &format!("/{energy}"), &error))?;
        let range = file("max_energy_range_uj");
        let maximum = number(tree, &range)
            .filter(|maximum| *maximum > 0)
            .ok_or_else(|| Unavailable::NoMaximum {
                domain: zone.label.clone(),
                file: format!("/{range}"),
            })?;
        if !packages.contains(&zone.package()) {
            packages.push(zone.package());
        }
        let domain = Domain {
            name: zone.label.clone(),
            package: packages.len(),
            maximum: Some(maximum),
            joules_per_count: 1e-6,
            ceiling_watts: zone.ceiling_watts(),
        };
        domains.push((domain, counter));
    }
    Ok(Counted::new(SOURCE, UPDATE_PERIOD, domains, clock))
}

/// All zones with a name. A counter that another control type shows once more (`intel-rapl-mmio`) comes once.
fn named(tree: &dyn Tree) -> Result<Vec<Zone>, Unavailable> {
    let mut folders = tree
        .list(FOLDER)
        .map_err(|error| Unavailable::opening(SOURCE, &format!("/{FOLDER}"), &error))?;
    folders.retain(|folder| folder.contains(':'));
    // `intel-rapl` comes before `intel-rapl-mmio`, and a parent before its children.
    folders.sort_by_key(|folder| {
        let mut parts = folder.split(':').map(str::to_owned);
        let control = parts.next();
        let indices: Vec<u32> = parts.filter_map(|part| part.parse().ok()).collect();
        (control, indices)
    });
    let name = |folder: &str| tree.read(&format!("{FOLDER}/{folder}/name")).ok();
    let mut zones: Vec<Zone> = Vec::new();
    for folder in folders {
        let Some(own) = name(&folder) else { continue };
        let parent = folder.rsplit_once(':').map(|(parent, _)| parent);
        let label = match parent.filter(|parent| parent.contains(':')).map(name) {
            Some(Some(parent)) => format!("{parent}/{own}"),
            Some(None) => continue,
            None => own,
        };
        if zones.iter().all(|zone| zone.label != label) {
            zones.push(Zone { folder, label });
        }
    }
    Ok(zones)
}

/// The zones to add up. Cores and the rest of the chip are parts of their package; a platform holds packages and memory.
fn counted(zones: &[Zone]) -> Vec<Zone> {
    let is_package = |label: &str| label.starts_with("package");
    let belongs = |zone: &&Zone| match zone.label.split_once('/') {
        Some((parent, own)) => is_package(parent) && own == "dram",
        None => is_package(&zone.label),
    };
    let packages: Vec<_> = zones.iter().filter(belongs).cloned().collect();
    if !packages.is_empty() {
        return packages;
    }
    let platform = zones.iter().filter(|zone| zone.label == "psys");
    platform.cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::energy::Reader;
    use crate::moment::SystemClock;
    use crate::tree::fake::FakeTree;

    fn add(tree: &FakeTree, folder: &str, name: &str) {
        tree.set(format!("{FOLDER}/{folder}/name"), name);
        tree.set(format!("{FOLDER}/{folder}/energy_uj"), "1");
        tree.set(format!("{FOLDER}/{folder}/max_energy_range_uj"), "1000");
    }

    fn source(zones: &[(&str, &str)]) -> Result<String, Unavailable> {
        let tree = FakeTree::default();
        tree.set(format!("{FOLDER}/intel-rapl/enabled"), "1");
        for (folder, name) in zones {
            add(&tree, folder, name);
        }
        powercap(&tree, Arc::new(SystemClock)).map(|reader| reader.source().to_owned())
    }

    #[test]
    fn packages_and_memory_or_the_platform_are_counted_and_nothing_twice() {
        for (zones, expected) in [
            (
                &[
                    ("intel-rapl:0", "package-0"),
                    ("intel-rapl:0:0", "core"),
                    ("intel-rapl:0:1", "uncore"),
                    ("intel-rapl:0:2", "dram"),
                    ("intel-rapl:1", "psys"),
                    ("intel-rapl-mmio:0", "package-0"),
                    ("intel-rapl-mmio:0:0", "dram"),
                ][..],
                "powercap package-0 + package-0/dram",
            ),
            (
                &[
                    ("intel-rapl:0", "package-0"),
                    ("intel-rapl:0:0", "dram"),
                    ("intel-rapl:10", "package-1"),
                    ("intel-rapl:10:0", "dram"),
                ],
                "powercap package-0 + package-0/dram + package-1 + package-1/dram",
            ),
            (&[("intel-rapl:0", "psys")], "powercap psys"),
            (&[("intel-rapl-mmio:0", "package-0")], "powercap package-0"),
            (
                &[
                    ("intel-rapl:0", "package-0-die-0"),
                    ("intel-rapl:1", "package-0-die-1"),
                    ("intel-rapl:2", "package-0-die-1"),
                ],
                "powercap package-0-die-0 + package-0-die-1",
            ),
        ] {
            assert_eq!(source(zones).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_is_missing_or_forbidden_is_said() {
        let reason = |tree: &FakeTree| {
            let reader = powercap(tree, Arc::new(SystemClock));
            reader.err().unwrap().to_string()
        };
        let tree = FakeTree::default();
        assert!(reason(&tree).starts_with("powercap: /sys/class/powercap: "));
        add(&tree, "dtpm:0", "cpu");
        assert_eq!(
            reason(&tree),
            "powercap: no package and no platform in /sys/class/powercap"
        );
        add(&tree, "intel-rapl:0", "package-0");
        tree.remove("sys/class/powercap/intel-rapl:0/max_energy_range_uj");
        assert_eq!(
            reason(&tree),
            "package-0 has no maximum, so that a wrap could not be told: \
             /sys/class/powercap/intel-rapl:0/max_energy_range_uj is missing"
        );
        tree.fail(
            "sys/class/powercap/intel-rapl:0/energy_uj",
            io::ErrorKind::PermissionDenied,
        );
        assert_eq!(
            reason(&tree),
            "/sys/class/powercap/intel-rapl:0/energy_uj may not be read by this user: ask the machine's \
             administrator for read access to it"
        );
    }
}
