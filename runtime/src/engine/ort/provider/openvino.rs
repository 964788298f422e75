//! Intel's OpenVINO, on its CPU device unless another is asked for.

use super::Provider;

pub(super) const PROVIDER: Provider = Provider::new::<ort::ep::OpenVINO>(|| {
    ort::ep::OpenVINO::default().with_device_type("CPU").build()
});
