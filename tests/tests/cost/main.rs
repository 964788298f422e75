//! What graphs compute and move: shapes as ONNX Runtime finds them, and multiplications as configurations say them.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests share fails by panicking too"
)]

mod against_onnxruntime;
mod bytes;
mod closed_forms;
mod forms;
mod graphs;
mod sessions;
