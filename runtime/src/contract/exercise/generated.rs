//! What a reference says about generated sequences.

use ndarray::Array3;
use serde::Deserialize;

use crate::error::Error;
use crate::generation::GenerationOptions;
use crate::reference::{Case, Reference};
use crate::task::{Ending, Generation};
use crate::tensor::Tensor;
use crate::verify::Finding;

/// What one call of transformers' `generate` gave.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Generated {
    /// What was asked.
    pub(super) call: Asked,
    /// One sequence an item.
    sequences: Vec<Sequence>,
}

/// What was asked of `generate`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Asked {
    pub(super) num_beams: Option<usize>,
    pub(super) max_new_tokens: Option<usize>,
    pub(super) repetition_penalty: Option<f32>,
    pub(super) language: Option<String>,
    pub(super) task: Option<String>,
    #[serde(default)]
    pub(super) return_timestamps: bool,
}

impl Asked {
    /// The choices that the call made for a decoder.
    fn options(&self) -> GenerationOptions {
        GenerationOptions {
            max_new_tokens: self.max_new_tokens,
            beams: self.num_beams,
            repetition_penalty: self.repetition_penalty,
            ..GenerationOptions::greedy()
        }
    }
}

/// A generated sequence.
#[derive(Debug, Clone, Deserialize)]
struct Sequence {
    token_ids: Vec<i64>,
    text: String,
    stopped_by_eos: bool,
}

/// The calls of a case by name, sorted.
pub(super) fn of(case: &Case) -> Result<Vec<(String, Generated)>, Error> {
    let Some(calls) = case.generated().as_object() else {
        return Ok(Vec::new());
    };
    let read = |(name, value): (&String, &serde_json::Value)| {
        let read = serde_json::from_value(value.clone());
        let read = read.map_err(|error| {
            Error::InvalidInput(format!("reference.json: `generated.{name}`: {error}"))
        })?;
        Ok((name.clone(), read))
    };
    calls.iter().map(read).collect()
}

/// Every call of a case, made again by `generate` with its choices, against what transformers gave.
pub(super) fn findings(
    case: &Case,
    mut generate: impl FnMut(&GenerationOptions) -> Result<Vec<Generation>, Error>,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for (name, expected) in of(case)? {
        let outputs = generate(&expected.call.options())?;
        for (index, (output, sequence)) in outputs.iter().zip(&expected.sequences).enumerate() {
            let name = format!("{}.{name}.{index}", case.name());
            let is_finished = output.ending == Ending::EndToken;
            findings.push(sequence.finding(name, &output.tokens, &output.text, is_finished));
        }
    }
    Ok(findings)
}

/// What a skill generated for an item.
#[derive(Clone, Copy)]
pub(super) struct Written<'o> {
    pub(super) tokens: &'o [i64],
    pub(super) text: &'o str,
    pub(super) is_finished: bool,
    /// Raw scores of the first steps, `(vocabulary)` each.
    pub(super) scores: &'o [Vec<f32>],
}

impl Generated {
    /// The sequences of a call of that name, and the scores of their first steps where they are stored, against what a
    /// skill generated.
    pub(super) fn findings(
        &self,
        reference: &Reference,
        case: &Case,
        name: &str,
        written: &[Written<'_>],
    ) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        for (index, (item, sequence)) in written.iter().zip(&self.sequences).enumerate() {
            let name = format!("{}.{name}.{index}", case.name());
            findings.push(sequence.finding(name, item.tokens, item.text, item.is_finished));
        }
        let stored = format!("{name}.step_logits");
        if reference.stored(case).any(|(known, _)| known == stored) {
            let scores: Vec<_> = written.iter().map(|item| item.scores).collect();
            let compared = reference.compare(case, &stored, &stacked(&scores)?)?;
            findings.push(Finding::Tensor(compared));
        }
        Ok(findings)
    }
}

/// Scores of several items as `(items, steps, vocabulary)`.
pub(super) fn stacked(items: &[&[Vec<f32>]]) -> Result<Tensor, Error> {
    let steps = items.first().map_or(0, |steps| steps.len());
    let width = items
        .first()
        .and_then(|steps| steps.first())
        .map_or(0, Vec::len);
    let flat = items.iter().flat_map(|steps| steps.concat()).collect();
    Array3::from_shape_vec((items.len(), steps, width), flat)
        .map(Tensor::from)
        .map_err(|error| Error::InvalidInput(format!("sequences of different length: {error}")))
}

impl Sequence {
    /// Tokens, text and reason to stop, which must be equal.
    fn finding(&self, name: String, tokens: &[i64], text: &str, is_finished: bool) -> Finding {
        let expected = (
            self.token_ids.as_slice(),
            self.text.as_str(),
            self.stopped_by_eos,
        );
        Finding::Equality {
            name,
            expected: format!("{expected:?}"),
            got: format!("{:?}", (tokens, text, is_finished)),
        }
    }
}
