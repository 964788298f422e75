//! Which engine runs a cell on this machine.

use std::env;

use super::browser::BrowserEngine;
use super::ort::OrtEngine;
use super::{Engine, ProviderOptions, Simulated};
use crate::cache::Progress;
use crate::catalog::{Cell, Model, Platform, Support};
use crate::error::Error;

/// The environment variable that lets a browser run `webgpu` in place of the native library: `browser`.
const WEBGPU_ENGINE: &str = "ASSAY_WEBGPU_ENGINE";

/// The engine of a cell in this process: the platform's own; for a cell that the registry declares simulated, the CPU on
/// its behalf where the platform's own is not at hand and no options of the platform are given.
///
/// # Errors
/// [`Error::Unsupported`] by the registry, [`Error::Unavailable`] or [`Error::Distribution`] where the platform is absent,
/// [`Error::OtherLibrary`] where the process has loaded another platform's library.
pub fn of_cell(
    model: &Model,
    cell: &Cell,
    options: &ProviderOptions,
    progress: &dyn Progress,
) -> Result<Box<dyn Engine>, Error> {
    let is_specific = !options.differing(cell.platform).is_empty();
    match cell.support {
        Support::Native => of_platform(cell.platform, progress),
        // Running for real wins over what is declared.
        Support::Simulated { .. } => match of_platform(cell.platform, progress) {
            Err(absence) if absence.is_absence() && !is_specific => {
                instead(cell, absence.chain(), progress)
            }
            found => found,
        },
        Support::Unsupported { reason } => Err(Error::Unsupported {
            model: model.id,
            platform: cell.platform,
            reason,
        }),
    }
}

/// The engine that stands in for a cell's own, which does not run it for the given reason.
///
/// # Errors
/// Those of the CPU's own engine.
pub fn instead(
    cell: &Cell,
    because: String,
    progress: &dyn Progress,
) -> Result<Box<dyn Engine>, Error> {
    let cpu = OrtEngine::cpu_here(progress)?;
    Ok(Box::new(Simulated::new(cell.platform, cpu, because)))
}

/// The engine that runs a platform for real in this process.
///
/// # Errors
/// [`Error::Unavailable`] or [`Error::Distribution`] where the platform is absent, [`Error::OtherLibrary`] where the process
/// has loaded another platform's library.
pub fn of_platform(platform: Platform, progress: &dyn Progress) -> Result<Box<dyn Engine>, Error> {
    let in_browser = match platform {
        Platform::WebNn => true,
        Platform::WebGpu => env::var_os(WEBGPU_ENGINE).is_some_and(|engine| engine == "browser"),
        _ => false,
    };
    if in_browser {
        return Ok(Box::new(BrowserEngine::load(platform, progress)?));
    }
    Ok(Box::new(OrtEngine::load(platform, progress)?))
}

/// The CPU provider of the library that this process has loaded; that of `cpu` where it has loaded none.
///
/// # Errors
/// [`Error::Distribution`] where no library is to be had.
pub fn cpu_here(progress: &dyn Progress) -> Result<Box<dyn Engine>, Error> {
    Ok(Box::new(OrtEngine::cpu_here(progress)?))
}
