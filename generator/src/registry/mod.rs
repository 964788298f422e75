//! Facade of the registry: the YAML files of `model_registry/` as checked, typed values.
//!
//! One reading of the files serves all: [`load`] turns each into a tree with marks, checks the tree against the JSON
//! Schema of the types in this module and against the rules that span keys and files, reports every fault of every
//! file at once, and only then builds the typed values from the same trees.

mod check;
pub(crate) mod constraint;
mod document;
mod family;
mod fault;
mod faults;
mod graph;
mod load;
mod module_name;
mod names;
mod parse;
mod platform;
mod profile;
mod read;
pub mod recipe;
mod rules;
mod scalar;
mod schema;
mod shape;
pub(crate) mod text;
pub(crate) mod tree;

pub use document::{Document, Registry};
pub use family::{
    Architecture, Exception, FamilyFile, Memory, ModelEntry, PlacementDemand, Synthetic,
};
pub use fault::{Fault, FaultKind};
pub use faults::Faults;
pub use graph::{GraphForm, Lengths};
pub use load::{from_texts, load};
pub use module_name::module_name;
pub use names::{
    Claim, Grade, Group, IdWidth, KvCache, Modality, Platform, Precision, Shapes, TaskName,
};
pub use platform::{PlatformFile, PrecisionDefault, SupportDefault};
pub use profile::{HeldOut, Profile};
pub(crate) use scalar::is_text as text_scalar;
pub use schema::schema_files;
pub use tree::Mark;
