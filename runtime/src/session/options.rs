//! How a skill is to be loaded.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::Arc;

use crate::cache::{Progress, Silent};
use crate::catalog::{GraphForm, Precision, UnknownName};
use crate::checkpoint::CheckpointSpec;
use crate::engine::{ProviderOptions, Settings};
use crate::error::Error;
use crate::skill::Skill;
use crate::task::Task;

/// Where the ONNX graph comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GraphSource {
    /// Exported here from the checkpoint's weights, and cached.
    #[default]
    Own,
    /// The checkpoint's own `onnx/` folder, as it is.
    Shipped,
}

impl fmt::Display for GraphSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "own",
            Self::Shipped => "shipped",
        })
    }
}

impl FromStr for GraphSource {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "own" => Ok(Self::Own),
            "shipped" => Ok(Self::Shipped),
            _ => Err(UnknownName {
                kind: "graph source",
                found: text.to_owned(),
                allowed: "own, shipped".to_owned(),
            }),
        }
    }
}

/// How a skill is to be loaded.
#[derive(Clone)]
pub struct LoadOptions {
    /// Where the checkpoint comes from; the hub (through its cache) by default.
    pub checkpoint: CheckpointSpec,
    /// Where the graph comes from.
    pub graph: GraphSource,
    /// Form of a graph that is exported here; the cell's by default.
    pub form: Option<GraphForm>,
    /// Precision of weights and activations; the cell's first by default.
    pub precision: Option<Precision>,
    /// Number of graphs to open, so that as many threads can run at once.
    pub replicas: NonZeroUsize,
    /// What changes how fast it runs.
    pub settings: Settings,
    /// Options of execution providers, those of each platform apart.
    pub provider: ProviderOptions,
    /// Told about downloads and exports.
    pub progress: Arc<dyn Progress>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            checkpoint: CheckpointSpec::Hub {
                id: None,
                revision: None,
            },
            graph: GraphSource::Own,
            form: None,
            precision: None,
            replicas: NonZeroUsize::MIN,
            settings: Settings::default(),
            provider: ProviderOptions::default(),
            progress: Arc::new(Silent),
        }
    }
}

impl LoadOptions {
    /// The precision to load a skill in.
    pub(super) fn precision_of<T: Task>(&self, skill: &Skill<T>) -> Result<Precision, Error> {
        let offered = skill.cell.precisions;
        let Some(wanted) = self.precision else {
            let first = offered.first().copied();
            return first.ok_or_else(|| none_offered(skill, "any precision", offered));
        };
        if offered.contains(&wanted) {
            return Ok(wanted);
        }
        Err(none_offered(skill, wanted.name(), offered))
    }
}

fn none_offered<T>(skill: &Skill<T>, wanted: &'static str, offered: &[Precision]) -> Error {
    let names: Vec<_> = offered.iter().map(|precision| precision.name()).collect();
    Error::Precision {
        model: skill.model.id,
        platform: skill.cell.platform,
        wanted,
        allowed: names.join(", "),
    }
}
