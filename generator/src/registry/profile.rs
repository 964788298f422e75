//! How fast a device of a platform is found to be, so that runs nobody can make may be predicted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::constraint::{self, TEXT};

/// What was measured on one device with one library, as `assay calibrate` prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The device or adapter, as the evidence of a run names it.
    #[schemars(regex(pattern = TEXT), length(max = constraint::TEXT_CHARS))]
    pub device: String,
    /// The library with its version, as the evidence of a run names it.
    #[schemars(regex(pattern = TEXT), length(max = constraint::TEXT_CHARS))]
    pub library: String,
    /// What every run of a graph takes, in microseconds.
    #[schemars(range(min = 0.0, max = 1.0e9))]
    pub run_us: f64,
    /// What every node that computes takes beside its work, in microseconds.
    #[schemars(range(min = 0.0, max = 1.0e9))]
    pub node_us: f64,
    /// What it computes in products and convolutions, in billions of operations a second.
    #[schemars(range(min = 1.0e-3, max = 1.0e9))]
    pub gflops: f64,
    /// What it moves between operators, in billions of bytes a second.
    #[schemars(range(min = 1.0e-3, max = 1.0e9))]
    pub gbps: f64,
    /// What it takes in and gives out at the ends of a graph, in billions of bytes a second.
    #[schemars(range(min = 1.0e-3, max = 1.0e9))]
    pub transfer_gbps: f64,
    /// How far predictions were off for families that the profile was not made from.
    pub held_out: HeldOut,
}

/// Predictions beside measurements, each family predicted from all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Number of families.
    #[schemars(range(min = 2, max = 10_000))]
    pub families: u32,
    /// Mean absolute error, in percent of what was measured.
    #[schemars(range(min = 0.0, max = 1.0e6))]
    pub error_percent: f64,
    /// What 5 % of the measured times are below, as a share of the predicted.
    #[schemars(range(min = 0.0, max = 1.0e6))]
    pub low: f64,
    /// What 5 % of the measured times are above, as a share of the predicted.
    #[schemars(range(min = 0.0, max = 1.0e6))]
    pub high: f64,
}
