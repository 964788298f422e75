//! The one error type of the generator; its texts name the file and the way out.

use std::io;
use std::path::PathBuf;

use crate::query::QueryError;
use crate::registry::Faults;
use crate::registry::text::{Quoted, hint};

/// A fallible step of the generator.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the generator stopped. Whatever it is, nothing has been written, unless it is [`Error::Write`].
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    /// The registry is wrong.
    #[error("{folder}: {faults}", folder = folder.display())]
    Registry { folder: PathBuf, faults: Faults },
    /// A name that is not in the registry.
    #[error("unknown {kind} {} ({list}){}", Quoted(found), hint(nearest.as_deref()))]
    Unknown {
        kind: &'static str,
        found: String,
        nearest: Option<String>,
        list: &'static str,
    },
    /// A question without an answer.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Filters that leave nothing.
    #[error("no model matches {filters}; `gen --list-only` lists all of them")]
    NothingSelected { filters: String },
    /// No registry was named and none was found.
    #[error(
        "no `model_registry` beside a `templates` folder in {start} or above it; run `gen` inside the workspace, or name both with \
         --registry and --templates", start = start.display()
    )]
    NoWorkspace { start: PathBuf },
    /// No place to write to.
    #[error("nowhere to write: {start} is in no workspace; name a folder with --output-dir", start = start.display())]
    NoOutput { start: PathBuf },
    /// `--check` against what was compiled into `gen`.
    #[error(
        "--check compares with a registry on disk, and this one is compiled in; name one with --registry"
    )]
    EmbeddedCheck,
    /// A place for schemas that is inside the program.
    #[error(
        "the registry is compiled in, and schemas belong beside one on disk; name one with --registry"
    )]
    EmbeddedSchema,
    /// A template that cannot be read.
    #[error("template {path} cannot be read", path = path.display())]
    ReadTemplate { path: PathBuf, source: io::Error },
    /// A template that nothing renders.
    #[error(
        "{path} is no template of this generator{}; what other templates include goes below partials/",
        hint(nearest.as_deref()), path = path.display()
    )]
    StrayTemplate {
        path: PathBuf,
        nearest: Option<String>,
    },
    /// A template that is not there.
    #[error(
        "template {path} is missing; give it with --templates, or run `gen` inside the workspace"
    )]
    MissingTemplate { path: &'static str },
    /// Any of these, with what was being rendered.
    #[error("{subject}")]
    About { subject: String, source: Box<Error> },
    /// A template that is not well-formed, or does not fit its data.
    #[error("template cannot be rendered")]
    Template { source: tera::Error },
    /// A template that writes a value as it is.
    #[error(
        "template {path} writes a value as it is; pass it through a filter: rust_str, rust_ident, rust_int, rust_float, \
         rust_bool, rust_option, doc_prose or doc_code", path = path.display()
    )]
    UnfilteredValue { path: PathBuf },
    /// A rendered file that is no Rust.
    #[error(transparent)]
    NotRust(#[from] Box<NotRust>),
    /// Something other than a folder or file where one belongs.
    #[error("{path} is {found} where `gen` keeps {expected}; move it away", path = path.display())]
    Obstacle {
        path: PathBuf,
        found: &'static str,
        expected: &'static str,
    },
    /// A file or folder of the output that cannot be read.
    #[error("{path} cannot be read", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file that cannot be written; those before it are.
    #[error("{path} cannot be written; what was written before it is whole, run `gen` again", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    /// A program that cannot be started.
    #[error("`{program}` cannot be started")]
    Start { program: String, source: io::Error },
    /// Standard output is closed or full.
    #[error("standard output cannot be written")]
    Print(#[source] io::Error),
    /// More workers than the machine gives.
    #[error("{workers} workers cannot be started")]
    Workers {
        workers: usize,
        source: rayon::ThreadPoolBuildError,
    },
}

/// Where rendered text is no Rust, and what it was rendered from.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path}:{line}:{column}: rendered text is no Rust: {message}\n  | {text}\n  template {template}, {subject}; nothing was \
     written", template = template.display()
)]
#[expect(missing_docs, reason = "the message says what the fields are")]
pub struct NotRust {
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub message: String,
    pub text: String,
    pub template: PathBuf,
    pub subject: String,
}
