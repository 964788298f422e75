//! The clocks of the processors now.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::provenance::Quantity;
use crate::tree::{Tree, number};

const CPUS: &str = "sys/devices/system/cpu";

/// Lowest and highest clock of all CPUs at one time, in megahertz.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Frequencies {
    /// Of the slowest CPU.
    pub lowest_mhz: f64,
    /// Of the fastest CPU.
    pub highest_mhz: f64,
}

/// The clocks as the driver shows them (kernel's `Documentation/admin-guide/pm/cpufreq.rst`), or else `/proc/cpuinfo`, which in a
/// virtual machine tells the nominal clock and not the one it runs at.
pub fn frequencies(tree: &dyn Tree) -> Quantity<Frequencies> {
    let cpus = tree.list(CPUS).unwrap_or_default().into_iter();
    let current = cpus
        .filter_map(|cpu| number(tree, &format!("{CPUS}/{cpu}/cpufreq/scaling_cur_freq")))
        .map(|kilohertz: f64| kilohertz / 1e3);
    if let Some(found) = range(current) {
        return Quantity::sampled(found, "cpufreq", Duration::ZERO);
    }
    let cpuinfo = tree.read("proc/cpuinfo").unwrap_or_default();
    let told = cpuinfo.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == "cpu MHz").then(|| value.trim().parse().ok())?
    });
    match range(told) {
        Some(found) => Quantity::modelled(
            found,
            "/proc/cpuinfo",
            crate::provenance::ModelError::Unknown,
        ),
        None => Quantity::unavailable("the system tells no clock of its processors"),
    }
}

fn range(megahertz: impl Iterator<Item = f64>) -> Option<Frequencies> {
    let ranges = megahertz.map(|value| Frequencies {
        lowest_mhz: value,
        highest_mhz: value,
    });
    ranges.reduce(|a, b| Frequencies {
        lowest_mhz: a.lowest_mhz.min(b.lowest_mhz),
        highest_mhz: a.highest_mhz.max(b.highest_mhz),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::FakeTree;

    #[test]
    fn the_driver_is_asked_before_the_list_of_processors() {
        let tree = FakeTree::of([("proc/cpuinfo", "cpu MHz\t\t: 2596.1\ncpu MHz : 2600")]);
        let found = frequencies(&tree);
        assert!(matches!(found, Quantity::Modelled { .. }));
        assert_eq!(found.value().unwrap().lowest_mhz, 2596.1);
        tree.set(format!("{CPUS}/cpu0/cpufreq/scaling_cur_freq"), 3_500_000);
        tree.set(format!("{CPUS}/cpu1/cpufreq/scaling_cur_freq"), 800_000);
        let found = frequencies(&tree);
        assert!(matches!(found, Quantity::Sampled { .. }));
        let range = found.value().unwrap();
        assert_eq!((range.lowest_mhz, range.highest_mhz), (800.0, 3500.0));
        assert!(frequencies(&FakeTree::default()).reason().is_some());
    }
}
