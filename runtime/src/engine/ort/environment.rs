//! The one ONNX Runtime library that a process can load.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;

use super::log;
use crate::distribution::Library;
use crate::error::Error;

/// A loaded library with its environment.
pub(super) struct Loaded {
    path: PathBuf,
    label: String,
    environment: Environment,
}

impl Loaded {
    /// Distribution and version.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// Kept for the life of the process: ONNX Runtime cannot be unloaded.
static LOADED: Mutex<Option<Arc<Loaded>>> = Mutex::new(None);

/// Loads the library, or gives the one that is loaded if it is the same file.
pub(super) fn load(library: &Library) -> Result<Arc<Loaded>, Error> {
    let mut slot = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = slot.as_ref() {
        if loaded.path == library.path {
            return Ok(Arc::clone(loaded));
        }
        return Err(Error::OtherLibrary {
            loaded: loaded.path.clone(),
            wanted: library.path.clone(),
        });
    }
    let environment = ort::init_from(&library.path)
        .map_err(|source| Error::LibraryLoad {
            path: library.path.clone(),
            reason: source.to_string(),
        })?
        .with_name("assay")
        .with_logger(log::receiver())
        .build()
        .map_err(Error::engine("create the ONNX Runtime environment"))?;
    environment.set_log_level(ort::logging::LogLevel::Error);
    let loaded = Arc::new(Loaded {
        path: library.path.clone(),
        label: label(library),
        environment,
    });
    *slot = Some(Arc::clone(&loaded));
    Ok(loaded)
}

/// The library that this process has loaded.
pub(super) fn loaded() -> Option<Arc<Loaded>> {
    LOADED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Distribution and version, or the file where it is one of the user's.
fn label(library: &Library) -> String {
    let name = library.distribution.map_or_else(
        || library.path.display().to_string(),
        |wheel| wheel.package.to_owned(),
    );
    match &library.version {
        Some(version) => format!("{name} {version}"),
        None => name,
    }
}
