//! The compiled registry: plain constants that `generated` fills in.

mod find;
mod graph_form;
mod names;

pub use find::UnknownModel;
pub use graph_form::{GraphForm, IdWidth, KvCache, Lengths};
pub(crate) use names::names;
pub use names::{Grade, Group, Modality, Platform, Precision, TaskName, UnknownName};

use export::recipe::Recipe;

use crate::skill::AnySkill;

/// Every family and model of the registry, sorted by id.
#[derive(Debug, Clone, Copy)]
pub struct Catalog {
    /// Architecture lines.
    pub families: &'static [&'static Family],
    /// Models with their cells.
    pub models: &'static [&'static Entry],
}

/// One architecture line, one registry file.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// Id, the stem of the registry file: `bert`.
    pub id: &'static str,
    /// Name in prose: `BERT`.
    pub title: &'static str,
    /// What grades and reports go by.
    pub group: Group,
    /// What goes in.
    pub modality: Modality,
    /// How its graph is built.
    pub architecture: Architecture,
}

/// How a family's graph is built and where its tests get a checkpoint.
#[derive(Debug, Clone, Copy)]
pub struct Architecture {
    /// Hugging Face `model_type`.
    pub name: &'static str,
    /// The graph recipe; `None` as long as no builder exists.
    pub recipe: Option<Recipe>,
    /// Folder of the reference checkpoint of its models under `tests/reference/`.
    pub reference: Option<&'static str>,
    /// Files of the synthetic checkpoint.
    pub synthetic: Synthetic,
}

/// Files of a synthetic checkpoint, as JSON text.
#[derive(Debug, Clone, Copy)]
pub struct Synthetic {
    /// `config.json`.
    pub config: &'static str,
    /// `preprocessor_config.json`, for models that take images or audio.
    pub preprocessor: Option<&'static str>,
}

/// One checkpoint with an id.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// Id: `bert-base-uncased`.
    pub id: &'static str,
    /// Name in prose: `BERT base uncased`.
    pub title: &'static str,
    /// Repository on the Hugging Face hub.
    pub hub_id: &'static str,
    /// The family it belongs to.
    pub family: &'static Family,
    /// The task its skills perform.
    pub task: TaskName,
    /// Whether it is one of the key models.
    pub is_key: bool,
    /// Whether the family's name stands for it.
    pub is_default: bool,
    /// Folder of the reference checkpoint under `tests/reference/`, where it is not the family's.
    pub reference: Option<&'static str>,
    /// Files of its synthetic checkpoint of full size; the preprocessor is the architecture's where there is none.
    pub full: Option<Synthetic>,
    /// What it needs of a machine.
    pub resources: Resources,
}

impl Model {
    /// Folder of the reference checkpoint that its tests run on, under `tests/reference/`.
    #[must_use]
    pub const fn reference(&self) -> Option<&'static str> {
        match self.reference {
            Some(folder) => Some(folder),
            None => self.family.architecture.reference,
        }
    }
}

/// What a model needs of a machine.
#[derive(Debug, Clone, Copy)]
pub struct Resources {
    /// Number of parameters.
    pub parameters: u64,
    /// Least memory that loads and runs it at batch 1, in MiB.
    pub min_memory_mib: u32,
    /// Memory for its default batch, in MiB.
    pub recommended_memory_mib: u32,
    /// Size of its checkpoint on disk, in MiB.
    pub disk_mib: u32,
    /// Cores worth giving it.
    pub cpu_cores: u32,
    /// Default batch.
    pub batch: u32,
}

/// A model with its cells.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The model.
    pub model: &'static Model,
    /// Its cells in platform order, each with its skill where the cell is supported.
    pub cells: &'static [(&'static Cell, Option<&'static dyn AnySkill>)],
}

/// What the registry declares of one model on one platform.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// The platform.
    pub platform: Platform,
    /// Whether it is native, simulated or unsupported there.
    pub support: Support,
    /// Advice for selection; `None` where the registry gives none.
    pub grade: Option<Grade>,
    /// Precisions to run in, the default first.
    pub precisions: &'static [Precision],
    /// Form of the graphs.
    pub graph: GraphForm,
    /// Devices of the platform whose times are predicted, the one that stands for it first.
    pub profiles: &'static [Profile],
    /// Demand on placement.
    pub placement: Placement,
}

/// How fast a device was found to be, so that runs nobody can make may be predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// The device or adapter, as evidence names it.
    pub device: &'static str,
    /// The library with its version, as evidence names it.
    pub library: &'static str,
    /// What every run of a graph takes, in microseconds.
    pub run_us: f64,
    /// What every node that computes takes beside its work, in microseconds.
    pub node_us: f64,
    /// What it computes in products and convolutions, in billions of operations a second.
    pub gflops: f64,
    /// What it moves between operators, in billions of bytes a second.
    pub gbps: f64,
    /// What it takes in and gives out at the ends of a graph, in billions of bytes a second.
    pub transfer_gbps: f64,
    /// How far predictions were off for families that the profile was not made from.
    pub held_out: HeldOut,
}

/// Predictions beside measurements, each family predicted from all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldOut {
    /// Number of families.
    pub families: u32,
    /// Mean absolute error, in percent of what was measured.
    pub error_percent: f64,
    /// What 5 % of the measured times are below, as a share of the predicted.
    pub low: f64,
    /// What 5 % of the measured times are above, as a share of the predicted.
    pub high: f64,
}

impl Cell {
    /// Whether the registry declares it simulated.
    #[must_use]
    pub const fn is_simulated(&self) -> bool {
        matches!(self.support, Support::Simulated { .. })
    }
}

/// Declared support of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Runs on the platform's execution provider.
    Native,
    /// Outputs are computed on the CPU, times are predicted.
    Simulated {
        /// Why it is not native.
        reason: &'static str,
    },
    /// Does not run there.
    Unsupported {
        /// Why not.
        reason: &'static str,
    },
}

/// What a cell demands of the placement of its graph's nodes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Placement {
    /// All FLOPs and every floating-point node on the platform's provider.
    Whole,
    /// At least this share of nodes.
    Partial {
        /// Share of nodes on the provider, 0 to 1.
        nodes: f64,
        /// Why less than the whole is accepted.
        reason: &'static str,
    },
}
