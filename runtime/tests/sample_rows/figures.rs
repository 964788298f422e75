//! Made-up measurements whose figures fit together: what follows from others is computed as real ones are.

use std::collections::BTreeMap;
use std::time::Duration;

use metrics::energy::EnergyFigures;
use metrics::{ActivityFigures, ModelError, Peaks, Quantity, RooflineFigures, Run};
use runtime::bench::{
    Artifact, Case, Component, Conditions, GraphRuns, Measurement, RoofFigures, Settling,
    WorkFigures,
};
use runtime::catalog::Platform;

/// `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Times around one, with a tail to the right.
    pub(crate) fn times(&mut self, ms: f64, samples: usize) -> Vec<f64> {
        let sample = |_| {
            let bell: f64 = (0..4).map(|_| self.uniform()).sum::<f64>() - 2.0;
            let tail = (1.0 / (1.0 - 0.98 * self.uniform())).ln() * 0.008;
            ms * (1.0 + bell * 0.008 + tail)
        };
        (0..samples).map(sample).collect()
    }
}

/// What a query computes and moves.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    pub(crate) gflops: f64,
    pub(crate) least_gb: f64,
    pub(crate) unfused_gb: f64,
}

impl Work {
    pub(crate) fn figures(self) -> WorkFigures {
        let graph = |value: f64| {
            Quantity::modelled(value as u64, "unfused graph", ModelError::Percent(0.0))
        };
        WorkFigures {
            macs: graph(self.gflops * 5e8),
            flops: graph(self.gflops * 1e9),
            other_operations: graph(self.gflops * 1e7),
            compulsory_bytes: graph(self.least_gb * 1e9),
            unfused_bytes: graph(self.unfused_gb * 1e9),
        }
    }
}

/// A device with its roof.
pub(crate) struct Device {
    name: &'static str,
    provider: &'static str,
    library: &'static str,
    gflops: f64,
    gbps: f64,
    watts: Option<f64>,
}

impl Device {
    pub(crate) fn processor(platform: Platform) -> Self {
        let (provider, library) = match platform {
            Platform::Cpu => ("CPUExecutionProvider", "ONNX Runtime 1.31.1"),
            _ => ("OpenVINOExecutionProvider", "ONNX Runtime 1.24.1"),
        };
        Self {
            name: "AMD EPYC 9B14",
            provider,
            library,
            gflops: 231.0,
            gbps: 34.6,
            watts: None,
        }
    }

    pub(crate) fn desktop() -> Self {
        Self {
            name: "Intel Core i9-14900K",
            gflops: 1350.0,
            gbps: 81.0,
            watts: Some(180.0),
            ..Self::processor(Platform::Cpu)
        }
    }

    pub(crate) fn card() -> Self {
        Self {
            name: "NVIDIA GeForce RTX 4090",
            provider: "CUDAExecutionProvider",
            library: "ONNX Runtime 1.31.1",
            gflops: 71_000.0,
            gbps: 920.0,
            watts: Some(310.0),
        }
    }

    fn peaks(&self) -> Peaks {
        Peaks {
            gflops: clock(self.gflops),
            gbps: clock(self.gbps),
            theoretical_gbps: Quantity::unavailable("the system does not describe its memory"),
        }
    }

    fn roofline(&self, work: Work, ms: f64) -> RooflineFigures {
        let figures = work.figures();
        let float = |quantity: &Quantity<u64>| quantity.map(|value| *value as f64);
        let run = Run {
            flops: float(&figures.flops),
            compulsory_bytes: float(&figures.compulsory_bytes),
            fused_bytes: float(&figures.unfused_bytes),
            seconds: clock(ms / 1e3),
        };
        RooflineFigures::new(&run, &self.peaks())
    }

    fn energy(&self, seconds: f64, items: f64, gflops: f64) -> EnergyFigures {
        let Some(watts) = self.watts else {
            let absent =
                || Quantity::unavailable("powercap: no counter is there; hypervisors hide it");
            return EnergyFigures {
                power_avg_watts: absent(),
                power_max_watts: absent(),
                energy_joules: absent(),
                energy_idle_joules: absent(),
                energy_net_joules: absent(),
                ops_per_watt: absent(),
                gflops_per_watt: absent(),
                throughput_per_watt: absent(),
            };
        };
        let counter =
            |value: f64| Quantity::measured(value, "energy counter", Duration::from_millis(20));
        let joules = watts * seconds;
        EnergyFigures {
            power_avg_watts: counter(watts),
            power_max_watts: Quantity::sampled(
                watts * 1.1,
                "power sensor",
                Duration::from_millis(100),
            ),
            energy_joules: counter(joules),
            energy_idle_joules: counter(40.0 * seconds),
            energy_net_joules: counter(joules - 40.0 * seconds),
            ops_per_watt: counter(gflops * 1.01e9 / joules),
            gflops_per_watt: counter(gflops / joules),
            throughput_per_watt: counter(items / joules),
        }
    }
}

fn clock(value: f64) -> Quantity {
    Quantity::measured(value, "monotonic clock", Duration::ZERO)
}

pub(crate) fn artifact(model: &str, is_synthetic: bool) -> Artifact {
    Artifact {
        checkpoint: if is_synthetic {
            "synthetic, full size, seed 0"
        } else {
            "hub"
        }
        .to_owned(),
        is_synthetic,
        config_sha256: Some(format!("{:0>64}", model.len())),
        onnx_sha256: BTreeMap::new(),
        model_file_bytes: 440_000_000,
    }
}

pub(crate) fn component(
    name: &str,
    graph: &str,
    runs: f64,
    work: Work,
    share: f64,
    device: &Device,
    ms: f64,
) -> Component {
    let each = Work {
        gflops: work.gflops * share / runs,
        least_gb: work.least_gb * share / runs,
        unfused_gb: work.unfused_gb * share / runs,
    };
    Component {
        name: name.to_owned(),
        graph: graph.to_owned(),
        runs_per_query: runs,
        work: each.figures(),
        roofline: device.roofline(each, ms * share / runs),
    }
}

pub(crate) fn measurement(
    random: &mut Random,
    case: &Case,
    device: &Device,
    work: Work,
    ms: f64,
    samples: usize,
) -> Measurement {
    let latency = random.times(ms, samples);
    let wall_seconds = latency.iter().sum::<f64>() / 1e3 * 1.002;
    let items = u64::from(case.batch) * samples as u64;
    let no_decoder = || Quantity::unavailable("the model generates nothing");
    let new_tokens = case.lengths.new_tokens.map(f64::from);
    let rate =
        |tokens: Option<f64>| tokens.map_or_else(no_decoder, |tokens| clock(tokens / ms * 1e3));
    Measurement {
        execution: serde_json::json!({ "kind": "native", "evidence": {
            "provider": device.provider, "library": device.library, "device": device.name,
            "nodes": 175, "nodes_on_provider": 175,
        } }),
        placement: format!(
            "native: {}, 175 of 175 nodes, on {}",
            device.provider, device.name
        ),
        artifact: Artifact::default(),
        graphs: vec![GraphRuns {
            graph: "model".to_owned(),
            inputs: BTreeMap::from([("input_ids".to_owned(), vec![case.batch as usize, 128])]),
            runs: 1,
            nodes: Vec::new(),
            peak_activation_bytes: None,
            read_weight_bytes: None,
        }],
        load_ms: 900.0 + 400.0 * random.uniform(),
        first_run_ms: ms * 1.8,
        settling: Settling {
            is_steady: samples > 8,
            runs: 12,
            took_ms: ms * 12.0,
        },
        samples: BTreeMap::from([("latency_ms".to_owned(), latency)]),
        items,
        wall_seconds,
        throughput_items_per_second: clock(items as f64 / wall_seconds),
        decode_tokens_per_second: rate(new_tokens.map(|tokens| tokens / 0.86)),
        prefill_tokens_per_second: rate(
            case.lengths
                .tokens
                .filter(|_| new_tokens.is_some())
                .map(|tokens| f64::from(tokens) / 0.14),
        ),
        peak_rss_bytes: Quantity::measured(
            (work.least_gb.min(2.0) * 1.1e9
                + f64::from(case.batch) * 2.4e7 * (1.0 + 0.01 * random.uniform()))
                as u64,
            "high-water mark",
            Duration::ZERO,
        ),
        device_peak_bytes: Quantity::unavailable("the device shares the memory of the process"),
        roofline: device.roofline(work, ms),
        roof: RoofFigures {
            device: device.name.to_owned(),
            gflops: clock(device.gflops),
            gbps: clock(device.gbps),
            theoretical_gbps: device.peaks().theoretical_gbps,
        },
        energy: device.energy(wall_seconds, items as f64, work.gflops * samples as f64),
        work: work.figures(),
        conditions: Conditions {
            activity: ActivityFigures {
                load: clock(1.0 + random.uniform()),
                busy_percent: clock(90.0 + 9.0 * random.uniform()),
                steal_percent: clock(random.uniform()),
            },
            throttled: Quantity::unavailable("the kernel does not count it"),
            celsius: Quantity::unavailable("no thermal zone"),
            clock_mhz: clock(2600.0 + 100.0 * random.uniform()),
            threads: Quantity::measured(3, "/proc/self/status", Duration::ZERO),
        },
        components: Vec::new(),
    }
}
