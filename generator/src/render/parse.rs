//! Parses rendered text before anybody sees it.

use super::file::Rendered;
use crate::error::{Error, NotRust, Result};
use crate::template::Templates;

/// Checks that a rendered file is Rust.
///
/// # Errors
/// [`Error::NotRust`] with the place, the template and what was being rendered.
pub fn check(rendered: &Rendered, templates: &Templates) -> Result<()> {
    let Err(error) = syn::parse_file(&rendered.text) else {
        return Ok(());
    };
    let start = error.span().start();
    let text = rendered
        .text
        .lines()
        .nth(start.line.saturating_sub(1))
        .unwrap_or_default();
    Err(Error::from(Box::new(NotRust {
        path: rendered.path.clone(),
        line: start.line,
        column: start.column + 1,
        message: error.to_string(),
        text: text.to_owned(),
        template: templates.origin(rendered.template),
        subject: rendered.subject.to_string(),
    })))
}
