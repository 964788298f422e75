//! Rows for tests and for timing, made from a seed. They are made of JSON, as stored ones are.

use runtime::bench::{Outcome, Row};
use serde_json::{Value, json};

/// Numbers that are the same everywhere: `SplitMix64` (Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Any number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number from 0 to 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A time in milliseconds, as a clock of nanoseconds tells it.
    pub(crate) fn latency_ms(&mut self, mean_ms: f64) -> f64 {
        let nanoseconds = mean_ms * 1e6 * (0.95 + 0.1 * self.share());
        std::time::Duration::from_nanos(nanoseconds as u64).as_secs_f64() * 1e3
    }

    /// The id of a row.
    pub(crate) fn id(&mut self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }
}

/// A model with its family and group.
pub(crate) const MODELS: [(&str, &str, &str); 4] = [
    ("model-a", "family-a", "embedding"),
    ("model-b", "family-a", "embedding"),
    ("model-c", "family-b", "vision"),
    ("model-d", "family-c", "audio"),
];

const PLATFORMS: [&str; 3] = ["cpu", "openvino", "webgpu"];

/// A number with its source.
fn measured(value: impl Into<Value>) -> Value {
    json!({ "provenance": "measured", "value": value.into(), "source": "clock", "update_period_ms": 0.0 })
}

fn absent() -> Value {
    json!({ "provenance": "unavailable", "reason": "no counter of this kind is on this machine" })
}

fn work(random: &mut Random) -> Value {
    let count = measured(random.below(1 << 40));
    json!({ "macs": count, "flops": count, "other_operations": count, "compulsory_bytes": count, "unfused_bytes": absent() })
}

fn roofline(random: &mut Random) -> Value {
    let rate = measured(random.share() * 1e3);
    json!({
        "avg_bandwidth_gbps": rate, "peak_bandwidth_gbps": rate, "peak_theoretical_bandwidth_gbps": absent(),
        "bandwidth_utilization_percent": rate, "compute_utilization_percent": rate, "memory_transfers_gb": rate,
        "arithmetic_intensity_flops_per_byte": measured(json!({ "low": random.share(), "high": null })),
        "compute_bound": measured(true), "memory_bound": measured(false),
    })
}

fn execution(name: &str, place: &str) -> Value {
    json!({ "kind": name, place: {
        "provider": "CPUExecutionProvider", "library": "onnxruntime 1.31.1", "device": "AMD EPYC", "nodes": 217,
        "nodes_on_provider": 217, "flops_share_on_provider": 1.0, "elsewhere": {}, "options": {},
    } })
}

fn artifact() -> Value {
    json!({
        "checkpoint": "the hub's, at 0123456789abcdef", "is_synthetic": false, "config_sha256": "0".repeat(64),
        "onnx_sha256": { "model.onnx": "1".repeat(64) }, "model_file_bytes": 123_456_789,
    })
}

fn measurement(random: &mut Random) -> Value {
    let mean_ms = 1.0 + 99.0 * random.share();
    let count = [0, 1, 11, 200][random.below(4) as usize];
    let samples: Vec<f64> = (0..count).map(|_| random.latency_ms(mean_ms)).collect();
    let energy = [
        "power_avg_watts",
        "power_max_watts",
        "energy_idle_joules",
        "energy_net_joules",
        "ops_per_watt",
        "gflops_per_watt",
        "throughput_per_watt",
    ];
    let mut energy: serde_json::Map<_, _> = energy
        .map(|name| (name.to_owned(), absent()))
        .into_iter()
        .collect();
    energy.insert("energy_joules".to_owned(), measured(random.share() * 100.0));
    json!({
        "state": "measured", "execution": execution("native", "evidence"),
        "placement": "native: 217 of 217 nodes on CPUExecutionProvider (onnxruntime 1.31.1)", "artifact": artifact(),
        "graphs": [{ "graph": "model", "inputs": { "input_ids": [8, 128] }, "runs": 1 }],
        "load_ms": random.share() * 1e3, "first_run_ms": mean_ms * 3.0,
        "settling": { "is_steady": true, "runs": 20, "took_ms": mean_ms * 20.0 },
        "samples": { "latency_ms": samples, "call_ms": samples }, "items": 8 * count, "wall_seconds": f64::from(count) * mean_ms / 1e3,
        "throughput_items_per_second": measured(8e3 / mean_ms), "decode_tokens_per_second": absent(),
        "prefill_tokens_per_second": absent(), "peak_rss_bytes": measured(random.below(1 << 34)), "device_peak_bytes": absent(),
        "work": work(random), "roofline": roofline(random),
        "roof": { "device": "AMD EPYC", "gflops": measured(200.0), "gbps": measured(40.5), "theoretical_gbps": absent() },
        "energy": energy,
        "conditions": {
            "activity": { "load": measured(random.share()), "busy_percent": measured(50.0), "steal_percent": absent() },
            "throttled": absent(), "celsius": absent(), "clock_mhz": absent(), "threads": measured(3_u64),
        },
        "components": [{
            "name": "decode", "graph": "decoder_model", "runs_per_query": 31.5, "work": work(random), "roofline": roofline(random),
        }],
    })
}

fn outcome(random: &mut Random) -> Value {
    match random.below(10) {
        0 => {
            json!({ "state": "failed", "kind": "timeout", "error": "the cpu worker did not answer within 600 s" })
        }
        1 => json!({ "state": "skipped", "kind": "memory", "reason": "it needs 80 GB" }),
        2 => json!({
            "state": "simulated", "execution": execution("simulated", "computed_on"), "placement": "simulated: by the CPU",
            "artifact": artifact(), "work": work(random), "interval_ms": [1.5, 3.0], "profile": null,
            "predicted_ms": { "provenance": "modelled", "value": 2.0 + random.share(), "method": "profile", "error": "unknown" },
        }),
        _ => measurement(random),
    }
}

/// A row of a random case on one of three machines within a day.
pub(crate) fn row(random: &mut Random) -> Row {
    let (model, family, group) = MODELS[random.below(4) as usize];
    let row = json!({
        "id": random.id(),
        "case": {
            "model": model, "platform": (PLATFORMS[random.below(3) as usize]),
            "size": (["tiny", "full"][random.below(2) as usize]), "checkpoint": (["hub", "synthetic"][random.below(2) as usize]),
            "graph": "own", "precision": "fp32", "batch": 1 << random.below(3), "lengths": { "tokens": 128 },
            "scenario": "single-stream",
        },
        "subject": { "title": "A model", "family": family, "group": group, "task": "fill-mask", "parameters": 110_000_000 },
        "started_ms": 1_760_000_000_000_i64 + random.below(86_400_000) as i64, "took_ms": random.share() * 1e5,
        "machine": {
            "cpu_model": "AMD EPYC", "instructions": ["avx2", "fma"], "cpus": 2 << random.below(3), "usable_cpus": 2,
            "cache_bytes": 33_554_432, "governors": [], "is_virtual": true, "memory_bytes": 16_000_000_000_u64,
            "huge_pages": null, "system": "linux x86_64", "kernel": "6.18.44",
        },
        "version": "0.1.0", "outcome": outcome(random),
    });
    serde_json::from_value(row).expect("the form of a row has changed: change it here too")
}

/// A row that was measured, with samples.
pub(crate) fn measured_row(random: &mut Random) -> Row {
    loop {
        let row = row(random);
        if let Outcome::Measured(measurement) = &row.outcome
            && measurement.items > 100
        {
            return row;
        }
    }
}
