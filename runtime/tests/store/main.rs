//! The store of benchmark rows: nothing that was acknowledged is lost, nothing that is there is changed.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod basics;
mod exchange;
mod files;
mod filters;
mod migrations;
mod processes;
mod rows;
