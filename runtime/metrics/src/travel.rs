//! What is measured travels between processes and into files as JSON, and comes out as it went in.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::energy::{EnergyFigures, Unavailable, Work};
use crate::roof::{Budget, Roof, probe};
use crate::thermal::{Throttling, Zone};
use crate::tree::Rooted;
use crate::tree::fake::FakeTree;
use crate::{
    Activity, ActivityFigures, Frequencies, Peaks, Quantity, RooflineFigures, Run, frequencies,
    thermal,
};

/// Writes and reads twice: decimals may move a number by its last digit, and no further.
fn travels<T: Serialize + DeserializeOwned>(told: &T) {
    let write = |told: &T| serde_json::to_string(told).unwrap();
    let once: T = serde_json::from_str(&write(told)).unwrap();
    let digits = |text: String| -> Vec<String> {
        let parts = text.split([',', ':', '[', '{', '}', ']']);
        let rounded = parts.map(|part| match part.parse::<f64>() {
            Ok(number) => format!("{number:.9e}"),
            Err(_) => part.to_owned(),
        });
        rounded.collect()
    };
    assert_eq!(digits(write(told)), digits(write(&once)));
}

fn clock(value: f64) -> Quantity {
    Quantity::measured(value, "clock", Duration::ZERO)
}

#[test]
fn figures_of_a_run_travel() {
    let run = Run {
        flops: clock(2e9),
        compulsory_bytes: clock(1e8),
        fused_bytes: Quantity::unavailable("not profiled"),
        seconds: clock(0.031),
    };
    let peaks = Peaks {
        gflops: clock(200.1),
        gbps: clock(20.3),
        theoretical_gbps: Quantity::unavailable("not described"),
    };
    travels::<RooflineFigures>(&RooflineFigures::new(&run, &peaks));
    travels::<Run>(&run);
    travels::<Peaks>(&peaks);
    let work = Work {
        operations: clock(3e9),
        flops: clock(2e9),
        items: clock(64.0),
    };
    travels::<Work>(&work);
    let absent = Err(Unavailable::Absent {
        source_name: "powercap",
        why: "none".to_owned(),
    });
    travels::<EnergyFigures>(&EnergyFigures::new(&absent, None, &work));
}

#[test]
fn what_the_kernel_tells_travels() {
    let tree = FakeTree::of([
        ("proc/stat", "cpu  100 0 50 800 50 0 0 10 7 0"),
        ("proc/loadavg", "1.25 1.00 0.50 3/123 4567"),
        ("sys/class/thermal/thermal_zone0/type", "x86_pkg_temp"),
        ("sys/class/thermal/thermal_zone0/temp", "45500"),
        (
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq",
            "2400123",
        ),
    ]);
    let activity = Activity::begin(&tree);
    tree.set("proc/stat", "cpu  150 0 60 830 50 0 0 20 9 0");
    travels::<ActivityFigures>(&activity.end(&tree));
    let zones = thermal::zones(&tree);
    assert_eq!(zones.len(), 1);
    travels::<Vec<Zone>>(&zones);
    travels::<Quantity<u64>>(&Throttling::begin(&tree).end(&tree));
    travels::<Quantity<Frequencies>>(&frequencies(&tree));
}

#[test]
fn the_roof_of_this_machine_travels() {
    let short = Budget {
        compute: Duration::from_millis(1),
        bandwidth: Duration::from_millis(1),
    };
    travels::<Roof>(&probe(&Rooted::system(), None, short));
}
