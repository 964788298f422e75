//! ONNX Runtime as an engine. Only this folder names the `ort` crate.

mod affinity;
mod assignment;
mod binding;
mod bound;
mod device;
mod environment;
mod graph;
mod huge_pages;
mod log;
mod provider;
mod recorded;
mod turn;
mod value;

use std::path::Path;
use std::sync::Arc;

use self::environment::Loaded;
use self::graph::OrtGraph;
use self::provider::Provider;
use super::{Engine, Executable, OpenOptions};
use crate::cache::Progress;
use crate::catalog::Platform;
use crate::distribution::{self, Device, Library};
use crate::error::Error;

/// ONNX Runtime with the execution provider of one platform.
pub struct OrtEngine {
    platform: Platform,
    provider: Provider,
    loaded: Arc<Loaded>,
    devices: Vec<Device>,
    library: Option<Library>,
}

impl OrtEngine {
    /// Finds the platform's library and loads it into this process.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the platform has no ONNX Runtime provider or lacks its device,
    /// [`Error::Distribution`] where its library cannot be had, [`Error::OtherLibrary`] where another one is loaded.
    pub fn load(platform: Platform, progress: &dyn Progress) -> Result<Self, Error> {
        let provider = provider::of(platform)?;
        let policy = distribution::Policy::from_env()?;
        // Without a device the library need not even be there.
        let devices = distribution::probe(platform, &policy).devices;
        let devices = devices.map_err(|absent| Error::Unavailable {
            platform,
            reason: absent.reason,
        })?;
        let library = distribution::resolve(platform, &policy, progress)?;
        check_needed(platform, &library, false)?;
        let loaded = environment::load(&library)?;
        Ok(Self {
            platform,
            provider,
            loaded,
            devices,
            library: Some(library),
        })
    }

    /// The CPU provider of the library that this process has loaded, whichever it is: all have one. Else that of `cpu`.
    ///
    /// # Errors
    /// Those of [`Self::load`].
    pub(super) fn cpu_here(progress: &dyn Progress) -> Result<Self, Error> {
        let Some(loaded) = environment::loaded() else {
            return Self::load(Platform::Cpu, progress);
        };
        let policy = distribution::Policy::from_env()?;
        let devices = distribution::probe(Platform::Cpu, &policy).devices;
        Ok(Self {
            platform: Platform::Cpu,
            provider: provider::of(Platform::Cpu)?,
            loaded,
            devices: devices.unwrap_or_default(),
            library: None,
        })
    }

    /// The library's distribution and version, such as `onnxruntime 1.31.1`.
    #[must_use]
    pub fn library(&self) -> &str {
        self.loaded.label()
    }

    /// The process's environment, for sessions of the caller's own beside skills: a process can have only one.
    #[must_use]
    pub fn environment(&self) -> &::ort::environment::Environment {
        self.loaded.environment()
    }
}

/// Checks that the libraries are there that the platform's provider is linked with.
fn check_needed(platform: Platform, library: &Library, has_tensorrt: bool) -> Result<(), Error> {
    let machine = distribution::Machine::here();
    distribution::check_needed(platform, library, has_tensorrt, &machine).map_err(|absent| {
        Error::Unavailable {
            platform,
            reason: absent.reason,
        }
    })
}

impl Engine for OrtEngine {
    fn platform(&self) -> Platform {
        self.platform
    }

    fn open(&self, model: &Path, options: &OpenOptions) -> Result<Box<dyn Executable>, Error> {
        if let Some(library) = self
            .library
            .as_ref()
            .filter(|_| options.provider.cuda.has_tensorrt)
        {
            check_needed(self.platform, library, true)?;
        }
        let graph = OrtGraph::open(self, model, options)?;
        Ok(Box::new(graph))
    }

    fn takes_turns(&self) -> bool {
        self.provider.takes_turns
    }
}
