//! What probes cost the thread that measures: at most 20 µs a window.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::energy::{Meter, Plan, Reader, accelerator, powercap};
use crate::moment::{FakeClock, SystemClock};
use crate::nvml::{Accelerator, FakeAccelerator};
use crate::tree::Rooted;
use crate::{Latency, Throughput};

const MOST_US: f64 = 20.0;

/// Cost of a window in microseconds: the lowest of several medians, for whatever else runs can only add to one.
fn cost_us(mut window: impl FnMut()) -> f64 {
    let medians = (0..7).map(|_| median_us(&mut window));
    medians.fold(f64::INFINITY, f64::min)
}

fn median_us(mut window: impl FnMut()) -> f64 {
    let mut costs_us: Vec<f64> = (0..101)
        .map(|_| {
            let began = Instant::now();
            window();
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    costs_us.sort_by(f64::total_cmp);
    costs_us[costs_us.len() / 2]
}

fn metered(reader: impl Reader + 'static) -> f64 {
    let plan = Plan {
        longest_window: Duration::from_mins(1),
        is_sampled: true,
    };
    let meter = Meter::start(Box::new(reader), plan).unwrap();
    cost_us(|| {
        meter.begin();
        meter.end();
    })
}

#[test]
fn a_window_costs_little() {
    let folder = tempfile::tempdir().unwrap();
    for (zone, name) in [
        ("intel-rapl:0", "package-0"),
        ("intel-rapl:0:0", "dram"),
        ("intel-rapl:1", "package-1"),
        ("intel-rapl:1:0", "dram"),
    ] {
        let zone = folder.path().join("sys/class/powercap").join(zone);
        std::fs::create_dir_all(&zone).unwrap();
        for (file, text) in [
            ("name", name),
            ("energy_uj", "1"),
            ("max_energy_range_uj", "262143328850"),
        ] {
            std::fs::write(zone.join(file), text).unwrap();
        }
    }
    let four_counters = powercap(&Rooted::at(folder.path()), Arc::new(SystemClock)).unwrap();
    let device: Arc<dyn Accelerator> = Arc::new(FakeAccelerator::default());
    let slow = accelerator(&device, Arc::new(FakeClock::default())).unwrap();
    let mut latency = Latency::default();
    for (probe, cost) in [
        ("four counters in files", metered(four_counters)),
        ("a slow counter", metered(slow)),
        ("latency", cost_us(|| latency.add(Instant::now().elapsed()))),
        (
            "throughput",
            cost_us(|| {
                let mut throughput = Throughput::begin();
                throughput.add(1);
                std::hint::black_box(throughput.end());
            }),
        ),
    ] {
        println!("{probe}: {cost:.2} µs a window");
        assert!(cost <= MOST_US, "{probe}: {cost:.2} µs a window");
    }
}
