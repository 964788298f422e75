//! The figures of energy that reports show, each with its provenance.

use serde::{Deserialize, Serialize};

use super::{Account, Reading, Unavailable};
use crate::provenance::Quantity;

/// What was done within a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// Operations of every kind.
    pub operations: Quantity,
    /// Floating-point operations of matrix products and convolutions, two for each multiply-add.
    pub flops: Quantity,
    /// Items of all batches.
    pub items: Quantity,
}

/// The figures of a window's energy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnergyFigures {
    /// Energy over time, in watts.
    pub power_avg_watts: Quantity,
    /// Highest sampled power, in watts.
    pub power_max_watts: Quantity,
    /// Difference of the counter over the window, in joules: the gross energy.
    pub energy_joules: Quantity,
    /// Energy that the machine would have used doing nothing, in joules.
    pub energy_idle_joules: Quantity,
    /// Gross less idle energy, in joules.
    pub energy_net_joules: Quantity,
    /// Operations a second for each watt, that is operations for each joule.
    pub ops_per_watt: Quantity,
    /// 10⁹ floating-point operations a second for each watt.
    pub gflops_per_watt: Quantity,
    /// Items a second for each watt.
    pub throughput_per_watt: Quantity,
}

impl EnergyFigures {
    /// No figure, and why.
    #[must_use]
    pub fn unavailable(reason: &str) -> Self {
        let none = || Quantity::unavailable(reason);
        Self {
            power_avg_watts: none(),
            power_max_watts: none(),
            energy_joules: none(),
            energy_idle_joules: none(),
            energy_net_joules: none(),
            ops_per_watt: none(),
            gflops_per_watt: none(),
            throughput_per_watt: none(),
        }
    }

    /// The figures of a reading; `account` adds those of idleness where it was watched.
    #[must_use]
    pub fn new(
        reading: &Result<Reading, Unavailable>,
        account: Option<&Account>,
        work: &Work,
    ) -> Self {
        let of = |value: fn(&Reading) -> Quantity| match reading {
            Ok(reading) => value(reading),
            Err(reason) => Quantity::unavailable(reason.to_string()),
        };
        let energy = of(|reading| reading.quantity(reading.consumed.joules));
        let beside = |value: &dyn Fn(&Reading, &Account) -> Quantity| match (reading, account) {
            (Ok(reading), Some(account)) => value(reading, account),
            (Ok(_), None) => Quantity::unavailable("the machine was not watched idle"),
            (Err(reason), _) => Quantity::unavailable(reason.to_string()),
        };
        let per_joule = |amount: &Quantity, unit: f64, name: &str| {
            let quotient = |amount: &f64, joules: &f64| amount / unit / joules;
            amount.combine(&energy, quotient).finite(name)
        };
        Self {
            power_avg_watts: of(|reading| reading.quantity(reading.consumed.watts()))
                .finite("power_avg_watts"),
            power_max_watts: of(Reading::max_quantity),
            energy_idle_joules: beside(&|reading, account| {
                let seconds = account.gross.duration.as_secs_f64();
                reading.quantity(account.idle_watts * seconds)
            })
            .finite("energy_idle_joules"),
            energy_net_joules: beside(&|reading, account| match account.net_joules {
                Ok(joules) => reading.quantity(joules),
                Err(reason) => Quantity::unavailable(reason.to_string()),
            }),
            ops_per_watt: per_joule(&work.operations, 1.0, "ops_per_watt"),
            gflops_per_watt: per_joule(&work.flops, 1e9, "gflops_per_watt"),
            throughput_per_watt: per_joule(&work.items, 1.0, "throughput_per_watt"),
            energy_joules: energy,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::energy::{Meter, Plan, powercap};
    use crate::moment::FakeClock;
    use crate::provenance::ModelError;
    use crate::tree::fake::FakeTree;

    fn work() -> Work {
        Work {
            operations: Quantity::modelled(3e12, "graph", ModelError::LowerBound),
            flops: Quantity::modelled(2e12, "graph", ModelError::LowerBound),
            items: Quantity::measured(640.0, "count", Duration::ZERO),
        }
    }

    #[test]
    fn figures_are_quotients_with_the_weaker_provenance() {
        let tree = FakeTree::of([
            ("sys/class/powercap/intel-rapl:0/name", "package-0"),
            ("sys/class/powercap/intel-rapl:0/energy_uj", "0"),
            (
                "sys/class/powercap/intel-rapl:0/max_energy_range_uj",
                "262143328850",
            ),
        ]);
        let clock = FakeClock::default();
        let reader = powercap(&tree, Arc::new(clock.clone())).unwrap();
        let plan = Plan {
            longest_window: Duration::from_secs(2),
            is_sampled: false,
        };
        let meter = Meter::start(Box::new(reader), plan).unwrap();
        meter.begin();
        clock.pass(Duration::from_secs(2));
        tree.set("sys/class/powercap/intel-rapl:0/energy_uj", 80_000_000);
        meter.end();
        let reading = meter.result();
        let figures = EnergyFigures::new(&reading, None, &work());
        assert_eq!(figures.energy_joules.value(), Some(&80.0));
        assert_eq!(figures.power_avg_watts.value(), Some(&40.0));
        assert!(figures.power_avg_watts.is_measured());
        assert_eq!(figures.throughput_per_watt.value(), Some(&8.0));
        assert!(figures.throughput_per_watt.is_measured());
        assert_eq!(figures.gflops_per_watt.value(), Some(&25.0));
        assert!(!figures.gflops_per_watt.is_measured());
        assert_eq!(
            figures.power_max_watts.reason(),
            Some("power was not sampled in this window")
        );
        assert_eq!(
            figures.energy_net_joules.reason(),
            Some("the machine was not watched idle")
        );
    }

    #[test]
    fn without_a_counter_every_figure_is_absent_with_the_reason() {
        let reading = Err(Unavailable::Absent {
            source_name: "powercap",
            why: "none".to_owned(),
        });
        let figures = EnergyFigures::new(&reading, None, &work());
        let json = serde_json::to_value(&figures).unwrap();
        let figures = json.as_object().unwrap();
        assert_eq!(figures.len(), 8);
        for (name, figure) in figures {
            assert_eq!(figure["provenance"], "unavailable", "{name}");
            assert_eq!(figure["reason"], "powercap: none", "{name}");
        }
    }
}
