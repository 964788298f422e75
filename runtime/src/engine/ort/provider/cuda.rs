//! NVIDIA GPUs.

use super::Provider;

pub(super) const PROVIDER: Provider =
    Provider::new::<ort::ep::CUDA>(|| ort::ep::CUDA::default().build());
