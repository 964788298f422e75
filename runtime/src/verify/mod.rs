//! Compares a skill with what Hugging Face transformers computed from the same checkpoint.

mod finding;

use ndarray::Array2;

pub use finding::Finding;

use crate::catalog::Catalog;
use crate::contract::Exercise;
use crate::error::Error;
use crate::reference::{Case, Reference};
use crate::session::{Graph, Session};
use crate::tensor::{NamedTensors, Tensor};

/// What was found on a checkpoint with a reference.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verification {
    /// Outputs of the graph from the stored preprocessed tensors.
    pub from_tensors: Vec<Finding>,
    /// Outputs of the skill from raw input.
    pub from_raw_input: Vec<Finding>,
}

impl Verification {
    /// Everything that was found.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.from_tensors.iter().chain(&self.from_raw_input)
    }

    /// Whether anything was compared and all of it holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings().next().is_some() && self.findings().all(Finding::holds)
    }
}

/// Id of the model whose architecture a checkpoint's `config.json` names, the family's default where there is one.
///
/// # Errors
/// [`Error::InvalidCheckpoint`] where the configuration names none, or one that no family of the catalogue has.
pub fn model_of(catalog: &Catalog, config: &serde_json::Value) -> Result<&'static str, Error> {
    let invalid = |reason: String| Error::InvalidCheckpoint {
        file: "config.json".to_owned(),
        reason,
    };
    let named = config.get("model_type").and_then(|name| name.as_str());
    let named = named.ok_or_else(|| invalid("`model_type` is no text".to_owned()))?;
    let of_architecture = || {
        let models = catalog.models.iter().map(|entry| entry.model);
        models.filter(|model| model.family.architecture.name == named)
    };
    let model = of_architecture()
        .find(|model| model.is_default)
        .or_else(|| of_architecture().next());
    model.map(|model| model.id).ok_or_else(|| {
        let mut known: Vec<_> = catalog
            .families
            .iter()
            .map(|family| family.architecture.name)
            .collect();
        known.sort_unstable();
        invalid(format!(
            "no family has the architecture `{named}`; known: {}",
            known.join(", ")
        ))
    })
}

/// Compares everything that a session gives with the stored tensors of every case.
///
/// # Errors
/// A reference that cannot be read, or a run that fails.
pub fn verify<T: Exercise>(
    session: &Session<T>,
    reference: &Reference,
) -> Result<Verification, Error> {
    let mut found = Verification::default();
    for case in reference.cases() {
        found
            .from_tensors
            .extend(from_tensors(session, reference, case)?);
        found
            .from_raw_input
            .extend(T::reference_findings(session, reference, case)?);
    }
    Ok(found)
}

/// Feeds the stored preprocessed tensors to a graph called `model` and compares every stored output that it gives.
fn from_tensors<T: Exercise>(
    session: &Session<T>,
    reference: &Reference,
    case: &Case,
) -> Result<Vec<Finding>, Error> {
    if !session.graphs().has("model") {
        return Ok(Vec::new());
    }
    let graph = session.graphs().find("model")?;
    let Some(outputs) = on_stored_inputs::<T>(graph, reference, case)? else {
        return Ok(Vec::new());
    };
    let is_stored = |wanted: &str| reference.stored(case).any(|(name, _)| name == wanted);
    let compared = outputs.iter().filter(|(name, _)| is_stored(name));
    compared
        .map(|(name, output)| Ok(Finding::Tensor(reference.compare(case, name, output)?)))
        .collect()
}

/// What a graph gives for the stored preprocessed tensors of a case; `None` where it takes some that are not stored, or
/// does not take the mask that the reference had.
pub(crate) fn on_stored_inputs<T: Exercise>(
    graph: &Graph,
    reference: &Reference,
    case: &Case,
) -> Result<Option<NamedTensors>, Error> {
    let is_stored = |wanted: &str| reference.stored(case).any(|(name, _)| name == wanted);
    if is_padded_unseen(graph, reference, case)? {
        return Ok(None);
    }
    let mut feeds = NamedTensors::new();
    let mut batch = 0;
    for input in graph.inputs() {
        let tensor = if is_stored(&input.name) {
            Some(reference.tensor(case, &input.name)?)
        } else {
            T::unstored(input, batch)?
        };
        let Some(tensor) = tensor else {
            // The case stores no tensors, as the tokenizer's own do not.
            return Ok(None);
        };
        batch = tensor.shape().first().copied().unwrap_or(batch);
        feeds.insert(input.name.clone(), tensor);
    }
    graph.forward(&feeds).map(Some)
}

/// Whether a case's inputs are padded, by a mask that the graph does not take: it sees other inputs than the reference
/// did.
fn is_padded_unseen(graph: &Graph, reference: &Reference, case: &Case) -> Result<bool, Error> {
    let is_taken = |name: &str| graph.inputs().iter().any(|input| input.name == name);
    for (name, stored) in reference.stored(case) {
        if stored.role == "preprocessed" && name.ends_with("_mask") && !is_taken(name) {
            let mask = reference.tensor(case, name)?;
            if mask
                .as_i64()
                .is_some_and(|mask| mask.iter().any(|&bit| bit == 0))
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Runs the raw inputs of a case through the skill and compares its outputs, one row an item, with one stored tensor.
pub(crate) fn from_raw_input<T: Exercise>(
    session: &Session<T>,
    reference: &Reference,
    case: &Case,
) -> Result<Vec<Finding>, Error> {
    let output = T::reference_output();
    if !reference.stored(case).any(|(name, _)| name == output) {
        return Ok(Vec::new());
    }
    let Some(items) = T::reference_items(session, reference, case)? else {
        return Ok(Vec::new());
    };
    let outputs = session.run_batch(&items)?.output;
    let rows: Vec<_> = outputs.iter().map(T::values).collect();
    let width = rows.first().map_or(0, Vec::len);
    let values = Array2::from_shape_vec((rows.len(), width), rows.concat())
        .map_err(|error| Error::InvalidInput(format!("outputs of different length: {error}")))?;
    let compared = reference.compare(case, output, &Tensor::from(values))?;
    Ok(vec![Finding::Tensor(compared)])
}
