//! WebGPU through Dawn, without a browser. All sessions of a process share Dawn's one device.

use super::Provider;

pub(super) const PROVIDER: Provider =
    Provider::new::<ort::ep::WebGPU>(|| ort::ep::WebGPU::default().build()).taking_turns();
