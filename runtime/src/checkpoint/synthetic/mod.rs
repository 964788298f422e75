//! Synthetic checkpoints: a configuration of the registry, weights from a seed, a byte-level tokenizer.

mod forget;
mod letters;
mod plan;
mod shards;
mod size;
mod tokenizer;
mod weights;

use std::error::Error;
use std::fs;
use std::path::Path;

use export::recipe::Recipe;

pub use forget::{Forgotten, forget};
pub use plan::{describe, files};
pub use size::SyntheticSize;

use self::plan::Plan;
use super::{Checkpoint, CheckpointError, Policy, Source};
use crate::cache::Progress;
use crate::catalog::{Architecture, Model};

/// How the weights of a synthetic checkpoint are made and stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntheticForm {
    /// Where the numbers begin.
    pub seed: u64,
    /// Whether they are stored as fp16; fp32 otherwise.
    pub is_half: bool,
    /// The most bytes of weights in one file, a single larger tensor excepted; all in one where it is open.
    pub shard_bytes: Option<u64>,
}

impl SyntheticForm {
    /// fp32 in one file.
    #[must_use]
    pub const fn of_seed(seed: u64) -> Self {
        Self {
            seed,
            is_half: false,
            shard_bytes: None,
        }
    }
}

/// Writes `config.json` and weights from a seed into a folder that is there: a checkpoint of any size without a download.
///
/// Memory holds a piece of a tensor at a time.
///
/// # Errors
/// A configuration that the recipe cannot read, or a file that cannot be written.
pub fn synthesize(
    architecture: &Architecture,
    recipe: &Recipe,
    config_json: &str,
    form: SyntheticForm,
    root: &Path,
    progress: &dyn Progress,
) -> Result<(), CheckpointError> {
    let origin = Origin {
        name: architecture.name,
        key: "synthetic",
    };
    let parameters =
        export::parameters(recipe, config_json).map_err(|error| origin.wrong(error.into()))?;
    weights::write(&parameters, form, root, progress)
        .map_err(|error| origin.wrong(error.into()))?;
    text(root, "config.json", config_json)
}

/// Makes a synthetic checkpoint of the model, or finds it in the cache.
pub(super) fn resolve(
    size: SyntheticSize,
    seed: u64,
    model: &Model,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<Checkpoint, CheckpointError> {
    let plan = Plan::new(model, size, seed)?;
    let stem = plan.stem();
    let root = policy
        .cache
        .ensure(&format!("{FOLDER}/{stem}"), progress, |folder| {
            let what = format!("making synthetic {}, {size}", plan.origin.name);
            plan.write(folder, &what, progress)
        })?;
    let source = Source::Synthetic {
        of: plan.origin.name,
        size,
        seed,
    };
    Checkpoint::checked(root, source)
}

/// The model's synthetic checkpoint without its weights, in a folder that is there: for who asks only what its graphs would do.
///
/// # Errors
/// Those of [`describe`].
pub(crate) fn described(
    model: &Model,
    size: SyntheticSize,
    root: &Path,
) -> Result<Checkpoint, CheckpointError> {
    describe(model, size, root)?;
    let of = Origin::new(model, size).name;
    Ok(Checkpoint {
        root: root.to_owned(),
        source: Source::Synthetic { of, size, seed: 0 },
    })
}

/// Folder of the cache that holds synthetic checkpoints.
const FOLDER: &str = "synthetic";

/// What a synthetic configuration belongs to, for messages.
#[derive(Debug, Clone, Copy)]
struct Origin {
    /// The architecture, or the model whose full size it is.
    name: &'static str,
    /// Where it stands in the registry.
    key: &'static str,
}

impl Origin {
    const fn new(model: &Model, size: SyntheticSize) -> Self {
        match size {
            SyntheticSize::Tiny => Self {
                name: model.family.architecture.name,
                key: "synthetic",
            },
            SyntheticSize::Full => Self {
                name: model.id,
                key: "full",
            },
        }
    }

    fn wrong(self, source: Box<dyn Error + Send + Sync>) -> CheckpointError {
        CheckpointError::SyntheticConfig {
            of: self.name,
            key: self.key,
            source,
        }
    }
}

fn text(root: &Path, name: &str, text: &str) -> Result<(), CheckpointError> {
    let path = root.join(name);
    fs::write(&path, text).map_err(CheckpointError::file("write", &path))
}
