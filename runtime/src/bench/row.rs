//! Rows: what became of a case, with all that is needed to judge it later. Rows are only ever added.

use std::collections::BTreeMap;

use metrics::energy::EnergyFigures;
use metrics::{ActivityFigures, Environment, Latency, Quantity, RooflineFigures};
use serde::{Deserialize, Serialize};

use super::Case;

/// What became of a case on a machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// 32 random hexadecimal digits: the same row in two stores is one row.
    pub id: String,
    /// What was to be measured.
    pub case: Case,
    /// What it was measured of.
    pub subject: Subject,
    /// When it began, in milliseconds since 1970-01-01 00:00 UTC.
    pub started_ms: i64,
    /// How long it took with loading and everything else, in milliseconds.
    pub took_ms: f64,
    /// The machine.
    pub machine: Environment,
    /// Version of this project.
    pub version: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What the registry says of a case's model: what reports select and group by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Name in prose.
    pub title: String,
    /// Family id.
    pub family: String,
    /// Group of families, such as `embedding`.
    pub group: String,
    /// Task by Hugging Face's pipeline name.
    pub task: String,
    /// Number of parameters at full size.
    pub parameters: u64,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Outcome {
    /// It ran on the platform, and was measured.
    Measured(Box<Measurement>),
    /// It did not run on the platform; what it would take was predicted.
    Simulated(Box<Simulation>),
    /// It failed.
    Failed {
        /// How: `error`, `died`, `timeout` or `interrupted`.
        kind: String,
        /// The error with its sources.
        error: String,
    },
    /// It was not tried.
    Skipped {
        /// Why: `memory`, `unavailable` or `unsupported`.
        kind: String,
        /// The reason in words.
        reason: String,
    },
}

/// What was measured. Statistics are not stored: they follow from the samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Evidence of where it ran; see [`crate::engine::Execution::to_json`].
    pub execution: serde_json::Value,
    /// The same in one line.
    pub placement: String,
    /// What was loaded.
    pub artifact: Artifact,
    /// The graphs that a query ran, with the shapes of their inputs.
    pub graphs: Vec<GraphRuns>,
    /// From the call to the session, export and opening included, in milliseconds.
    pub load_ms: f64,
    /// The first query, in milliseconds.
    pub first_run_ms: f64,
    /// How the steady state was found.
    pub settling: Settling,
    /// Samples by the name of what was sampled, in the order in which they were taken: `latency_ms` has one for each query.
    /// Others, where there are any: `call_ms` (the whole call with preparing input and reading output), `response_ms` (from the
    /// intended start), `time_to_first_token_ms`, `inter_token_ms`, and `NAME_ms` for each of `components`.
    pub samples: BTreeMap<String, Vec<f64>>,
    /// Items that were done in the steady state.
    pub items: u64,
    /// Time of the loop that did them, in seconds.
    pub wall_seconds: f64,
    /// Items over the time of the loop.
    pub throughput_items_per_second: Quantity,
    /// Tokens that a decoder added a second, after the first of each query.
    pub decode_tokens_per_second: Quantity,
    /// Tokens of prompts that a decoder read a second.
    pub prefill_tokens_per_second: Quantity,
    /// Peak of the process's memory less what it had before loading, in bytes.
    pub peak_rss_bytes: Quantity<u64>,
    /// Peak of what the process had on the device, in bytes.
    pub device_peak_bytes: Quantity<u64>,
    /// What one query computes and moves.
    pub work: WorkFigures,
    /// Where it stands below the device's roof.
    pub roofline: RooflineFigures,
    /// The device's measured peaks, in 10⁹ operations and 10⁹ bytes a second.
    pub roof: RoofFigures,
    /// Energy of the steady state.
    pub energy: EnergyFigures,
    /// What else went on.
    pub conditions: Conditions,
    /// The parts of a model that runs several graphs, or one in several ways.
    pub components: Vec<Component>,
}

impl Measurement {
    /// Samples of one kind; empty where none were taken.
    #[must_use]
    pub fn series(&self, name: &str) -> &[f64] {
        self.samples.get(name).map_or(&[], Vec::as_slice)
    }

    /// One sample for each query, in milliseconds.
    #[must_use]
    pub fn latency(&self) -> Latency {
        self.series("latency_ms").iter().copied().collect()
    }
}

/// What a measurement loaded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    /// The checkpoint, in words.
    pub checkpoint: String,
    /// Whether its weights are made up.
    pub is_synthetic: bool,
    /// SHA-256 of the checkpoint's `config.json`, in hexadecimal.
    pub config_sha256: Option<String>,
    /// SHA-256 of each ONNX file without weights that stand beside it, by file name.
    pub onnx_sha256: BTreeMap<String, String>,
    /// Size of the ONNX files with their weights, in bytes.
    pub model_file_bytes: u64,
}

/// Runs of one graph with inputs of the same shapes within one query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphRuns {
    /// Name of the graph, the stem of its file.
    pub graph: String,
    /// Shapes of its inputs by name.
    pub inputs: BTreeMap<String, Vec<usize>>,
    /// How often it ran.
    pub runs: u32,
    /// What the nodes of one run compute and move, alike ones together; empty where that is not known of every node.
    #[serde(default)]
    pub nodes: Vec<NodeGroup>,
    /// The most bytes that values between the nodes of one run hold at once where none are fused; `None` where that is not
    /// known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_activation_bytes: Option<u64>,
    /// Bytes of the weights that a run reads, of tables the rows that it picks; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_weight_bytes: Option<u64>,
}

/// Nodes of one operator that compute and move the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeGroup {
    /// The operator.
    pub operator: String,
    /// Number of nodes.
    pub nodes: u32,
    /// Multiplications with an addition each, of one node.
    pub macs: u64,
    /// Other operations of one node.
    pub other_operations: u64,
    /// Bytes that one node reads, weights included.
    pub read_bytes: u64,
    /// Bytes that one node writes.
    pub written_bytes: u64,
}

/// How the steady state was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settling {
    /// Whether times had settled before the samples were taken.
    pub is_steady: bool,
    /// Queries after the first that were run until then.
    pub runs: u32,
    /// How long they took, in milliseconds.
    pub took_ms: f64,
}

/// What one query computes and moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkFigures {
    /// Multiplications with an addition each.
    pub macs: Quantity<u64>,
    /// Two for each of `macs`.
    pub flops: Quantity<u64>,
    /// Operations on single elements beside these.
    pub other_operations: Quantity<u64>,
    /// Bytes that must move at least: weights once a run, inputs and outputs.
    pub compulsory_bytes: Quantity<u64>,
    /// Bytes that move when every node runs alone.
    pub unfused_bytes: Quantity<u64>,
}

/// The measured peaks that a roofline was drawn with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoofFigures {
    /// The device they were measured on.
    pub device: String,
    /// 10⁹ operations a second in the type that the case computes in.
    pub gflops: Quantity,
    /// 10⁹ bytes a second.
    pub gbps: Quantity,
    /// The same by the device's own description.
    pub theoretical_gbps: Quantity,
}

/// What else went on while it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    /// Load of the machine, and time that a hypervisor took away.
    pub activity: ActivityFigures,
    /// How often processors were slowed down for their temperature.
    pub throttled: Quantity<u64>,
    /// The highest temperature at the end, in degrees Celsius.
    pub celsius: Quantity,
    /// Clock of the fastest CPU at the end, in megahertz.
    pub clock_mhz: Quantity,
    /// Threads that the process had at the end.
    pub threads: Quantity<u64>,
}

/// A part of a model: one graph, or one of the ways in which a query runs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Name, such as `vision_encoder`, `prefill` or `decode`; its samples are `NAME_ms`, one for each run.
    pub name: String,
    /// The graph that runs.
    pub graph: String,
    /// How often it runs in one query.
    pub runs_per_query: f64,
    /// What one run computes and moves.
    pub work: WorkFigures,
    /// Where it stands below the device's roof.
    pub roofline: RooflineFigures,
}

/// What a case would take that did not run on its platform. Nothing in it was measured there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Simulation {
    /// What ran instead; see [`crate::engine::Execution::to_json`].
    pub execution: serde_json::Value,
    /// The same in one line.
    pub placement: String,
    /// What was loaded.
    pub artifact: Artifact,
    /// Time of one query in milliseconds, modelled.
    pub predicted_ms: Quantity,
    /// The interval that holds nine of ten times, in milliseconds.
    pub interval_ms: Option<(f64, f64)>,
    /// Calibration that the prediction is made with, in words.
    pub profile: Option<String>,
    /// What one query computes and moves.
    pub work: WorkFigures,
}
