//! Energy of processors and their memory from Linux's perf events, where powercap is not built in.
//!
//! The PMU `power` describes its events below `/sys/bus/event_source/devices/power`: number, CPUs to count on, and for each
//! event its code, scale and unit (`Documentation/ABI/testing/sysfs-bus-event_source-devices-events` of the kernel).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::counted::Counted;
use super::ledger::Domain;
use super::{Unavailable, ceiling};
use crate::moment::Clock;
use crate::tree::{Number, Tree, number};

const SOURCE: &str = "perf";
const FOLDER: &str = "sys/bus/event_source/devices/power";
/// That of RAPL, which the kernel reads for these events.
const UPDATE_PERIOD: Duration = Duration::from_millis(1);
/// Events that are counted together, and the ceiling of each in watts: packages with their memory, or else the platform.
const PACKAGE: [(&str, f64); 2] = [
    ("energy-pkg", ceiling::PACKAGE_WATTS),
    ("energy-ram", ceiling::MEMORY_WATTS),
];
const PLATFORM: [(&str, f64); 1] = [("energy-psys", ceiling::PLATFORM_WATTS)];

/// Opens events.
pub trait Events {
    /// Counts an event of a PMU on one CPU for all processes, from now on.
    fn open(&self, pmu: u32, config: u64, cpu: usize) -> io::Result<Box<dyn Number>>;
}

/// The reader of all packages with their memory, or of the whole platform where it counts no packages.
///
/// # Errors
/// No such events, or events that this user may not count.
pub fn perf(
    tree: &dyn Tree,
    events: &dyn Events,
    clock: Arc<dyn Clock>,
) -> Result<Counted, Unavailable> {
    let absent = |why: String| Unavailable::Absent {
        source_name: SOURCE,
        why,
    };
    let pmu: u32 = number(tree, &format!("{FOLDER}/type"))
        .ok_or_else(|| absent(format!("/{FOLDER} has no events of energy")))?;
    let cpus = tree
        .read(&format!("{FOLDER}/cpumask"))
        .ok()
        .and_then(|text| cpu_list(&text))
        .ok_or_else(|| absent(format!("/{FOLDER}/cpumask names no CPUs")))?;
    let is_there =
        |(event, _): &&(&str, f64)| tree.read(&format!("{FOLDER}/events/{event}")).is_ok();
    let counted = if is_there(&&PACKAGE[0]) {
        &PACKAGE[..]
    } else {
        &PLATFORM[..]
    };
    let counted: Vec<_> = counted.iter().filter(is_there).collect();
    if counted.is_empty() {
        return Err(absent(format!(
            "/{FOLDER}/events has neither packages nor platform"
        )));
    }
    let mut domains = Vec::new();
    for cpu in cpus {
        for (event, ceiling_watts) in &counted {
            let (config, joules_per_count) =
                described(tree, event).map_err(|why| absent(format!("{event}: {why}")))?;
            let counter = events.open(pmu, config, cpu).map_err(|error| {
                let name = format!("perf event power/{event}/");
                Unavailable::opening(SOURCE, &name, &error)
            })?;
            let domain = Domain {
                name: format!("{event} of CPU {cpu}"),
                package: cpu,
                maximum: None,
                joules_per_count,
                ceiling_watts: *ceiling_watts,
            };
            domains.push((domain, counter));
        }
    }
    Ok(Counted::new(SOURCE, UPDATE_PERIOD, domains, clock))
}

/// An event's code and the joules of one count.
fn described(tree: &dyn Tree, event: &str) -> Result<(u64, f64), String> {
    let file = |suffix: &str| {
        let path = format!("{FOLDER}/events/{event}{suffix}");
        tree.read(&path)
            .map_err(|error| format!("/{path}: {error}"))
    };
    let code = file("")?;
    let config = code
        .strip_prefix("event=0x")
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .ok_or_else(|| format!("its code reads {code:?}"))?;
    let unit = file(".unit")?;
    if unit != "Joules" {
        return Err(format!("its unit is {unit:?}"));
    }
    let scale = file(".scale")?;
    let joules = scale.parse().ok().filter(|joules: &f64| *joules > 0.0);
    Ok((
        config,
        joules.ok_or_else(|| format!("its scale is {scale:?}"))?,
    ))
}

/// CPUs of a list like `0,18` or `0-3,8`.
fn cpu_list(text: &str) -> Option<Vec<usize>> {
    let mut cpus = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        cpus.extend(first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?);
    }
    (!cpus.is_empty()).then_some(cpus)
}

/// The kernel's events.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEvents;

#[cfg(target_os = "linux")]
impl Events for SystemEvents {
    fn open(&self, pmu: u32, config: u64, cpu: usize) -> io::Result<Box<dyn Number>> {
        let mut builder = perf_event::Builder::new().any_pid().one_cpu(cpu);
        let attributes = builder.attrs_mut();
        attributes.type_ = pmu;
        attributes.config = config;
        // Energy cannot be split by who used it, and the kernel refuses to be asked.
        attributes.set_exclude_kernel(0);
        attributes.set_exclude_hv(0);
        attributes.set_disabled(0);
        Ok(Box::new(OpenEvent(builder.build()?)))
    }
}

#[cfg(not(target_os = "linux"))]
impl Events for SystemEvents {
    fn open(&self, _: u32, _: u64, _: usize) -> io::Result<Box<dyn Number>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(target_os = "linux")]
struct OpenEvent(perf_event::Counter);

#[cfg(target_os = "linux")]
impl Number for OpenEvent {
    fn read(&mut self) -> io::Result<u64> {
        self.0.read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::Reader;
    use crate::moment::{FakeClock, SystemClock};
    use crate::tree::fake::FakeTree;

    /// Events whose counts stand in a tree.
    struct FakeEvents(FakeTree);

    impl Events for FakeEvents {
        fn open(&self, pmu: u32, config: u64, cpu: usize) -> io::Result<Box<dyn Number>> {
            self.0.open(&format!("{pmu}/{config}/{cpu}"))
        }
    }

    fn tree() -> FakeTree {
        let events = format!("{FOLDER}/events");
        let tree = FakeTree::default();
        tree.set(format!("{FOLDER}/type"), "23");
        tree.set(format!("{FOLDER}/cpumask"), "0,18");
        for (event, code) in [
            ("energy-pkg", "2"),
            ("energy-ram", "3"),
            ("energy-psys", "5"),
        ] {
            tree.set(format!("{events}/{event}"), format!("event=0x0{code}"));
            tree.set(
                format!("{events}/{event}.scale"),
                "2.3283064365386962890625e-10",
            );
            tree.set(format!("{events}/{event}.unit"), "Joules");
        }
        tree
    }

    #[test]
    fn packages_and_memory_are_counted_on_every_socket() {
        let counts = FakeTree::default();
        for path in ["23/2/0", "23/3/0", "23/2/18", "23/3/18"] {
            counts.set(path, 0);
        }
        let clock = FakeClock::default();
        let mut reader = perf(
            &tree(),
            &FakeEvents(counts.clone()),
            Arc::new(clock.clone()),
        )
        .unwrap();
        assert_eq!(
            reader.source(),
            "perf energy-pkg of CPU 0 + energy-ram of CPU 0 + energy-pkg of CPU 18 + energy-ram of CPU 18"
        );
        assert_eq!(reader.keep_every(), None);
        reader.begin().unwrap();
        // A count is 2^-32 J.
        counts.set("23/2/0", 30_u64 << 32);
        counts.set("23/3/18", 5_u64 << 31);
        clock.pass(Duration::from_secs(1));
        assert_eq!(reader.end().unwrap().joules, 32.5);
        reader.begin().unwrap();
        clock.pass(Duration::from_secs(1));
        counts.set("23/3/18", 1);
        assert!(matches!(reader.end(), Err(Unavailable::Restarted { .. })));
    }

    #[test]
    fn what_the_kernel_does_not_tell_is_said() {
        let reason = |tree: &FakeTree| {
            let events = FakeEvents(FakeTree::default());
            let reader = perf(tree, &events, Arc::new(SystemClock));
            reader.err().unwrap().to_string()
        };
        let broken = tree();
        broken.set(format!("{FOLDER}/events/energy-pkg.unit"), "Watts");
        assert_eq!(reason(&broken), r#"perf: energy-pkg: its unit is "Watts""#);
        assert!(reason(&tree()).starts_with("perf: perf event power/energy-pkg/: "));
        assert_eq!(
            reason(&FakeTree::default()),
            format!("perf: /{FOLDER} has no events of energy")
        );
    }

    #[test]
    fn lists_of_cpus_are_read() {
        assert_eq!(cpu_list("0,18"), Some(vec![0, 18]));
        assert_eq!(cpu_list("0-2,8"), Some(vec![0, 1, 2, 8]));
        assert_eq!(cpu_list(""), None);
    }

    /// The kernel's own clock is an event too, on every machine; whether this user may count it is another matter.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_real_event_is_opened_and_rises() {
        const SOFTWARE: u32 = 1;
        const CPU_CLOCK: u64 = 0;
        match SystemEvents.open(SOFTWARE, CPU_CLOCK, 0) {
            Ok(mut clock) => {
                let before = clock.read().unwrap();
                std::thread::sleep(Duration::from_millis(5));
                assert!(clock.read().unwrap() > before);
            }
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported
                ) || error.raw_os_error().is_some(),
                "{error}"
            ),
        }
    }
}
