//! What else went on while something was measured: load, and time that a hypervisor gave to others.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::provenance::Quantity;
use crate::tree::Tree;

const STAT: &str = "proc/stat";
const LOAD: &str = "proc/loadavg";
/// Length of the tick that the kernel counts these times in, since Linux 2.6 for programs: `sysconf(_SC_CLK_TCK)` is 100.
const TICK: Duration = Duration::from_millis(10);

/// Times of all CPUs since the system started, in ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    before: Result<Ticks, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ticks {
    all: u64,
    idle: u64,
    stolen: u64,
}

/// What went on within a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActivityFigures {
    /// Processes that ran or waited for a CPU, averaged over the last minute.
    pub load: Quantity,
    /// Time of all CPUs that was not idle, in percent.
    pub busy_percent: Quantity,
    /// Time of all CPUs that the hypervisor gave to others, in percent.
    pub steal_percent: Quantity,
}

impl Activity {
    /// Begins a window. Take both readings outside of what is timed: they cost more the more CPUs there are.
    pub fn begin(tree: &dyn Tree) -> Self {
        Self {
            before: ticks(tree),
        }
    }

    /// What went on since.
    pub fn end(&self, tree: &dyn Tree) -> ActivityFigures {
        let after = ticks(tree);
        let share = |of: fn(&Ticks) -> u64| match (&self.before, &after) {
            (Ok(before), Ok(after)) => {
                // The kernel lets idle times fall at times (proc_stat(5)).
                let all = after.all.saturating_sub(before.all);
                if all == 0 {
                    return Quantity::unavailable("the window was shorter than a tick");
                }
                let percent = of(after).saturating_sub(of(before)) as f64 / all as f64 * 100.0;
                Quantity::measured(percent, format!("/{STAT}"), TICK)
            }
            (Err(reason), _) | (_, Err(reason)) => Quantity::unavailable(reason),
        };
        let load = tree.read(LOAD).map_err(|error| format!("/{LOAD}: {error}"));
        let load = load.and_then(|text| {
            let first = text.split_whitespace().next();
            let load = first.and_then(|load| load.parse().ok());
            load.ok_or_else(|| format!("/{LOAD} has no load"))
        });
        ActivityFigures {
            load: match load {
                Ok(load) => Quantity::sampled(load, format!("/{LOAD}"), Duration::from_secs(5)),
                Err(reason) => Quantity::unavailable(reason),
            },
            busy_percent: share(|ticks| ticks.all.saturating_sub(ticks.idle)),
            steal_percent: share(|ticks| ticks.stolen),
        }
    }
}

/// The first line of `proc_stat(5)`: user, nice, system, idle, iowait, irq, softirq, steal; guests are part of user.
fn ticks(tree: &dyn Tree) -> Result<Ticks, String> {
    let text = tree
        .read(STAT)
        .map_err(|error| format!("/{STAT}: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "));
    let times: Vec<u64> = line
        .unwrap_or_default()
        .split_whitespace()
        .take(8)
        .filter_map(|time| time.parse().ok())
        .collect();
    let [_, _, _, idle, waiting, _, _, stolen] = times[..] else {
        return Err(format!("/{STAT} has no times of the CPUs"));
    };
    Ok(Ticks {
        all: times.iter().sum(),
        idle: idle + waiting,
        stolen,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fake::FakeTree;

    #[test]
    fn shares_are_those_of_the_window() {
        let tree = FakeTree::of([
            (STAT, "cpu  100 0 50 800 50 0 0 10 7 0\ncpu0 1 2 3"),
            (LOAD, "1.25 1.00 0.50 3/123 4567"),
        ]);
        let activity = Activity::begin(&tree);
        assert!(activity.end(&tree).busy_percent.reason().is_some());
        tree.set(STAT, "cpu  150 0 60 830 50 0 0 20 9 0");
        let figures = activity.end(&tree);
        assert_eq!(figures.busy_percent.value(), Some(&70.0));
        assert_eq!(figures.steal_percent.value(), Some(&10.0));
        assert_eq!(figures.load.value(), Some(&1.25));
        tree.set(STAT, "cpu  1 2");
        assert_eq!(
            activity.end(&tree).steal_percent.reason(),
            Some("/proc/stat has no times of the CPUs")
        );
        tree.remove(LOAD);
        assert!(activity.end(&tree).load.reason().is_some());
    }
}
