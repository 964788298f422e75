//! The cell loads, and its nodes are where the registry demands them.

use crate::contract::cell::Bench;
use crate::contract::exercise::Exercise;
use crate::contract::outcome::{Outcome, Stop, Why};
use crate::engine::Execution;

/// The skill loads: library, checkpoint, export and graph.
///
/// # Errors
/// [`Stop`].
pub fn loads<T: Exercise>(bench: &Bench<T>) -> Outcome {
    let session = bench.session()?;
    let seconds = session.load_time().as_secs_f64();
    Ok(format!(
        "{} in {seconds:.2} s, {}",
        session.checkpoint().identity(),
        session.execution()
    ))
}

/// The graph's nodes are on the platform's execution provider, as the engine's own record says.
///
/// # Errors
/// [`Stop`].
pub fn is_placed_on_its_provider<T: Exercise>(bench: &Bench<T>) -> Outcome {
    match bench.session()?.execution() {
        Execution::Native(evidence) => match evidence.satisfies(bench.skill.cell.placement) {
            Ok(()) => Ok(evidence.to_string()),
            Err(shortfall) => Err(Stop::failed(format!(
                "expected placement {:?} on {}, got: {shortfall}",
                bench.skill.cell.placement,
                evidence.provider()
            ))),
        },
        Execution::Simulated { .. } => {
            let reason = format!(
                "simulated: nothing was placed on {}",
                bench.skill.cell.platform
            );
            Err(Stop::ignored(Why::NotApplicable, reason))
        }
    }
}
