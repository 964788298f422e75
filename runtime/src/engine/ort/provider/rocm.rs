//! AMD GPUs through MIGraphX; ONNX Runtime dropped its ROCm provider in 1.23.

use super::Provider;

pub(super) const PROVIDER: Provider =
    Provider::new::<ort::ep::MIGraphX>(|| ort::ep::MIGraphX::default().build());
