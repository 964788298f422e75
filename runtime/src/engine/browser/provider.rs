//! The execution provider that the page uses: always exactly one, for a second would take over in silence.

use std::env;

use serde_json::{Value, json};

use crate::catalog::Platform;
use crate::error::Error;

/// The environment variable that chooses WebNN's device.
const DEVICE: &str = "ASSAY_WEBNN_DEVICE";

/// WebNN's device types (W3C Web Neural Network API, `MLDeviceType` as ONNX Runtime takes it).
const DEVICES: [&str; 3] = ["cpu", "gpu", "npu"];

/// An execution provider of onnxruntime-web.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Provider {
    pub(super) platform: Platform,
    /// Its name, as ONNX Runtime's log spells it.
    pub(super) name: &'static str,
    /// WebNN's device type.
    pub(super) device: Option<&'static str>,
}

impl Provider {
    /// The provider of a platform, on the device that the environment names.
    pub(super) fn of(platform: Platform) -> Result<Self, Error> {
        let device = env::var(DEVICE).ok().filter(|device| !device.is_empty());
        match platform {
            Platform::WebNn => Ok(Self {
                platform,
                name: "WebNNExecutionProvider",
                device: Some(device_type(device.as_deref().unwrap_or(DEVICES[0]))?),
            }),
            Platform::WebGpu => Ok(Self {
                platform,
                name: "WebGpuExecutionProvider",
                device: None,
            }),
            _ => Err(Error::Unavailable {
                platform,
                reason: "browsers have no such provider; webnn and webgpu run there".to_owned(),
            }),
        }
    }

    /// As the page hands it to ONNX Runtime.
    pub(super) fn to_json(self) -> Value {
        match self.device {
            Some(device) => json!({ "name": "webnn", "deviceType": device }),
            None => json!({ "name": "webgpu" }),
        }
    }
}

fn device_type(text: &str) -> Result<&'static str, Error> {
    let known = DEVICES.into_iter().find(|device| *device == text);
    known.ok_or_else(|| {
        Error::InvalidInput(format!(
            "{DEVICE} is `{text}`; one of: {}",
            DEVICES.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_those_of_the_standard() {
        assert_eq!(device_type("npu").unwrap(), "npu");
        assert!(device_type("tpu").is_err());
    }
}
