//! ONNX Runtime's own CPU provider.

use super::Provider;

pub(super) const PROVIDER: Provider =
    Provider::new::<ort::ep::CPU>(|| ort::ep::CPU::default().build());
