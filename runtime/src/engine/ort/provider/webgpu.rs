//! WebGPU through Dawn, without a browser.

use super::Provider;

pub(super) const PROVIDER: Provider =
    Provider::new::<ort::ep::WebGPU>(|| ort::ep::WebGPU::default().build());
