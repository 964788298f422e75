//! Facade of the templates: which there are, where their text comes from, and the engine that fills them in.

mod engine;
mod filter;
mod kind;
mod load;

pub use engine::Templates;
pub use kind::Template;
pub use load::{TemplateFile, read_folder};
