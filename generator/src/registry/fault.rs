//! One thing wrong in the registry: where it stands, what was found there and what is allowed.

use serde::Serialize;

use super::text::{Listed, Quoted, hint};
use super::tree::Mark;

/// One thing wrong in the registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// The file, relative to the registry, with forward slashes.
    pub file: String,
    /// Where in the file.
    #[serde(flatten)]
    pub mark: Mark,
    /// The path of keys to it, such as `models[2].memory.min_mib`; empty for the file itself.
    pub path: String,
    /// What is wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum FaultKind {
    /// The file or folder cannot be read.
    #[error("cannot be read: {cause}")]
    Unreadable { cause: String },
    /// A folder or device stands where a file should be.
    #[error("is not a regular file; expected {expected}")]
    NotAFile { expected: String },
    /// The file is larger than any registry file needs to be.
    #[error("is {found} bytes long; at most {allowed} are read: split the family")]
    TooLarge { found: u64, allowed: u64 },
    /// The file is not text.
    #[error("is not UTF-8: byte {offset} is invalid; save it as UTF-8")]
    NotUtf8 { offset: usize },
    /// The file begins with a byte order mark.
    #[error("begins with a byte order mark; save it as UTF-8 without one")]
    ByteOrderMark,
    /// The file holds no document.
    #[error("is empty; expected {expected}")]
    Empty { expected: String },
    /// A file the registry does not expect.
    #[error("is no registry file; expected {expected}")]
    StrayFile { expected: String },
    /// A platform or folder without its file.
    #[error("is missing; every registry has one")]
    MissingFile,
    /// The parser gave up.
    #[error("is not valid YAML: {cause}")]
    Syntax { cause: String },
    /// Nested more deeply than any registry file needs to be.
    #[error("is nested more than {allowed} levels deep")]
    TooDeep { allowed: usize },
    /// An anchor or alias.
    #[error("anchors and aliases are not supported; write the value out")]
    Anchor,
    /// A tag such as `!!binary`.
    #[error("tag {} is not supported; leave it out", Quoted(found))]
    Tag { found: String },
    /// A second document in one file.
    #[error("a second document begins here; one file holds one document")]
    SecondDocument,
    /// A key that is a mapping or a sequence.
    #[error("a key is {found}; expected text")]
    KeyNotText { found: String },
    /// The same key twice in one mapping.
    #[error("duplicate key; the first one is on line {first}")]
    DuplicateKey { first: usize },
    /// Infinity or not a number.
    #[error("{} is not a finite number", Quoted(found))]
    NotFinite { found: String },
    /// A character that reorders or hides text, or controls a terminal.
    #[error("contains the character U+{found:04X}, which controls how text is shown; leave it out")]
    ControlCharacter { found: u32 },
    /// A key nobody reads.
    #[error("unknown key{}; allowed here: {}", hint(nearest.as_deref()), Listed(allowed))]
    UnknownKey {
        nearest: Option<String>,
        allowed: Vec<String>,
    },
    /// A key that must be there.
    #[error("missing key {}", Quoted(key))]
    MissingKey { key: String },
    /// A value of another type.
    #[error("found {found}; expected {expected}")]
    WrongType { found: String, expected: String },
    /// A value outside a closed set.
    #[error("unknown value {}{}; allowed: {}", Quoted(found), hint(nearest.as_deref()), Listed(allowed))]
    UnknownValue {
        found: String,
        nearest: Option<String>,
        allowed: Vec<String>,
    },
    /// A number outside its range.
    #[error("{found} is out of range; allowed: {allowed}")]
    OutOfRange { found: String, allowed: String },
    /// A string that is not of the expected form.
    #[error("{} is not of the expected form; expected {expected}", Quoted(found))]
    WrongForm { found: String, expected: String },
    /// A string or sequence that is too short or too long.
    #[error("has {found} {unit}; allowed: {allowed}")]
    WrongLength {
        found: usize,
        unit: &'static str,
        allowed: String,
    },
    /// The same element twice.
    #[error("{} is listed twice", Quoted(found))]
    Repeated { found: String },
    /// The name in the file is not the file's name.
    #[error(
        "{} is not the file's name; rename the file to {}",
        Quoted(found),
        Quoted(expected)
    )]
    NotTheFileName { found: String, expected: String },
    /// The same model id twice, in this or another file.
    #[error("duplicate model id {}; the first one is in {first}", Quoted(found))]
    DuplicateModel { found: String, first: String },
    /// An id whose Rust module is the module of something else.
    #[error(
        "{} becomes the Rust module {}, which is {owner}; choose another id",
        Quoted(found),
        Quoted(module)
    )]
    ModuleTaken {
        found: String,
        module: String,
        owner: String,
    },
    /// Not exactly one model of a family is its default.
    #[error(
        "{found} models say `default: true`; exactly one does, because the family's name stands for it"
    )]
    DefaultModel { found: usize },
    /// A claim without its reason.
    #[error("a default of {found} needs a `reason`, which every cell that inherits it shows")]
    MissingReason { found: String },
    /// An exception that changes nothing.
    #[error("changes nothing; give at least one of: {}", Listed(allowed))]
    EmptyException { allowed: Vec<String> },
    /// A claim the platform's file rules out.
    #[error(
        "{} contradicts {file}, which allows: {}",
        Quoted(found),
        Listed(allowed)
    )]
    ContradictsPlatform {
        found: String,
        file: String,
        allowed: Vec<String>,
    },
    /// A precision the platform does not compute in.
    #[error(
        "{} is no precision of {platform}; allowed by {file}: {}",
        Quoted(found),
        Listed(allowed)
    )]
    IllegalPrecision {
        found: String,
        platform: String,
        file: String,
        allowed: Vec<String>,
    },
    /// A restriction that leaves a platform without any precision.
    #[error("leaves no precision for {platform}, which runs {}", Listed(allowed))]
    NoPrecisionLeft {
        platform: String,
        allowed: Vec<String>,
    },
    /// A size limit on a model's own exception.
    #[error("belongs to a family's exception; this one is about a single model already")]
    LimitOnModel,
    /// A default outside the allowed ones.
    #[error("{} is not among the allowed ones: {}", Quoted(found), Listed(allowed))]
    DefaultNotAllowed { found: String, allowed: Vec<String> },
    /// Two numbers that contradict each other.
    #[error("{found} contradicts {other}: {rule}")]
    Contradiction {
        found: String,
        other: String,
        rule: &'static str,
    },
    /// A recipe that reads a key its synthetic configuration lacks.
    #[error("lacks the key {}, which the recipe reads as `{reader}`", Quoted(key))]
    DanglingConfigKey { key: String, reader: String },
    /// Two recipes for one architecture.
    #[error("stands beside `{first}`; an architecture has one recipe")]
    SecondRecipe {
        /// The section of the first.
        first: &'static str,
    },
    /// Checked, and still not a value of its type.
    #[error("cannot be read as its type: {cause}; this is a defect of the check, please report it")]
    Untyped { cause: String },
}
