//! Options of Apple's CoreML provider.

use std::path::PathBuf;

use super::field::{Field, Fields, field, plain};
use crate::catalog::names;

names! {
    /// The hardware that CoreML may use.
    ComputeUnits("compute units") {
        /// Whatever it finds best.
        All = "all",
        /// Processor and Neural Engine.
        CpuAndNeuralEngine = "cpu-and-neural-engine",
        /// Processor and GPU.
        CpuAndGpu = "cpu-and-gpu",
        /// The processor alone.
        CpuOnly = "cpu-only",
    }
}

names! {
    /// What a graph is turned into for CoreML.
    ModelFormat("model format") {
        /// CoreML 3 and later, fewer operators.
        NeuralNetwork = "neural-network",
        /// CoreML 5 and later (macOS 12), more operators.
        MlProgram = "ml-program",
    }
}

plain!(ComputeUnits, ModelFormat);

/// Options of Apple's CoreML provider.
///
/// Source: ONNX Runtime's documentation of the provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MpsOptions {
    /// The hardware it may use; all of it by the library's own default.
    pub compute_units: Option<ComputeUnits>,
    /// What graphs are turned into; a neural network by the library's own default.
    pub model_format: Option<ModelFormat>,
    /// Whether it leaves nodes alone whose inputs have free axes.
    pub has_static_shapes_only: bool,
    /// Folder that compiled graphs are kept in: a second load need not compile them again.
    pub cache_dir: Option<PathBuf>,
    /// Whether the GPU may add up in 16 bits.
    pub has_low_precision_accumulation: bool,
}

impl Fields for MpsOptions {
    const FIELDS: &'static [Field<Self>] = &[
        field!(
            MpsOptions.compute_units,
            "compute-units",
            "all, cpu-and-neural-engine, cpu-and-gpu or cpu-only",
            "the hardware it may use"
        ),
        field!(
            MpsOptions.model_format,
            "model-format",
            "neural-network or ml-program",
            "what graphs are turned into"
        ),
        field!(
            MpsOptions.has_static_shapes_only,
            "static-shapes-only",
            "on or off",
            "leave nodes with free axes alone"
        ),
        field!(
            MpsOptions.cache_dir,
            "cache-dir",
            "a folder",
            "where compiled graphs are kept"
        ),
        field!(
            MpsOptions.has_low_precision_accumulation,
            "low-precision-accumulation",
            "on or off",
            "let the GPU add up in 16 bits"
        ),
    ];
}
