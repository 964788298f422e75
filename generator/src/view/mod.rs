//! Facade of the views: what each template sees, with every decision taken.

mod aggregate;
mod cell;
mod family;
pub(crate) mod json;
mod model;
mod task;

pub use aggregate::{Alias, CatalogView, CrateView, FamiliesView, FamilyName, TestProcessView};
pub use cell::{SkillView, TestView};
pub use family::FamilyView;
pub use model::{CellName, ModelView};
pub use task::task_type;
