//! Outputs equal what Hugging Face transformers computed from the same checkpoint.

use ndarray::Array2;

use crate::checkpoint::Source;
use crate::contract::cell::Bench;
use crate::contract::exercise::Exercise;
use crate::contract::outcome::{Outcome, Stop, Why};
use crate::error::Error;
use crate::reference::{Case, Comparison, Reference};
use crate::session::Session;
use crate::tensor::{NamedTensors, Tensor};

/// On an architecture's reference checkpoint, every stored tensor that the graph gives is within its stored tolerance, from
/// the stored preprocessed inputs and from the raw ones. Anything else has no independent reference.
///
/// # Errors
/// [`Stop`].
pub fn equals_the_reference<T: Exercise>(bench: &Bench<T>) -> Outcome {
    let session = bench.session()?;
    if !matches!(session.checkpoint().source(), Source::Reference { .. }) {
        let reason = format!(
            "no independent reference for {}",
            session.checkpoint().identity()
        );
        return Err(Stop::ignored(Why::NoReference, reason));
    }
    let reference = Reference::load(session.checkpoint().root()).map_err(Error::from)?;
    let mut tally = Tally::default();
    for case in reference.cases() {
        from_tensors(session, &reference, case, &mut tally)?;
        from_raw_input(session, &reference, case, &mut tally)?;
        let comparisons = T::compare(session, &reference, case)?;
        if !comparisons.is_empty() {
            tally.cases += 1;
            tally.raw += 1;
        }
        for comparison in comparisons {
            tally.add(comparison)?;
        }
    }
    tally.outcome()
}

/// Feeds the stored preprocessed tensors and compares every stored output that the graph gives.
fn from_tensors<T: Exercise>(
    session: &Session<T>,
    reference: &Reference,
    case: &Case,
    tally: &mut Tally,
) -> Result<(), Stop> {
    let stored: Vec<_> = reference.stored(case).map(|(name, _)| name).collect();
    let Ok(graph) = session.graphs().find("model") else {
        // A skill of several graphs is compared from raw input.
        return Ok(());
    };
    if !graph
        .inputs()
        .iter()
        .all(|input| stored.contains(&input.name.as_str()))
    {
        // The case stores no tensors, as the tokenizer's own do not.
        return Ok(());
    }
    let mut feeds = NamedTensors::new();
    for input in graph.inputs() {
        feeds.insert(
            input.name.clone(),
            reference.tensor(case, &input.name).map_err(Error::from)?,
        );
    }
    let outputs = graph.forward(&feeds)?;
    for (name, output) in outputs.iter().filter(|(name, _)| stored.contains(name)) {
        tally.add(reference.compare(case, name, output).map_err(Error::from)?)?;
    }
    tally.cases += 1;
    Ok(())
}

/// Runs the raw inputs through the skill and compares what it gives.
fn from_raw_input<T: Exercise>(
    session: &Session<T>,
    reference: &Reference,
    case: &Case,
    tally: &mut Tally,
) -> Result<(), Stop> {
    let output = T::reference_output();
    if !reference.stored(case).any(|(name, _)| name == output) {
        return Ok(());
    }
    let Some(items) = T::reference_items(session, reference, case)? else {
        return Ok(());
    };
    let rows: Vec<_> = session
        .run_batch(&items)?
        .output
        .iter()
        .map(T::values)
        .collect();
    let width = rows.first().map_or(0, Vec::len);
    let values = Array2::from_shape_vec((rows.len(), width), rows.concat())
        .map_err(|error| Stop::failed(format!("outputs of different length: {error}")))?;
    tally.add(
        reference
            .compare(case, output, &Tensor::from(values))
            .map_err(Error::from)?,
    )?;
    tally.raw += 1;
    Ok(())
}

/// What was compared, and the comparison that came closest to its tolerance.
#[derive(Default)]
struct Tally {
    cases: usize,
    raw: usize,
    compared: usize,
    closest: Option<Comparison>,
}

impl Tally {
    /// Counts a comparison that holds.
    fn add(&mut self, comparison: Comparison) -> Result<(), Stop> {
        if !comparison.holds() {
            return Err(Stop::failed(comparison.to_string()));
        }
        self.compared += comparison.compared;
        let share = |comparison: &Comparison| comparison.max_abs_diff / comparison.atol;
        if self
            .closest
            .as_ref()
            .is_none_or(|closest| share(&comparison) > share(closest))
        {
            self.closest = Some(comparison);
        }
        Ok(())
    }

    /// A reference that compared nothing, or nothing from raw input, proves nothing.
    fn outcome(self) -> Outcome {
        match self.closest {
            Some(closest) if self.cases > 0 && self.raw > 0 => Ok(format!(
                "{} values of {} cases, {} of them from raw input; closest to its tolerance: {} with {:.1e} of {:.0e}",
                self.compared,
                self.cases,
                self.raw,
                closest.name,
                closest.max_abs_diff,
                closest.atol
            )),
            _ => Err(Stop::failed(format!(
                "expected tensors to compare, found {} cases with tensors and {} with raw input",
                self.cases, self.raw
            ))),
        }
    }
}
