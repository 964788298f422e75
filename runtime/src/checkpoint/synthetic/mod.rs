//! Synthetic checkpoints: the registry's small configuration, weights from a seed, a byte-level tokenizer.

mod letters;
mod shards;
mod tokenizer;
mod weights;

use std::fs;
use std::path::Path;

use export::recipe::Recipe;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Checkpoint, CheckpointError, Policy, Source};
use crate::cache::Progress;
use crate::catalog::{Architecture, Modality, Model};

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
/// Memory holds one tensor at a time.
///
/// # Errors
/// A configuration that the recipe cannot read, or a file that cannot be written.
pub fn synthesize(
    architecture: &Architecture,
    recipe: &Recipe,
    config_json: &str,
    form: SyntheticForm,
    root: &Path,
) -> Result<(), CheckpointError> {
    let wrong = |source| CheckpointError::SyntheticConfig {
        architecture: architecture.name,
        source,
    };
    let parameters =
        export::parameters(recipe, config_json).map_err(|error| wrong(error.into()))?;
    weights::write(&parameters, form, root).map_err(|error| wrong(error.into()))?;
    text(root, "config.json", config_json)
}

/// Part of the cache key: to be raised when the same input shall give other files.
const FORMAT: u32 = 3;

/// Makes the synthetic checkpoint of the model's architecture, or finds it in the cache.
pub(super) fn resolve(
    seed: u64,
    model: &Model,
    policy: &Policy,
    progress: &dyn Progress,
) -> Result<Checkpoint, CheckpointError> {
    let architecture = &model.family.architecture;
    let recipe = architecture.recipe.ok_or(CheckpointError::NoBuilder {
        model: model.id,
        architecture: architecture.name,
    })?;
    // A decoder writes text, whatever its encoder reads.
    let spells = matches!(recipe, Recipe::SpeechSynthesizer(_));
    let has_text = (model.family.modality == Modality::Text && !spells)
        || matches!(
            recipe,
            Recipe::EncoderDecoder(_)
                | Recipe::DualTower(_)
                | Recipe::AudioTextTowers(_)
                | Recipe::VisionLanguage(_)
        );
    let name = format!(
        "synthetic/{}-{seed}-{}",
        architecture.name,
        key(architecture, &recipe, has_text)
    );
    let root = policy.cache.ensure(&name, progress, |folder| {
        write(architecture, &recipe, seed, has_text, folder)
    })?;
    Checkpoint::checked(
        root,
        Source::Synthetic {
            architecture: architecture.name,
            seed,
        },
    )
}

/// Hash of everything but the seed that decides about the files.
fn key(architecture: &Architecture, recipe: &Recipe, has_text: bool) -> String {
    let synthetic = &architecture.synthetic;
    let text = format!(
        "{FORMAT}\0{}\0{}\0{recipe:?}\0{has_text}",
        synthetic.config,
        synthetic.preprocessor.unwrap_or_default()
    );
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn write(
    architecture: &Architecture,
    recipe: &Recipe,
    seed: u64,
    has_text: bool,
    root: &Path,
) -> Result<(), CheckpointError> {
    let synthetic = &architecture.synthetic;
    let wrong = |source| CheckpointError::SyntheticConfig {
        architecture: architecture.name,
        source,
    };
    let config: Value =
        serde_json::from_str(synthetic.config).map_err(|error| wrong(error.into()))?;
    let form = SyntheticForm::of_seed(seed);
    synthesize(architecture, recipe, synthetic.config, form, root)?;
    if let Some(preprocessor) = synthetic.preprocessor {
        text(root, "preprocessor_config.json", preprocessor)?;
    }
    if has_text {
        let built = tokenizer::build(architecture.name, recipe, &config)?;
        text(root, "tokenizer.json", &built.tokenizer)?;
        text(root, "tokenizer_config.json", &built.config)?;
    }
    if let Recipe::AudioEncoder(encoder) = recipe
        && encoder.ctc_head.is_some()
    {
        let size = config.get("vocab_size").and_then(Value::as_u64);
        let vocabulary = letters::vocabulary(size.unwrap_or_default());
        text(root, "vocab.json", &vocabulary)?;
    }
    if matches!(recipe, Recipe::SpeechSynthesizer(_)) {
        let size = config.get("vocab_size").and_then(Value::as_u64);
        let vocabulary = letters::spoken(size.unwrap_or_default());
        text(root, "vocab.json", &vocabulary)?;
        text(root, "tokenizer_config.json", letters::SPOKEN)?;
    }
    Ok(())
}

fn text(root: &Path, name: &str, text: &str) -> Result<(), CheckpointError> {
    let path = root.join(name);
    fs::write(&path, text).map_err(CheckpointError::file("write", &path))
}
