//! Options of AMD's MIGraphX provider.

use std::path::PathBuf;

use super::field::{Bytes, Field, Fields, field};

/// Options of AMD's MIGraphX provider.
///
/// Source: ONNX Runtime's documentation of the provider; its library takes `has_bf16` and `cache_dir` from the environment
/// alone, when the process starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RocmOptions {
    /// Number of the device, among those that HIP shows to the process.
    pub device: u32,
    /// Whether the graph is computed in fp16.
    pub has_fp16: bool,
    /// Whether the graph is computed in bf16.
    pub has_bf16: bool,
    /// Folder that compiled graphs are kept in: a second load need not compile them again.
    pub cache_dir: Option<PathBuf>,
    /// Whether all kernels are timed when a graph is compiled, which takes long and pays off later.
    pub has_exhaustive_tuning: bool,
    /// The most memory that the session's arena may take on the device, in bytes.
    pub memory_limit: Option<Bytes>,
}

/// The variable that MIGraphX's provider takes the folder of compiled graphs from.
const CACHE_PATH: &str = "ORT_MIGRAPHX_MODEL_CACHE_PATH";
/// The variable that MIGraphX's provider takes bf16 from.
const BF16: &str = "ORT_MIGRAPHX_BF16_ENABLE";

impl RocmOptions {
    /// The variables that a process needs for them from its start: option, variable and value.
    pub(super) fn environment(&self) -> Vec<(&'static str, &'static str, String)> {
        let bf16 = self.has_bf16.then(|| ("bf16", BF16, "1".to_owned()));
        let cache = self.cache_dir.as_ref();
        let cache = cache.map(|folder| ("cache-dir", CACHE_PATH, folder.display().to_string()));
        bf16.into_iter().chain(cache).collect()
    }
}

impl Fields for RocmOptions {
    const FIELDS: &'static [Field<Self>] = &[
        field!(
            RocmOptions.device,
            "device",
            "a number from 0",
            "which of the GPUs that HIP shows"
        ),
        field!(RocmOptions.has_fp16, "fp16", "on or off", "compute in fp16"),
        field!(RocmOptions.has_bf16, "bf16", "on or off", "compute in bf16"),
        field!(
            RocmOptions.cache_dir,
            "cache-dir",
            "a folder",
            "where compiled graphs are kept"
        ),
        field!(
            RocmOptions.has_exhaustive_tuning,
            "exhaustive-tuning",
            "on or off",
            "time all kernels while compiling"
        ),
        field!(
            RocmOptions.memory_limit,
            "memory-limit",
            "an amount such as 4GiB or 512MiB",
            "the most memory of the session's arena"
        ),
    ];
}
