//! Which engine runs a cell on this machine.

use super::ort::OrtEngine;
use super::{Engine, Simulated};
use crate::cache::Progress;
use crate::catalog::{Cell, Model, Platform, Support};
use crate::error::Error;

/// The engine of a cell in this process: the platform's own where the registry says native, the CPU on its behalf where it
/// says simulated.
///
/// # Errors
/// [`Error::Unsupported`] by the registry, [`Error::Unavailable`] or [`Error::Distribution`] where the platform is absent,
/// [`Error::OtherLibrary`] where the process has loaded another platform's library.
pub fn of_cell(
    model: &Model,
    cell: &Cell,
    progress: &dyn Progress,
) -> Result<Box<dyn Engine>, Error> {
    match cell.support {
        Support::Native => Ok(Box::new(OrtEngine::load(cell.platform, progress)?)),
        Support::Simulated { .. } => Ok(Box::new(Simulated::new(
            cell.platform,
            OrtEngine::load(Platform::Cpu, progress)?,
        ))),
        Support::Unsupported { reason } => Err(Error::Unsupported {
            model: model.id,
            platform: cell.platform,
            reason,
        }),
    }
}
