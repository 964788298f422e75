//! Outputs agree with those of the CPU provider of the same library.

use super::examples;
use crate::contract::cell::Bench;
use crate::contract::exercise::Exercise;
use crate::contract::measure::Measure;
use crate::contract::outcome::{Outcome, Stop, Why};
use crate::contract::tolerance;
use crate::engine::Execution;

/// On the contract's examples the platform gives what the CPU provider gives from the same graphs, in the same process and
/// so by the same library (that of `cpu` where the platform runs in a browser), as the measures of the output's kind tell.
///
/// # Errors
/// [`Stop`].
pub fn agrees_with_the_cpu<T: Exercise>(bench: &Bench<T>) -> Outcome {
    let session = bench.session()?;
    let Execution::Native(evidence) = session.execution() else {
        let reason = "simulated: the CPU computed the outputs";
        return Err(Stop::ignored(Why::NotApplicable, reason));
    };
    let mut level = tolerance::other_provider(bench.precision());
    level.bound += tolerance::addition_of(evidence) as f32;
    let mut examples = examples::<T>()?;
    if bench.is_slow() {
        examples.truncate(1);
    }
    let beside = bench.on_the_cpu()?;
    let mut closest: Option<(f64, Measure)> = None;
    for (index, example) in examples.iter().enumerate() {
        let expected = beside.run(example.clone())?.output;
        let got = session.run(example.clone())?.output;
        for measure in T::measures(&expected, &got, level) {
            if !measure.holds() {
                return Err(Stop::failed(format!(
                    "example {index}: {measure}, level {}",
                    level.name
                )));
            }
            let share = measure.share_of_bound();
            if closest.as_ref().is_none_or(|(most, _)| share > *most) {
                closest = Some((share, measure));
            }
        }
    }
    let Some((_, closest)) = closest else {
        return Err(Stop::failed("nothing was compared"));
    };
    Ok(format!(
        "{} examples on {}; closest to its bound: {closest}",
        examples.len(),
        beside.execution()
    ))
}
