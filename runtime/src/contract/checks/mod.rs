//! The checks themselves.

mod against_cpu;
mod against_reference;
mod batches;
mod loading;
mod outputs;
mod refusals;

pub use against_cpu::agrees_with_the_cpu;
pub use against_reference::equals_the_reference;
pub use batches::{
    batch_equals_single_runs, ragged_batch_equals_single_runs, two_threads_equal_one,
};
pub use loading::{is_placed_on_its_provider, loads};
pub use outputs::{is_deterministic, output_is_finite_and_has_the_promised_shape};
pub use refusals::{rejects_empty_input, rejects_malformed_input, rejects_oversized_input};

use super::cell::Bench;
use super::exercise::Exercise;
use super::outcome::{Stop, Why};

/// The task's examples, or the reason why there are none.
fn examples<T: Exercise>() -> Result<Vec<T::Input>, Stop> {
    let examples = T::examples();
    if examples.is_empty() {
        return Err(no_typed_input());
    }
    Ok(examples)
}

/// The examples for a check that needs no more than one: one alone where a run can take a second.
fn repeated<T: Exercise>(bench: &Bench<T>) -> Result<Vec<T::Input>, Stop> {
    let mut examples = examples::<T>()?;
    if bench.is_slow() {
        examples.truncate(1);
    }
    Ok(examples)
}

/// Why a check of typed input cannot be made.
fn no_typed_input() -> Stop {
    Stop::ignored(
        Why::NotApplicable,
        "the task takes raw tensors, which have no examples",
    )
}
