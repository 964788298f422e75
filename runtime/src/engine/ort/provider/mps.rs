//! Apple silicon through CoreML.

use ort::ep::{CoreML, coreml};

use super::Provider;
use crate::engine::options::{ComputeUnits, ModelFormat};

pub(super) const PROVIDER: Provider = Provider::new::<CoreML>(|options| {
    let options = &options.mps;
    let mut provider = CoreML::default();
    if let Some(units) = options.compute_units {
        provider = provider.with_compute_units(match units {
            ComputeUnits::All => coreml::ComputeUnits::All,
            ComputeUnits::CpuAndNeuralEngine => coreml::ComputeUnits::CPUAndNeuralEngine,
            ComputeUnits::CpuAndGpu => coreml::ComputeUnits::CPUAndGPU,
            ComputeUnits::CpuOnly => coreml::ComputeUnits::CPUOnly,
        });
    }
    if let Some(format) = options.model_format {
        provider = provider.with_model_format(match format {
            ModelFormat::NeuralNetwork => coreml::ModelFormat::NeuralNetwork,
            ModelFormat::MlProgram => coreml::ModelFormat::MLProgram,
        });
    }
    if options.has_static_shapes_only {
        provider = provider.with_static_input_shapes(true);
    }
    if let Some(folder) = &options.cache_dir {
        provider = provider.with_model_cache_dir(folder.display());
    }
    if options.has_low_precision_accumulation {
        provider = provider.with_low_precision_accumulation_on_gpu(true);
    }
    vec![provider.build()]
});
