//! Which model a command means.

use super::output::Failure;
use crate::Error;
use crate::catalog::{Catalog, Entry};
use crate::checkpoint::Checkpoint;
use crate::verify::model_of;

/// The model of that id or family.
pub(super) fn named(catalog: &Catalog, name: &str) -> Result<&'static Entry, Failure> {
    catalog
        .find(name)
        .map_err(|error| Failure::bad_input(error.to_string()))
}

/// The model of that id or family; without one, the model whose architecture the checkpoint's `config.json` names.
pub(super) fn of_checkpoint(
    catalog: &Catalog,
    name: Option<&str>,
    checkpoint: &Checkpoint,
) -> Result<&'static Entry, Failure> {
    if let Some(name) = name {
        return named(catalog, name);
    }
    let config = checkpoint.json("config.json").map_err(Error::from)?;
    named(catalog, model_of(catalog, &config.unwrap_or_default())?)
}
