//! Facade of rendering: from a view and its template to the checked text of a file. No input or output happens here.

mod file;
mod header;
mod language;
mod parse;

pub use file::{Rendered, Renderer, Subject, paths};
pub use header::{Provenance, provenance, stamp};
pub use parse::check;
