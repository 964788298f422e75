//! Outputs have the promised form, are finite and repeat.

use std::collections::BTreeSet;

use super::repeated;
use crate::contract::cell::Bench;
use crate::contract::exercise::Exercise;
use crate::contract::outcome::{Outcome, Stop};
use crate::session::Run;

/// Every output is finite and holds as many numbers as the checkpoint's own files promise.
///
/// # Errors
/// [`Stop`].
pub fn output_is_finite_and_has_the_promised_shape<T: Exercise>(bench: &Bench<T>) -> Outcome {
    let session = bench.session()?;
    let mut numbers = BTreeSet::new();
    let examples = repeated(bench)?;
    for (index, example) in examples.iter().enumerate() {
        let output = session.run(example.clone())?.output;
        let promised = T::promised_of(session, &output)?;
        let values = T::values(&output);
        if values.len() != promised {
            let text = format!(
                "example {index}: expected {promised} values, got {}",
                values.len()
            );
            return Err(Stop::failed(text));
        }
        if let Some(position) = values.iter().position(|value| !value.is_finite()) {
            let text = format!(
                "example {index}: expected finite values, got {} at {position}",
                values[position]
            );
            return Err(Stop::failed(text));
        }
        if promised > 1
            && values
                .iter()
                .all(|value| value.to_bits() == values[0].to_bits())
        {
            return Err(Stop::failed(format!(
                "example {index}: all {promised} values are {}",
                values[0]
            )));
        }
        numbers.insert(promised);
    }
    let numbers: Vec<_> = numbers.iter().map(usize::to_string).collect();
    Ok(format!(
        "{} finite values for each of {} examples",
        numbers.join(", "),
        examples.len()
    ))
}

/// The same input gives the same output, to the bit.
///
/// # Errors
/// [`Stop`].
pub fn is_deterministic<T: Exercise>(bench: &Bench<T>) -> Outcome {
    let times = if bench.is_slow() { 2 } else { 3 };
    let session = bench.session()?;
    let examples = repeated(bench)?;
    let mut told = String::new();
    for (index, example) in examples.iter().enumerate() {
        let first = session.run(example.clone())?.output;
        for time in 2..=times {
            let run = session.run(example.clone())?;
            if run.output != first {
                let text =
                    format!("example {index}: run {time} differs from run 1, expected equal bits");
                return Err(Stop::failed(text));
            }
            told = beside_prediction(&run);
        }
    }
    Ok(format!(
        "{} examples equal to the bit in {times} runs{told}",
        examples.len()
    ))
}

/// What a run took beside what was predicted, where something was.
fn beside_prediction<O>(run: &Run<O>) -> String {
    let Ok(prediction) = &run.predicted else {
        return String::new();
    };
    let measured = run.timing.graphs.map_or_else(String::new, |time| {
        format!(" in {:.2} ms", time.as_secs_f64() * 1e3)
    });
    format!("; the last one{measured}, {prediction}")
}
