//! Facade of the questions one can ask the registry: each function returns a value that renders itself.

mod error;
mod explain;
mod export;
mod list;
mod propose;

mod support;
mod table;

pub use error::QueryError;
pub use explain::{Change, Explanation, Fact, Origin, Overridden, explain};
pub use export::{registry_csv, registry_json};
pub use list::{families, models, tasks};
pub use propose::{Proposal, propose};

pub use support::{Grouping, grades, support, support_json};
pub use table::{Format, Table};
