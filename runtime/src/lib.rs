//! Runs Hugging Face models on ONNX Runtime, and proves where they ran.

pub mod bench;
pub mod bisect;
pub mod cache;
pub mod catalog;
pub mod checkpoint;
pub mod cli;
pub mod contract;
pub mod cost;
pub mod distribution;
pub mod engine;
mod error;
pub mod generation;
pub mod peaks;
pub mod predict;
pub mod processor;
pub mod reference;
pub mod report;
pub mod session;
mod sha256;
pub mod skill;
pub mod store;
pub mod task;
pub mod tensor;
pub mod verify;
pub mod worker;

pub use error::Error;
pub use export;
