//! Renders the registry into Rust: skills and their tests.

pub mod cli;
pub mod error;
pub mod matrix;
pub mod query;
pub mod registry;
pub mod render;
pub mod rust;
pub mod select;
pub mod source;
pub mod template;
pub mod tree;
pub mod view;
pub mod write;
