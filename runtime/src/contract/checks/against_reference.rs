//! Outputs equal what Hugging Face transformers computed from the same checkpoint.

use crate::checkpoint::Source;
use crate::contract::cell::Bench;
use crate::contract::exercise::Exercise;
use crate::contract::outcome::{Outcome, Stop, Why};
use crate::contract::tolerance;
use crate::error::Error;
use crate::reference::Reference;
use crate::verify::{self, Finding};

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
    let found = verify::verify(session, &reference)?;
    let addition = tolerance::addition_of(session.execution().evidence());
    let differs = |finding: &&Finding| !finding.holds_within(addition);
    if let Some(failed) = found.findings().find(differs) {
        return Err(Stop::failed(failed.to_string()));
    }
    // A reference that compared nothing, or nothing from raw input, proves nothing.
    let needs_tensors = session.graphs().has("model");
    if found.from_raw_input.is_empty() || (needs_tensors && found.from_tensors.is_empty()) {
        return Err(Stop::failed(format!(
            "expected results to compare, found {} from tensors and {} from raw input",
            found.from_tensors.len(),
            found.from_raw_input.len()
        )));
    }
    let by_share = |a: &&Finding, b: &&Finding| {
        f64::total_cmp(&a.share_of_tolerance(), &b.share_of_tolerance())
    };
    let closest = found.findings().max_by(by_share);
    let closest = closest.map_or_else(String::new, |finding| {
        format!(
            "; closest to its tolerance: {} with {:.1} % of it",
            finding.name(),
            finding.share_of_tolerance() * 100.0
        )
    });
    Ok(format!(
        "{} results from tensors, {} from raw input{closest}",
        found.from_tensors.len(),
        found.from_raw_input.len(),
    ))
}
