//! The shape of `platforms/<platform>.yaml`: a platform and what every model gets there unless its family says else.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::constraint::{self, TEXT};
use super::graph::GraphForm;
use super::names::{Claim, Grade, Group, Platform, Precision};
use super::profile::Profile;

/// A platform and its defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformFile {
    /// The platform; the stem of the file's name.
    pub platform: Platform,
    /// Name in prose, such as `NVIDIA CUDA`.
    #[schemars(regex(pattern = TEXT), length(max = constraint::TEXT_CHARS))]
    pub title: String,
    /// The execution provider, as ONNX Runtime names it.
    #[schemars(regex(pattern = TEXT), length(max = constraint::TEXT_CHARS))]
    pub provider: String,
    /// What may be claimed of a model there, and what is claimed by default.
    pub support: SupportDefault,
    /// What a model may run in there, and what it runs in by default.
    pub precisions: PrecisionDefault,
    /// The form of the graphs that its execution provider takes; that of hub exports where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "GraphForm")]
    pub graph: Option<GraphForm>,
    /// How well each group of models suits the platform; a group that is not listed has no grade.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grades: BTreeMap<Group, Grade>,
    /// Devices whose times are predicted, the one that stands for the platform first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
}

/// What may be claimed of a model on a platform, and what is claimed by default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportDefault {
    /// The claims a family or model may make there.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub allowed: Vec<Claim>,
    /// The claim of a model that makes none itself.
    pub default: Claim,
    /// The reason such a model inherits; mandatory unless the default is native.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = TEXT), length(max = constraint::TEXT_CHARS))]
    pub reason: Option<String>,
}

/// What a model may run in on a platform, and what it runs in by default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrecisionDefault {
    /// The precisions its execution provider computes in.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub allowed: Vec<Precision>,
    /// The precisions of a model that names none itself, the first one first.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub default: Vec<Precision>,
}
