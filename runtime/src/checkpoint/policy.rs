//! Where checkpoints may come from.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::CheckpointError;
use crate::cache::Cache;

/// How long the hub may send nothing before it is given up.
const STALL: Duration = Duration::from_mins(1);

/// Where checkpoints may come from.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Where synthetic checkpoints and those of packages are kept.
    pub cache: Cache,
    /// The folder that holds the reference checkpoints, where there is one.
    pub reference: Option<PathBuf>,
    /// The Hugging Face hub.
    pub hub: Hub,
}

/// How the Hugging Face hub is reached.
#[derive(Debug, Clone)]
pub struct Hub {
    /// The address, without a slash at the end.
    pub endpoint: String,
    /// The hub's own cache, shared with its other clients.
    pub cache: PathBuf,
    /// Who asks.
    pub token: Option<String>,
    /// Whether it may not be asked at all.
    pub is_offline: bool,
    /// How long it may send nothing before it is given up.
    pub stall: Duration,
}

impl Policy {
    /// The user's: `ASSAY_CACHE`, `ASSAY_REFERENCE`, `ASSAY_OFFLINE`, and the hub's own variables.
    pub fn from_env() -> Result<Self, CheckpointError> {
        let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/reference");
        let reference = match set("ASSAY_REFERENCE") {
            Some(path) => Some(PathBuf::from(path)),
            None => bundled.canonicalize().ok(),
        };
        Ok(Self {
            cache: Cache::from_env()?,
            reference,
            hub: Hub::from_env(),
        })
    }
}

impl Hub {
    /// The user's: `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HOME`, `HF_TOKEN`, `HF_HUB_OFFLINE`, read as the hub's Python
    /// client does (`huggingface_hub`, package reference, environment variables); and `ASSAY_OFFLINE`.
    #[must_use]
    pub fn from_env() -> Self {
        let home = set("HF_HOME").map_or_else(default_home, PathBuf::from);
        let cache = set("HF_HUB_CACHE").map_or_else(|| home.join("hub"), PathBuf::from);
        let endpoint = set("HF_ENDPOINT").and_then(|text| text.into_string().ok());
        let token = set("HF_TOKEN")
            .and_then(|text| text.into_string().ok())
            .or_else(|| fs::read_to_string(home.join("token")).ok())
            .map(|token| token.trim().to_owned())
            .filter(|token| !token.is_empty());
        Self {
            endpoint: endpoint
                .as_deref()
                .unwrap_or("https://huggingface.co")
                .trim_end_matches('/')
                .to_owned(),
            cache: std::path::absolute(&cache).unwrap_or(cache),
            token,
            is_offline: is_on("HF_HUB_OFFLINE")
                || set("ASSAY_OFFLINE").is_some_and(|text| text != "0"),
            stall: STALL,
        }
    }
}

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|text| !text.is_empty())
}

fn is_on(name: &str) -> bool {
    set(name).is_some_and(|text| {
        ["1", "ON", "YES", "TRUE"].contains(&text.to_string_lossy().to_uppercase().as_str())
    })
}

fn default_home() -> PathBuf {
    set("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| dirs::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("huggingface")
}
