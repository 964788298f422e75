//! Energy from Linux's hardware monitors: counters of AMD's processors and Intel's graphics, and the power of AMD's graphics,
//! which is integrated.
//!
//! The format is that of the kernel's `Documentation/hwmon/sysfs-interface.rst`: microjoules in `energy*_input`, microwatts
//! in `power*_average` and `power*_input`.

use std::sync::Arc;
use std::time::Duration;

use super::counted::Counted;
use super::integrated::Integrated;
use super::ledger::Domain;
use super::{Reader, Unavailable, ceiling};
use crate::moment::Clock;
use crate::tree::Tree;

const SOURCE: &str = "hwmon";
const FOLDER: &str = "sys/class/hwmon";
/// Time between two updates of counters that the driver accumulates from RAPL's.
const COUNTER_PERIOD: Duration = Duration::from_millis(1);
/// Time between two readings of a graphics processor's power.
const SAMPLE_PERIOD: Duration = Duration::from_millis(100);

/// The reader of the sockets of AMD processors (driver `amd_energy`).
///
/// # Errors
/// No such driver, or counters that may not be read.
pub fn sockets(tree: &dyn Tree, clock: Arc<dyn Clock>) -> Result<Counted, Unavailable> {
    let mut domains = Vec::new();
    for folder in monitors(tree, "amd_energy")? {
        for name in tree.list(&folder).unwrap_or_default() {
            let Some(counter) = name.strip_suffix("_label") else {
                continue;
            };
            let label = tree.read(&format!("{folder}/{name}")).unwrap_or_default();
            // `Ecore000` are parts of `Esocket0`.
            if label.starts_with("Esocket") {
                let file = format!("{folder}/{counter}_input");
                domains.push(counter_of(tree, &file, &label, ceiling::PACKAGE_WATTS)?);
            }
        }
    }
    if domains.is_empty() {
        return Err(Unavailable::Absent {
            source_name: SOURCE,
            why: format!("no counter of a socket in /{FOLDER}"),
        });
    }
    Ok(Counted::new(SOURCE, COUNTER_PERIOD, domains, clock))
}

/// The readers of all graphics processors that have a monitor, or why one has none.
pub fn graphics(
    tree: &dyn Tree,
    clock: &Arc<dyn Clock>,
) -> Vec<Result<Box<dyn Reader>, Unavailable>> {
    let mut readers: Vec<Result<Box<dyn Reader>, Unavailable>> = Vec::new();
    for driver in ["i915", "xe"] {
        for folder in monitors(tree, driver).unwrap_or_default() {
            let file = format!("{folder}/energy1_input");
            let counter = counter_of(tree, &file, driver, ceiling::ACCELERATOR_WATTS);
            readers.push(counter.map(|domain| {
                let counted = Counted::new(SOURCE, COUNTER_PERIOD, vec![domain], clock.clone());
                Box::new(counted) as _
            }));
        }
    }
    for folder in monitors(tree, "amdgpu").unwrap_or_default() {
        // Newer processors have the momentary power alone.
        let files = ["power1_average", "power1_input"].map(|name| format!("{folder}/{name}"));
        let opened = tree
            .open(&files[0])
            .or_else(|_| tree.open(&files[1]))
            .map_err(|error| Unavailable::opening(SOURCE, &format!("/{}", files[0]), &error));
        readers.push(opened.map(|power| {
            let source = format!("{SOURCE} amdgpu in /{folder}");
            Box::new(Integrated::new(source, SAMPLE_PERIOD, power, clock.clone())) as _
        }));
    }
    readers
}

/// Folders of the monitors of a driver.
fn monitors(tree: &dyn Tree, driver: &str) -> Result<Vec<String>, Unavailable> {
    let names = tree
        .list(FOLDER)
        .map_err(|error| Unavailable::opening(SOURCE, &format!("/{FOLDER}"), &error))?;
    let folders = names.into_iter().map(|name| format!("{FOLDER}/{name}"));
    let is_of_driver = |folder: &String| {
        tree.read(&format!("{folder}/name"))
            .is_ok_and(|name| name == driver)
    };
    Ok(folders.filter(is_of_driver).collect())
}

fn counter_of(
    tree: &dyn Tree,
    file: &str,
    name: &str,
    ceiling_watts: f64,
) -> Result<(Domain, Box<dyn crate::tree::Number>), Unavailable> {
    let counter = tree
        .open(file)
        .map_err(|error| Unavailable::opening(SOURCE, &format!("/{file}"), &error))?;
    let domain = Domain {
        name: name.to_owned(),
        package: 0,
        maximum: None,
        joules_per_count: 1e-6,
        ceiling_watts,
    };
    Ok((domain, counter))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::energy::Method;
    use crate::moment::FakeClock;
    use crate::tree::fake::FakeTree;

    fn tree() -> FakeTree {
        FakeTree::of([
            ("sys/class/hwmon/hwmon0/name", "amd_energy"),
            ("sys/class/hwmon/hwmon0/energy1_label", "Ecore000"),
            ("sys/class/hwmon/hwmon0/energy1_input", "7"),
            ("sys/class/hwmon/hwmon0/energy2_label", "Esocket0"),
            ("sys/class/hwmon/hwmon0/energy2_input", "1000000"),
            ("sys/class/hwmon/hwmon1/name", "amdgpu"),
            ("sys/class/hwmon/hwmon1/power1_average", "20000000"),
            ("sys/class/hwmon/hwmon2/name", "xe"),
            ("sys/class/hwmon/hwmon2/energy1_input", "5"),
            ("sys/class/hwmon/hwmon3/name", "nvme"),
        ])
    }

    #[test]
    fn sockets_are_counted_without_their_cores() {
        let (tree, clock) = (tree(), FakeClock::default());
        let mut reader = sockets(&tree, Arc::new(clock.clone())).unwrap();
        assert_eq!(reader.source(), "hwmon Esocket0");
        reader.begin().unwrap();
        clock.pass(Duration::from_secs(1));
        tree.set("sys/class/hwmon/hwmon0/energy2_input", 43_500_000);
        assert_eq!(reader.end().unwrap().joules, 42.5);
        assert!(sockets(&FakeTree::default(), Arc::new(clock)).is_err());
    }

    #[test]
    fn graphics_are_counted_where_they_count_and_integrated_elsewhere() {
        let (tree, clock) = (tree(), FakeClock::default());
        let clock_of_readers: Arc<dyn Clock> = Arc::new(clock.clone());
        let readers = graphics(&tree, &clock_of_readers);
        let methods: Vec<_> = readers
            .iter()
            .map(|reader| reader.as_ref().unwrap().method())
            .collect();
        assert_eq!(methods, [Method::Counter, Method::Integration]);
        for name in ["average", "input"] {
            tree.fail(
                format!("sys/class/hwmon/hwmon1/power1_{name}"),
                io::ErrorKind::PermissionDenied,
            );
        }
        assert!(matches!(
            graphics(&tree, &clock_of_readers)[1],
            Err(Unavailable::Denied { .. })
        ));
    }
}
