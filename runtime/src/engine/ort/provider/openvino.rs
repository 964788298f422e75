//! Intel's OpenVINO, on its CPU device unless another is asked for.

use ort::ep::OpenVINO;

use super::Provider;
use crate::engine::options::InferencePrecision;

pub(super) const PROVIDER: Provider = Provider::new::<OpenVINO>(|options| {
    let options = &options.openvino;
    let mut provider = OpenVINO::default().with_device_type(options.device.name());
    if let Some(precision) = options.precision {
        provider = provider.with_precision(match precision {
            InferencePrecision::F32 => "FP32",
            InferencePrecision::F16 => "FP16",
            InferencePrecision::Accuracy => "ACCURACY",
        });
    }
    if let Some(streams) = options.streams {
        provider = provider.with_num_streams(streams.number());
    }
    if let Some(threads) = options.threads {
        provider = provider.with_num_threads(threads.get() as usize);
    }
    if let Some(folder) = &options.cache_dir {
        provider = provider.with_cache_dir(folder.display());
    }
    if let Some(has_dynamic_shapes) = options.has_dynamic_shapes {
        provider = provider.with_dynamic_shapes(has_dynamic_shapes);
    }
    vec![provider.build()]
});
