//! Bad input ends in a typed error, never in an output.

use super::{examples, no_typed_input};
use crate::contract::cell::Bench;
use crate::contract::exercise::Exercise;
use crate::contract::outcome::{Outcome, Stop};
use crate::engine::browser::BrowserError;
use crate::error::Error;
use crate::tensor::NamedTensors;

/// An empty batch and empty items are refused.
///
/// # Errors
/// [`Stop`].
pub fn rejects_empty_input<T: Exercise>(bench: &Bench<T>) -> Outcome {
    let session = bench.session()?;
    let mut refusals = vec![refusal("an empty batch", session.run_batch(&[]))?];
    for (index, item) in T::empty().into_iter().enumerate() {
        refusals.push(refusal(&format!("empty item {index}"), session.run(item))?);
    }
    still_works(bench)?;
    Ok(refusals.join("; "))
}

/// Items larger than the model takes are refused, or truncated where the checkpoint says so.
///
/// # Errors
/// [`Stop`].
pub fn rejects_oversized_input<T: Exercise>(bench: &Bench<T>) -> Outcome {
    let session = bench.session()?;
    let oversized = T::oversized();
    if oversized.is_empty() {
        return Err(no_typed_input());
    }
    let mut proofs = Vec::new();
    for (index, item) in oversized.into_iter().enumerate() {
        let what = format!("oversized item {index}");
        if T::truncates(session.processor()) {
            let run = match session.run(item) {
                // What is cut for the model may still be more than the platform's graphs take or its process holds.
                Err(
                    error @ (Error::TooLong { .. } | Error::Browser(BrowserError::Crashed { .. })),
                ) => {
                    proofs.push(format!("{what}: {}", error.chain()));
                    continue;
                }
                run => run?,
            };
            let values = T::values(&run.output);
            if values.iter().any(|value| !value.is_finite()) {
                return Err(Stop::failed(format!(
                    "{what}: expected finite values after truncation"
                )));
            }
            proofs.push(format!("{what}: truncated, as the checkpoint says"));
        } else {
            proofs.push(refusal(&what, session.run(item))?);
        }
    }
    still_works(bench)?;
    Ok(proofs.join("; "))
}

/// Items that are not what they claim to be, and tensors the graph does not know, are refused.
///
/// # Errors
/// [`Stop`].
pub fn rejects_malformed_input<T: Exercise>(bench: &Bench<T>) -> Outcome {
    let session = bench.session()?;
    let stranger = NamedTensors::new().with("no_such_input", ndarray::arr1(&[0_i64]));
    let mut refusals = Vec::new();
    for (name, graph) in session.graphs().iter() {
        refusals.push(refusal(
            &format!("no tensors for `{name}`"),
            graph.forward(&NamedTensors::new()),
        )?);
        refusals.push(refusal(
            &format!("an unknown tensor for `{name}`"),
            graph.forward(&stranger),
        )?);
    }
    for (index, item) in T::malformed().into_iter().enumerate() {
        refusals.push(refusal(
            &format!("malformed item {index}"),
            session.run(item),
        )?);
    }
    still_works(bench)?;
    Ok(refusals.join("; "))
}

/// The error of a run that must be refused.
fn refusal<O>(what: &str, result: Result<O, Error>) -> Result<String, Stop> {
    match result {
        Err(error) => Ok(format!("{what}: {}", error.chain())),
        Ok(_) => Err(Stop::failed(format!(
            "{what}: expected a typed error, got an output"
        ))),
    }
}

/// A session that refused something still runs.
fn still_works<T: Exercise>(bench: &Bench<T>) -> Result<(), Stop> {
    let session = bench.session()?;
    match examples::<T>() {
        Ok(examples) => {
            for example in examples.into_iter().take(1) {
                session.run(example)?;
            }
            Ok(())
        }
        Err(Stop::Ignored { .. }) => Ok(()),
        Err(failed) => Err(failed),
    }
}
