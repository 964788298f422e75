//! What is read of the machine beside the times: energy, memory of the device, load, temperature, clock.

use std::sync::Arc;
use std::time::Duration;

use metrics::energy::{
    Account, Consumed, EnergyFigures, IDLE_WINDOWS, Meter, Plan, Reading, SystemEvents,
    Unavailable, Work, accelerators, account, processor,
};
use metrics::memory::DeviceMemory;
use metrics::moment::{Clock, SystemClock};
use metrics::tree::Tree;
use metrics::{Activity, Quantity, frequencies, nvml, thermal};

use super::Conditions;
use crate::catalog::Platform;

/// Reads the energy of a window, where the machine has a counter of it.
pub(super) struct Energy {
    meter: Result<Meter, String>,
    before: Vec<Consumed>,
}

impl Energy {
    /// The counters of a platform's device; with those, the machine is watched idle first. `longest` is that of the window to
    /// come.
    pub(super) fn begin(platform: Platform, tree: &dyn Tree, longest: Duration) -> Self {
        let meter = reader(platform, tree).and_then(|reader| {
            let plan = Plan {
                longest_window: longest,
                is_sampled: true,
            };
            Meter::start(reader, plan).map_err(|error| error.to_string())
        });
        let before = idle(&meter);
        Self { meter, before }
    }

    /// None is read, and why.
    pub(super) fn unwanted() -> Self {
        Self {
            meter: Err("not asked for: `--metrics` names no power".to_owned()),
            before: Vec::new(),
        }
    }

    /// How long a window must be for its joules to mean something; zero where none are read.
    pub(super) fn least(&self) -> Duration {
        let meter = self.meter.as_ref();
        meter.map_or(Duration::ZERO, Meter::minimum_window)
    }

    /// Begins the window.
    pub(super) fn open(&self) {
        if let Ok(meter) = &self.meter {
            meter.begin();
        }
    }

    /// Ends it.
    pub(super) fn close(&self) {
        if let Ok(meter) = &self.meter {
            meter.end();
        }
    }

    /// The figures of the window; the machine is watched idle once more.
    pub(super) fn figures(&self, work: &Work) -> EnergyFigures {
        let reading: Result<Reading, Unavailable> = match &self.meter {
            Ok(meter) => meter.result(),
            Err(reason) => return EnergyFigures::unavailable(reason),
        };
        let account: Option<Account> = reading.as_ref().ok().map(|reading| {
            let after = idle(&self.meter);
            account(&self.before, reading.consumed, &after)
        });
        EnergyFigures::new(&reading, account.as_ref(), work)
    }
}

/// The reader of a platform's device.
fn reader(platform: Platform, tree: &dyn Tree) -> Result<Box<dyn metrics::energy::Reader>, String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let told = |reasons: Vec<Unavailable>| {
        let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
        reasons.join("; ")
    };
    match platform {
        Platform::Cuda | Platform::Rocm => {
            let devices = match platform {
                Platform::Cuda => nvml::accelerators().map_err(|error| format!("NVML: {error}"))?,
                _ => Vec::new(),
            };
            let first = accelerators(&devices, tree, &clock).into_iter().next();
            let first = first.ok_or("the device shows no energy")?;
            first.map_err(|reason| reason.to_string())
        }
        _ => processor(tree, &SystemEvents, &clock).map_err(told),
    }
}

/// Windows of idleness; none where a counter fails.
fn idle(meter: &Result<Meter, String>) -> Vec<Consumed> {
    let watched = meter.as_ref().map(|meter| meter.watch_idle(IDLE_WINDOWS));
    watched.ok().and_then(Result::ok).unwrap_or_default()
}

/// The memory of a platform's device while a case is measured.
pub(super) struct Device(Result<DeviceMemory, String>);

impl Device {
    pub(super) fn begin(platform: Platform) -> Self {
        Self(match platform {
            Platform::Cuda => nvml::accelerators()
                .map_err(|error| format!("NVML: {error}"))
                .and_then(|devices| {
                    let first = devices.into_iter().next().ok_or("no NVIDIA device")?;
                    DeviceMemory::begin(first).map_err(|error| error.to_string())
                }),
            Platform::Cpu | Platform::OpenVino => Err(
                "the device computes in the memory of the process: see peak_rss_bytes".to_owned(),
            ),
            _ => Err(format!("no reader of {platform}'s memory")),
        })
    }

    pub(super) fn end(self) -> Quantity<u64> {
        match self.0 {
            Ok(memory) => memory.end(),
            Err(reason) => Quantity::unavailable(reason),
        }
    }
}

/// What else goes on within a window.
pub(super) struct Surroundings {
    activity: Activity,
    throttling: thermal::Throttling,
}

impl Surroundings {
    pub(super) fn begin(tree: &dyn Tree) -> Self {
        Self {
            activity: Activity::begin(tree),
            throttling: thermal::Throttling::begin(tree),
        }
    }

    pub(super) fn end(&self, tree: &dyn Tree) -> Conditions {
        let hottest = thermal::zones(tree).into_iter().map(|zone| zone.celsius);
        let hottest = hottest
            .filter(|celsius| celsius.value().is_some())
            .max_by(|one, two| {
                let (one, two) = (one.value(), two.value());
                one.partial_cmp(&two).unwrap_or(std::cmp::Ordering::Equal)
            });
        Conditions {
            activity: self.activity.end(tree),
            throttled: self.throttling.end(tree),
            celsius: hottest
                .unwrap_or_else(|| Quantity::unavailable("the system shows no temperature")),
            clock_mhz: frequencies(tree).map(|clocks| clocks.highest_mhz),
            threads: threads(tree),
        }
    }
}

/// Threads of this process, by `proc_pid_status(5)`.
fn threads(tree: &dyn Tree) -> Quantity<u64> {
    const STATUS: &str = "proc/self/status";
    let text = match tree.read(STATUS) {
        Ok(text) => text,
        Err(error) => return Quantity::unavailable(format!("/{STATUS}: {error}")),
    };
    let mut lines = text.lines();
    let count = lines.find_map(|line| line.strip_prefix("Threads:")?.trim().parse().ok());
    count.map_or_else(
        || Quantity::unavailable(format!("/{STATUS} tells no threads")),
        |count| Quantity::measured(count, format!("/{STATUS}"), Duration::ZERO),
    )
}
