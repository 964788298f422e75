//! What a faulty registry is told: every kind of fault with its message, singly and all together.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in the functions it shares with others"
)]

mod files;
mod fixture;
mod hostile;
mod mutated;
mod rules;
mod shape;
mod together;
