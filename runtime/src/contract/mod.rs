//! The contract of a cell: checks that a generated test file lists by name, each one call.
//!
//! A check that passes says what it proved; one that cannot be made says why and counts as ignored; one that fails names
//! what was expected, what was got, the tolerance and the command that repeats it alone.

mod cell;
mod checks;
mod exercise;
mod measure;
mod outcome;
mod proof;
mod run;
mod sharing;
mod summary;
mod tally;
pub(crate) mod tolerance;

pub use cell::{CellContract, cell, unsupported};
pub use checks::{
    agrees_with_the_cpu, batch_equals_single_runs, equals_the_reference, is_deterministic,
    is_placed_on_its_provider, loads, output_is_finite_and_has_the_promised_shape,
    ragged_batch_equals_single_runs, rejects_empty_input, rejects_malformed_input,
    rejects_oversized_input, two_threads_equal_one,
};
pub use exercise::Exercise;
pub use measure::{Bound, Measure};
pub use outcome::{Outcome, Stop};
pub use proof::{Proof, State, prove};
pub use run::{Trial, run};
pub use tally::Tally;
pub use tolerance::Tolerance;
