//! Predictions of time and memory: what a query has to do is counted right, the command says what it rests on, and held-out
//! families are predicted as well as the documentation says.
#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking too"
)]

mod command;
mod counted;
mod held_out;
