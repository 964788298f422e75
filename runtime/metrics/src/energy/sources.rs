//! Which readers a machine has: one for its processors, one for each accelerator.

use std::sync::Arc;

use super::{Events, Reader, Unavailable, accelerator, apple, graphics, perf, powercap, sockets};
use crate::moment::Clock;
use crate::nvml::Accelerator;
use crate::tree::Tree;

/// The reader of the processors and their memory: the first of powercap, perf events and hardware monitors, which show the same
/// counters and are never added.
///
/// # Errors
/// Why each has none, in this order.
pub fn processor(
    tree: &dyn Tree,
    events: &dyn Events,
    clock: &Arc<dyn Clock>,
) -> Result<Box<dyn Reader>, Vec<Unavailable>> {
    let mut reasons = Vec::new();
    if cfg!(target_os = "macos") {
        reasons.push(apple());
    }
    for reader in [
        powercap(tree, clock.clone()),
        perf(tree, events, clock.clone()),
        sockets(tree, clock.clone()),
    ] {
        match reader {
            Ok(reader) => return Ok(Box::new(reader)),
            Err(reason) => reasons.push(reason),
        }
    }
    Err(reasons)
}

/// The readers of all accelerators, or why one has none: NVIDIA's, then those with a hardware monitor.
pub fn accelerators(
    nvidia: &[Arc<dyn Accelerator>],
    tree: &dyn Tree,
    clock: &Arc<dyn Clock>,
) -> Vec<Result<Box<dyn Reader>, Unavailable>> {
    let readers = nvidia.iter().map(|device| {
        let reader = accelerator(device, clock.clone())?;
        Ok(Box::new(reader) as Box<dyn Reader>)
    });
    readers.chain(graphics(tree, clock)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::SystemEvents;
    use crate::moment::SystemClock;
    use crate::nvml::FakeAccelerator;
    use crate::tree::fake::FakeTree;

    #[test]
    fn a_machine_without_counters_gives_reasons_and_no_number() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let reasons = processor(&FakeTree::default(), &SystemEvents, &clock)
            .err()
            .unwrap();
        let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
        assert_eq!(
            reasons[reasons.len() - 3..],
            [
                "powercap: /sys/class/powercap: entity not found",
                "perf: /sys/bus/event_source/devices/power has no events of energy",
                "hwmon: /sys/class/hwmon: entity not found",
            ]
        );
        assert!(accelerators(&[], &FakeTree::default(), &clock).is_empty());
    }

    #[test]
    fn the_same_counters_are_read_once() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let tree = FakeTree::of([
            ("sys/class/powercap/intel-rapl:0/name", "package-0"),
            ("sys/class/powercap/intel-rapl:0/energy_uj", "1"),
            ("sys/class/powercap/intel-rapl:0/max_energy_range_uj", "9"),
            ("sys/class/hwmon/hwmon0/name", "amd_energy"),
            ("sys/class/hwmon/hwmon0/energy1_label", "Esocket0"),
            ("sys/class/hwmon/hwmon0/energy1_input", "1"),
        ]);
        let source = |tree| {
            let reader = processor(tree, &SystemEvents, &clock).ok().unwrap();
            reader.source().to_owned()
        };
        assert_eq!(source(&tree), "powercap package-0");
        tree.remove("sys/class/powercap/intel-rapl:0/energy_uj");
        assert_eq!(source(&tree), "hwmon Esocket0");
        let nvidia: [Arc<dyn Accelerator>; 1] = [Arc::new(FakeAccelerator::default())];
        let readers = accelerators(&nvidia, &tree, &clock);
        assert_eq!(
            readers[0].as_ref().unwrap().source(),
            "NVML total energy of a fake"
        );
    }
}
