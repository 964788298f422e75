//! Options of WebNN, in the browser.

use super::field::{Field, Fields, field, plain};
use super::webgpu::PowerPreference;
use crate::catalog::names;

names! {
    /// The kind of device that a browser is asked for.
    WebNnDevice("device type") {
        /// The processor.
        Cpu = "cpu",
        /// A graphics adapter.
        Gpu = "gpu",
        /// A neural processor.
        Npu = "npu",
    }
}

plain!(WebNnDevice);

/// Options of WebNN, in the browser.
///
/// Source: W3C, Web Neural Network API, `MLContextOptions`, as onnxruntime-web takes it. A browser treats both as hints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebNnOptions {
    /// The kind of device; where nothing is said, that of `ASSAY_WEBNN_DEVICE`, else the processor.
    pub device: Option<WebNnDevice>,
    /// Which device is preferred among those of a kind.
    pub power: Option<PowerPreference>,
}

impl Fields for WebNnOptions {
    const FIELDS: &'static [Field<Self>] = &[
        field!(
            WebNnOptions.device,
            "device",
            "cpu, gpu or npu",
            "the kind of device"
        ),
        field!(
            WebNnOptions.power,
            "power",
            "low-power or high-performance",
            "which device is preferred"
        ),
    ];
}
