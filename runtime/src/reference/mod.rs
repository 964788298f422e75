//! Reads reference checkpoints: raw inputs, and what Hugging Face transformers made of them.
//!
//! The format is described in `tests/reference/README.md`.

mod case;
mod compare;
mod document;
mod error;
mod labelled;
mod stored;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub use self::case::Case;
pub use self::compare::Comparison;
pub use self::error::ReferenceError;
pub use self::labelled::Labelled;
pub use self::stored::Stored;

use self::document::Document;
use self::stored::Tensors;
use crate::processor::chat::Message;
use crate::tensor::Tensor;

/// A reference checkpoint: a checkpoint folder with `reference.json`, `reference.safetensors` and `inputs/`.
#[derive(Debug)]
pub struct Reference {
    document: Document,
    cases: Vec<Case>,
    tensors: Tensors,
}

impl Reference {
    /// Opens a folder and checks that its stored tensors are those that `reference.json` was written with.
    pub fn load(dir: &Path) -> Result<Self, ReferenceError> {
        let document = Document::load(dir)?;
        let cases = case::list(&document)?;
        let tensors = Tensors::load(&document)?;
        Ok(Self {
            document,
            cases,
            tensors,
        })
    }

    /// Checks every file of the folder, weights included, against the hashes in `reference.json`.
    pub fn verify(&self) -> Result<(), ReferenceError> {
        self.document
            .files()?
            .try_for_each(|file| self.document.read(&file).map(drop))
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.document.dir()
    }

    /// The class of transformers that gave the outputs, such as `BertModel`.
    pub fn class(&self) -> Result<&str, ReferenceError> {
        self.document.text("hf_class")
    }

    /// The cases in the order of the file.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The raw pictures of a case, as files; `None` where it was not made from pictures.
    pub fn images(&self, case: &Case) -> Result<Option<Vec<PathBuf>>, ReferenceError> {
        case.images(&self.document)
    }

    /// The prompts of a case as `inputs/points.json` and the like have them: `input_points` (images, objects, points, x
    /// and y) and `input_labels`; `None` where it was not made from points.
    pub fn prompts(&self, case: &Case) -> Result<Option<Value>, ReferenceError> {
        case.prompts(&self.document)
    }

    /// The raw sounds of a case, as files; `None` where it was not made from sounds.
    pub fn sounds(&self, case: &Case) -> Result<Option<Vec<PathBuf>>, ReferenceError> {
        case.sounds(&self.document)
    }

    /// The raw texts or pairs of a case; `None` where it was not made from texts alone.
    pub fn texts(&self, case: &Case) -> Result<Option<Vec<crate::task::TextItem>>, ReferenceError> {
        case.texts(&self.document)
    }

    /// The chat a case was made from; `None` where it was not made from messages.
    pub fn messages(&self, case: &Case) -> Result<Option<Vec<Message>>, ReferenceError> {
        case.messages(&self.document)
    }

    /// The stored tensors of a case, by their names without the case.
    pub fn stored(&self, case: &Case) -> impl Iterator<Item = (&str, &Stored)> {
        self.tensors.of_case(case.name())
    }

    /// A stored tensor of a case.
    pub fn tensor(&self, case: &Case, name: &str) -> Result<Tensor, ReferenceError> {
        self.tensors.find(&case.key(name)).map(|(_, tensor)| tensor)
    }

    /// Compares a tensor with the stored one of a case, where the reference's mask says so.
    pub fn compare(
        &self,
        case: &Case,
        name: &str,
        got: &Tensor,
    ) -> Result<Comparison, ReferenceError> {
        let key = case.key(name);
        let (stored, expected) = self.tensors.find(&key)?;
        if stored.is_map {
            return compare::compare_maps(&key, stored.atol, &expected, got);
        }
        let mask = match &stored.compare_where {
            Some(mask) => Some(self.tensors.find(mask)?.1),
            None => None,
        };
        compare::compare(&key, stored.atol, &expected, mask.as_ref(), got)
    }

    /// The exported graphs that are stored in the folder.
    pub fn graphs(&self) -> Result<Vec<PathBuf>, ReferenceError> {
        let listed = self
            .document
            .root()
            .pointer("/onnx/files")
            .and_then(Value::as_array);
        let stored = |file: &&Value| file.get("stored") != Some(&Value::Bool(false));
        listed
            .into_iter()
            .flatten()
            .filter(stored)
            .filter_map(|file| file.get("file").and_then(Value::as_str))
            .map(|file| self.document.path(file))
            .collect()
    }
}
