//! `assay summary`: what the test processes of all platforms came to, in one table.

use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;

use super::output::{self, Failure, Format};
use crate::contract::Tally;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder with what test processes kept; by default that of the build which this program belongs to.
    folder: Option<PathBuf>,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let folder = arguments.folder.clone().or_else(Tally::folder);
    let folder = folder.ok_or_else(|| Failure::bad_input("name the folder to read"))?;
    let tallies = Tally::kept(&folder).map_err(|error| Failure::bad_input(error.to_string()))?;
    if tallies.is_empty() {
        return Err(Failure::failed(format!(
            "{} holds nothing yet; `cargo test -p generated` runs the cells of all platforms",
            folder.display()
        )));
    }
    match arguments.format {
        Format::Text => output::print(&Tally::table(&tallies, SystemTime::now())),
        Format::Json => output::print_json(&serde_json::json!(tallies)),
    }
}
