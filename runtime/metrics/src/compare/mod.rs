//! Whether one thing is faster than another: pairs of fresh processes, a permutation test, and a null arm that must find
//! nothing.

mod order;
mod signed_rank;
#[cfg(test)]
mod simulated;
mod verdict;

pub use order::{Arm, order};
pub use signed_rank::p_value;
pub use verdict::{Block, Comparison, LEAST_PAIRS, Rules, TooFewPairs, Verdict, compare, median};
