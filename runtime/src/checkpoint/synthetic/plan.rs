//! What a synthetic checkpoint of a model is made from: which configuration, which other files, which name in the cache.

use std::path::Path;

use export::recipe::Recipe;
use serde_json::Value;

use super::{Origin, SyntheticForm, SyntheticSize, letters, text, tokenizer, weights};
use crate::cache::Progress;
use crate::catalog::{Modality, Model, Synthetic};
use crate::checkpoint::CheckpointError;
use crate::sha256;

/// Part of the cache key: to be raised when the same input shall give other files.
const FORMAT: u32 = 4;
/// Checkpoints of full size with more weights are stored as fp16, to spare the disk.
const HALF_ABOVE: u64 = 500_000_000;

/// What a synthetic checkpoint is made from.
pub(super) struct Plan {
    pub(super) origin: Origin,
    pub(super) size: SyntheticSize,
    pub(super) seed: u64,
    files: Synthetic,
    recipe: Recipe,
    has_text: bool,
}

impl Plan {
    pub(super) fn new(
        model: &Model,
        size: SyntheticSize,
        seed: u64,
    ) -> Result<Self, CheckpointError> {
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
        Ok(Self {
            origin: Origin::new(model, size),
            size,
            seed,
            files: files(model, size)?,
            recipe,
            has_text,
        })
    }

    /// Its name among synthetic checkpoints.
    pub(super) fn stem(&self) -> String {
        let (name, seed, key) = (self.origin.name, self.seed, self.key());
        match self.size {
            SyntheticSize::Tiny => format!("{name}-{seed}-{key}"),
            SyntheticSize::Full => format!("{name}-full-{seed}-{key}"),
        }
    }

    /// Hash of everything but the seed that decides about the files.
    fn key(&self) -> String {
        let text = format!(
            "{FORMAT}\0{}\0{}\0{:?}\0{}",
            self.files.config,
            self.files.preprocessor.unwrap_or_default(),
            self.recipe,
            self.has_text
        );
        sha256::name_of(&text, 16)
    }

    /// Writes all files into a folder.
    pub(super) fn write(
        &self,
        root: &Path,
        what: &str,
        progress: &dyn Progress,
    ) -> Result<(), CheckpointError> {
        let parameters = export::parameters(&self.recipe, self.files.config)
            .map_err(|error| self.origin.wrong(error.into()))?;
        // What is written besides the weights may be refused, which need not wait for them.
        self.describe(root)?;
        let form = SyntheticForm {
            is_half: self.size == SyntheticSize::Full && weights::count(&parameters) > HALF_ABOVE,
            ..SyntheticForm::of_seed(self.seed)
        };
        progress.started(what, Some(weights::bytes(&parameters, form)));
        let written = weights::write(&parameters, form, root, progress);
        progress.finished();
        written.map_err(|error| self.origin.wrong(error.into()))
    }

    /// Writes all files but the weights.
    fn describe(&self, root: &Path) -> Result<(), CheckpointError> {
        let (recipe, files) = (&self.recipe, &self.files);
        let config: Value =
            serde_json::from_str(files.config).map_err(|error| self.origin.wrong(error.into()))?;
        text(root, "config.json", files.config)?;
        if let Some(preprocessor) = files.preprocessor {
            text(root, "preprocessor_config.json", preprocessor)?;
        }
        if self.has_text {
            let built = tokenizer::build(self.origin, recipe, &config)?;
            text(root, "tokenizer.json", &built.tokenizer)?;
            text(root, "tokenizer_config.json", &built.config)?;
        }
        let vocabulary = || config.get("vocab_size").and_then(Value::as_u64);
        if let Recipe::AudioEncoder(encoder) = recipe
            && encoder.ctc_head.is_some()
        {
            let vocabulary = letters::vocabulary(vocabulary().unwrap_or_default());
            text(root, "vocab.json", &vocabulary)?;
        }
        if matches!(recipe, Recipe::SpeechSynthesizer(_)) {
            let vocabulary = letters::spoken(vocabulary().unwrap_or_default());
            text(root, "vocab.json", &vocabulary)?;
            text(root, "tokenizer_config.json", letters::SPOKEN)?;
        }
        Ok(())
    }
}

/// Writes a model's synthetic checkpoint without its weights into a folder that is there, for who asks only about its form.
///
/// # Errors
/// As those of a whole one, and a file that cannot be written.
pub fn describe(model: &Model, size: SyntheticSize, root: &Path) -> Result<(), CheckpointError> {
    Plan::new(model, size, 0)?.describe(root)
}

/// `config.json` and `preprocessor_config.json` of a model's synthetic checkpoint.
///
/// # Errors
/// A model whose full size the registry does not give.
pub fn files(model: &Model, size: SyntheticSize) -> Result<Synthetic, CheckpointError> {
    let tiny = model.family.architecture.synthetic;
    match (size, model.full) {
        (SyntheticSize::Tiny, _) => Ok(tiny),
        (SyntheticSize::Full, Some(full)) => Ok(Synthetic {
            preprocessor: full.preprocessor.or(tiny.preprocessor),
            ..full
        }),
        (SyntheticSize::Full, None) => Err(CheckpointError::NoFull {
            model: model.id,
            family: model.family.id,
        }),
    }
}
