//! WebGPU through Dawn, without a browser. All sessions of a process share Dawn's one device.

use ort::ep::WebGPU;
use ort::ep::webgpu::PreferredLayout;

use super::Provider;

/// In the layout that graphs come in: for the other one, ONNX Runtime assigns nodes before it records which provider took
/// them, and there is no evidence.
pub(super) const PROVIDER: Provider = Provider::new::<WebGPU>(|| {
    WebGPU::default()
        .with_preferred_layout(PreferredLayout::NCHW)
        .build()
})
.taking_turns();
