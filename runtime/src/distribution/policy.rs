//! What may be used and done to obtain a library.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::time::Duration;

use super::{DistributionError, Machine, variable};
use crate::cache::Cache;
use crate::catalog::Platform;

/// How long pip may receive nothing before it is given up.
const STALL: Duration = Duration::from_mins(5);

/// What Python is called where nobody says so.
const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// What npm is called where nobody says so.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// What may be fetched without being asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// Nothing.
    Never,
    /// The library of `cpu`.
    Cpu,
    /// Any.
    Any,
}

/// What may be used and done to obtain a library.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Libraries the user names.
    pub explicit: BTreeMap<Platform, PathBuf>,
    /// Where fetched libraries are kept.
    pub cache: Cache,
    /// The machine to look at.
    pub machine: Machine,
    /// What may be fetched.
    pub fetch: Fetch,
    /// Whether nothing may be fetched at all.
    pub is_offline: bool,
    /// The Python whose pip fetches.
    pub python: PathBuf,
    /// How long pip or npm may receive nothing before it is given up.
    pub stall: Duration,
    /// What the web platforms use.
    pub web: Web,
}

/// What the web platforms use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// The npm that fetches.
    pub npm: PathBuf,
    /// A browser the user names.
    pub browser: Option<PathBuf>,
    /// The file that describes a Vulkan driver the user names.
    pub vulkan_driver: Option<PathBuf>,
}

impl Default for Web {
    /// npm by its name, and nothing named.
    fn default() -> Self {
        Self {
            npm: NPM.into(),
            browser: None,
            vulkan_driver: None,
        }
    }
}

impl Policy {
    /// The user's: `ORT_DYLIB_PATH`, `ASSAY_ORT_<PLATFORM>_PATH`, `ASSAY_CACHE`, `ASSAY_OFFLINE`, `ASSAY_PYTHON`,
    /// `ASSAY_NPM`, `ASSAY_BROWSER` and `ASSAY_VULKAN_DRIVER`.
    pub fn from_env() -> Result<Self, DistributionError> {
        let set = |name: &str| env::var_os(name).filter(|text| !text.is_empty());
        let absolute = |name: &str| {
            let path = PathBuf::from(set(name)?);
            Some(std::path::absolute(&path).unwrap_or(path))
        };
        let explicit = Platform::ALL
            .iter()
            .filter_map(|platform| Some((*platform, absolute(variable(*platform))?)));
        Ok(Self {
            explicit: explicit.collect(),
            cache: Cache::from_env()?,
            machine: Machine::here(),
            fetch: Fetch::Cpu,
            is_offline: set("ASSAY_OFFLINE").is_some_and(|text| text != "0"),
            python: set("ASSAY_PYTHON").map_or_else(|| PYTHON.into(), PathBuf::from),
            stall: STALL,
            web: Web {
                npm: set("ASSAY_NPM").map_or_else(|| NPM.into(), PathBuf::from),
                browser: absolute("ASSAY_BROWSER"),
                vulkan_driver: absolute("ASSAY_VULKAN_DRIVER"),
            },
        })
    }
}
