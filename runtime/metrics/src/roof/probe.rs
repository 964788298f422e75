//! The whole roof of this machine's processors, within three seconds.

use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::bandwidth::{self, BandwidthRoof};
use super::cache::last_level_bytes;
use super::compute::{self, ComputeRoof};
use super::isa::{Dtype, kernels};
use super::repeated::first_part;
use crate::environment::memory_bytes;
use crate::provenance::Quantity;
use crate::tree::{Tree, number};

/// How long the probe may take about: what is left to measure then is repeated as seldom as it can be.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// For vector instructions.
    pub compute: Duration,
    /// For memory, once its buffers are filled.
    pub bandwidth: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            compute: Duration::from_millis(800),
            bandwidth: Duration::from_millis(700),
        }
    }
}

/// What this machine reaches at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Roof {
    /// Vector instructions, on one thread and on all.
    pub compute: Vec<ComputeRoof>,
    /// Memory, on one thread and on all.
    pub bandwidth: Vec<BandwidthRoof>,
    /// Why memory was not measured.
    pub bandwidth_reason: Option<String>,
    /// How long the probe took, in milliseconds.
    pub took_ms: f64,
}

/// Measures the roof of the processors, on one thread and on all that the process may use.
///
/// `theoretical_gbps` is what the machine's own description says of its memory, in 10⁹ bytes a second, if anything: what
/// exceeds it is rejected.
pub fn probe(tree: &dyn Tree, theoretical_gbps: Option<f64>, budget: Budget) -> Roof {
    let began = Instant::now();
    let threads = available_parallelism().map_or(1, usize::from);
    let deadline = began + budget.compute;
    let kernels = kernels();
    let compute = kernels.iter().enumerate().flat_map(|(place, kernel)| {
        let deadline = first_part(deadline, kernels.len() - place);
        compute::measure(kernel, threads, deadline)
    });
    let compute = compute.collect();
    let bandwidth = bandwidth::measure(
        last_level_bytes(tree),
        free_bytes(tree),
        threads,
        theoretical_gbps.map(|gbps| gbps * 1e9),
        budget.bandwidth,
    );
    let (bandwidth, bandwidth_reason) = match bandwidth {
        Ok(roofs) => (roofs, None),
        Err(error) => (Vec::new(), Some(format!("no memory for buffers: {error}"))),
    };
    Roof {
        compute,
        bandwidth,
        bandwidth_reason,
        took_ms: began.elapsed().as_secs_f64() * 1e3,
    }
}

/// Memory that may still be taken, in bytes, where the system tells.
fn free_bytes(tree: &dyn Tree) -> Option<u64> {
    let free = memory_bytes(tree, "MemAvailable");
    // What a container may have (kernel's `Documentation/admin-guide/cgroup-v2.rst`); `max` is no number.
    let limit = number(tree, "sys/fs/cgroup/memory.max");
    free.into_iter().chain(limit).min()
}

impl Roof {
    /// The highest peak for a type, in 10⁹ operations a second, of any instructions and number of threads.
    #[must_use]
    pub fn peak_gops(&self, dtype: Dtype) -> Quantity {
        let peaks = self.compute.iter().filter(|roof| roof.dtype == dtype);
        best(peaks.map(|roof| &roof.gops), || {
            format!("no instructions for {dtype:?} were measured")
        })
    }

    /// The highest bandwidth, in 10⁹ bytes a second, of any pattern and number of threads.
    #[must_use]
    pub fn peak_gbps(&self) -> Quantity {
        best(self.bandwidth.iter().map(|roof| &roof.gbps), || {
            let reason = self.bandwidth_reason.as_deref();
            reason.unwrap_or("bandwidth was not measured").to_owned()
        })
    }
}

/// The highest value; without one the first reason, or the one given.
fn best<'a>(
    values: impl Iterator<Item = &'a Quantity> + Clone,
    nothing: impl Fn() -> String,
) -> Quantity {
    let by_value = |a: &&Quantity, b: &&Quantity| match (a.value(), b.value()) {
        (Some(a), Some(b)) => a.total_cmp(b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    };
    let highest = values.max_by(by_value).cloned();
    highest.unwrap_or_else(|| Quantity::unavailable(nothing()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Rooted;
    use crate::tree::fake::FakeTree;

    #[test]
    fn this_machine_has_a_roof() {
        let roof = probe(&Rooted::system(), None, Budget::default());
        for row in &roof.compute {
            println!(
                "{:?} {:?} × {}: {:?} Gop/s, spread {:.1} %",
                row.isa,
                row.dtype,
                row.threads,
                row.gops.value(),
                row.spread_percent
            );
        }
        for row in &roof.bandwidth {
            println!(
                "{:?} × {}: {:?}, spread {:.1} %",
                row.pattern, row.threads, row.gbps, row.spread_percent
            );
        }
        println!("took {:.0} ms", roof.took_ms);
        // Far above what it takes on an idle machine: this must hold on one that runs other tests.
        assert!(roof.took_ms < 10_000.0);
        let gbps = *roof.peak_gbps().value().unwrap();
        assert!((0.5..20_000.0).contains(&gbps), "{gbps}");
        if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
            let gops = *roof.peak_gops(Dtype::F32).value().unwrap();
            assert!((1.0..1e6).contains(&gops), "{gops}");
        }
    }

    #[test]
    fn a_container_has_less_memory_than_its_machine() {
        let tree = FakeTree::of([("proc/meminfo", "MemAvailable: 8 kB")]);
        assert_eq!(free_bytes(&tree), Some(8192));
        tree.set("sys/fs/cgroup/memory.max", "max");
        assert_eq!(free_bytes(&tree), Some(8192));
        tree.set("sys/fs/cgroup/memory.max", 4096);
        assert_eq!(free_bytes(&tree), Some(4096));
        assert_eq!(free_bytes(&FakeTree::default()), None);
    }

    #[test]
    fn a_roof_that_was_not_measured_says_so() {
        let roof = Roof {
            compute: Vec::new(),
            bandwidth: Vec::new(),
            bandwidth_reason: Some("no memory for buffers: out of memory".to_owned()),
            took_ms: 0.0,
        };
        assert_eq!(
            roof.peak_gops(Dtype::Bf16).reason(),
            Some("no instructions for Bf16 were measured")
        );
        assert_eq!(
            roof.peak_gbps().reason(),
            Some("no memory for buffers: out of memory")
        );
    }
}
