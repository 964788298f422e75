//! Apple silicon through CoreML.

use super::Provider;

pub(super) const PROVIDER: Provider =
    Provider::new::<ort::ep::CoreML>(|| ort::ep::CoreML::default().build());
